use std::collections::BTreeSet;

use crate::app::App;
use crate::aws::table::{self, Range};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::UploadId;
use crate::operations::page::{Listing, Page};
use crate::tenant::Tenant;
use crate::upload::{State, Upload};

/// A page of a listing with a filter by state is found among at most this many uploads.
pub const EXAMINED_MAX: usize = 200;

/// So many rows are read at a time while a page is filled.
const ROWS_AT_ONCE: usize = 50;

/// Which uploads to list: those created from `created_from` on, and before `created_before`, in one of `states`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadFilter {
    pub created_from: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    /// Empty: in any state.
    pub states: Vec<State>,
}

/// Lists the tenant's uploads, newest first. The listing may lag behind the newest upload by a moment.
///
/// A cursor is a position, so it stays good whatever is added or removed. A page that deleted uploads were on is shorter,
/// and so is one whose uploads were not found among [`EXAMINED_MAX`].
pub async fn list_uploads(
    app: &App,
    tenant: &Tenant,
    filter: &UploadFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Upload>> {
    let listing = Listing::open(app, tenant, filter.listing()).await?;
    let range = Range::created(filter.created_from, filter.created_before);
    let range = match listing.position(after)? {
        Some(position) => range.before(&position),
        None => range,
    };
    let window = if filter.states.is_empty() { limit } else { EXAMINED_MAX };
    let mut listed = app.table.list(table::Listing::Uploads, tenant, &range, window + 1).await?;
    let (mut items, mut examined) = (Vec::new(), 0);
    let entries = &listed[..listed.len().min(window)];
    for entries in entries.chunks(limit.max(ROWS_AT_ONCE)) {
        let ids: Vec<UploadId> = entries.iter().filter_map(|entry| UploadId::parse(&entry.id)).collect();
        let uploads = app.table.get_uploads(tenant, &ids).await?;
        for id in ids {
            if items.len() == limit {
                break;
            }
            examined += 1;
            let upload = uploads.iter().find(|upload| upload.id == id);
            items.extend(upload.filter(|upload| filter.takes(upload)).cloned());
        }
        if items.len() == limit {
            break;
        }
    }
    let next = listing.cut(&mut listed, examined, |last| last.position.clone());
    Ok(Page { items, next })
}

impl UploadFilter {
    /// Returns the name that cursors of this listing are signed for.
    fn listing(&self) -> String {
        let millis = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.as_millis().to_string());
        let mut name = format!("uploads?{}&{}", millis(self.created_from), millis(self.created_before));
        let states: BTreeSet<&str> = self.states.iter().map(|state| state.as_str()).collect();
        for state in states {
            name.push('&');
            name.push_str(state);
        }
        name
    }

    fn takes(&self, upload: &Upload) -> bool {
        !upload.state.is_gone() && (self.states.is_empty() || self.states.contains(&upload.state))
    }
}

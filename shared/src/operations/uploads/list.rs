use crate::app::App;
use crate::aws::table::Range;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::UploadId;
use crate::operations::page::{Listing, Page};
use crate::tenant::Tenant;
use crate::upload::Upload;

/// Which uploads to list: those created from `created_from` on, and before `created_before`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadFilter {
    pub created_from: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
}

/// Lists the tenant's uploads, newest first. The listing may lag behind the newest upload by a moment.
///
/// A cursor is a position, so it stays good whatever is added or removed. A page that deleted uploads were on is shorter.
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
    let mut listed = app.table.list_uploads(tenant, &range, limit + 1).await?;
    let next = listing.cut(&mut listed, limit, |last| last.position.clone());
    let ids: Vec<UploadId> = listed.into_iter().map(|listed| listed.id).collect();
    let mut uploads = app.table.get_uploads(tenant, &ids).await?;
    uploads.retain(|upload| !upload.state.is_gone());
    uploads.sort_by_key(|upload| ids.iter().position(|id| *id == upload.id));
    Ok(Page { items: uploads, next })
}

impl UploadFilter {
    /// What cursors of this listing are signed for.
    fn listing(&self) -> String {
        let millis = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.as_millis().to_string());
        format!("uploads?{}&{}", millis(self.created_from), millis(self.created_before))
    }
}

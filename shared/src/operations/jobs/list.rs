use std::collections::BTreeSet;

use crate::app::App;
use crate::aws::table::{self, Range};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::JobId;
use crate::job::{Job, State};
use crate::operations::page::{Listing, Page};
use crate::tenant::Tenant;

/// A page of a listing with a filter is found among at most this many jobs.
pub const EXAMINED_MAX: usize = 500;

/// So many rows are read at a time while a page is filled.
const ROWS_AT_ONCE: usize = 100;

/// Which jobs to list: those that were submitted from `created_from` on, and before `created_before`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    pub created_from: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    /// Empty: in any state.
    pub states: Vec<State>,
    pub tag: Option<String>,
}

/// Lists the jobs that the tenant submitted, newest first. The listing may lag behind the newest job by a moment.
///
/// A cursor is a position, so it stays good whatever is added or changes its state. A page whose jobs were not found among
/// [`EXAMINED_MAX`] is shorter.
pub async fn list_jobs(
    app: &App,
    tenant: &Tenant,
    filter: &JobFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Job>> {
    let listing = Listing::open(app, tenant, filter.listing()).await?;
    let range = Range::created(filter.created_from, filter.created_before);
    let range = match listing.position(after)? {
        Some(position) => range.before(&position),
        None => range,
    };
    let window = if filter.takes_all() { limit } else { EXAMINED_MAX };
    let mut listed = app.table.list(table::Listing::Jobs, tenant, &range, window + 1).await?;
    let (mut items, mut examined) = (Vec::new(), 0);
    for entries in listed[..listed.len().min(window)].chunks(ROWS_AT_ONCE) {
        let ids: Vec<JobId> = entries.iter().filter_map(|entry| JobId::parse(&entry.id)).collect();
        let jobs = app.table.get_jobs(tenant, &ids).await?;
        for id in ids {
            if items.len() == limit {
                break;
            }
            examined += 1;
            let job = jobs.iter().find(|job| job.id == id);
            items.extend(job.filter(|job| filter.takes(job)).cloned());
        }
        if items.len() == limit {
            break;
        }
    }
    let next = listing.cut(&mut listed, examined, |last| last.position.clone());
    Ok(Page { items, next })
}

impl JobFilter {
    fn takes_all(&self) -> bool {
        self.states.is_empty() && self.tag.is_none()
    }

    /// Returns the name that cursors of this listing are signed for.
    fn listing(&self) -> String {
        let millis = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.as_millis().to_string());
        let states: BTreeSet<&str> = self.states.iter().map(|state| state.as_str()).collect();
        let states: Vec<&str> = states.into_iter().collect();
        let (from, before) = (millis(self.created_from), millis(self.created_before));
        // A tag may be anything, so it comes last.
        let tag = self.tag.as_deref().map_or_else(String::new, |tag| format!("#{tag}"));
        format!("jobs?{from}&{before}&{}{tag}", states.join(","))
    }

    fn takes(&self, job: &Job) -> bool {
        let has_tag =
            |tag: &String| job.submission.as_ref().is_some_and(|submission| submission.tags.contains(tag));
        (self.states.is_empty() || self.states.contains(&job.state)) && self.tag.as_ref().is_none_or(has_tag)
    }
}

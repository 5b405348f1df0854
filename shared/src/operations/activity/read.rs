use crate::activity::{Counts, Range};
use crate::app::App;
use crate::clock::Timestamp;
use crate::error::{Rejected, Result};
use crate::job::KindName;
use crate::kinds::Kind;
use crate::tenant::Tenant;

/// Which hours to show, and of which kind of job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub kind: Option<Kind>,
}

/// The activity of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadActivity {
    pub range: Range,
    /// Newest hour first, then by kind. Where nothing happened there is no entry.
    pub counted: Vec<CountedKind>,
}

/// The activity of one kind of job in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedKind {
    pub hour: Timestamp,
    pub kind: KindName,
    pub counts: Counts,
}

/// Returns how many of the tenant's jobs ended in each hour, as it was counted some seconds ago.
pub async fn read_activity(app: &App, tenant: &Tenant, filter: &ActivityFilter) -> Result<ReadActivity> {
    let range = Range::new(filter.from, filter.to, app.clock.now());
    let range = range.map_err(|error| Rejected::Invalid { errors: vec![error] })?;
    let is_wanted = |kind: &KindName| filter.kind.is_none_or(|only| only.as_str() == kind.as_str());
    let mut counted = Vec::new();
    for hour in app.table.list_activity(tenant, &range).await? {
        let kinds = hour.kinds.into_iter().filter(|(kind, _)| is_wanted(kind));
        counted.extend(kinds.map(|(kind, counts)| CountedKind { hour: hour.began_at, kind, counts }));
    }
    Ok(ReadActivity { range, counted })
}

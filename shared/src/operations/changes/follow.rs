use std::collections::BTreeMap;

use futures_util::FutureExt;

use super::ends::record_ends;
use super::uploads::follow_upload;
use crate::app::App;
use crate::aws::table::Change;
use crate::concurrently;
use crate::error::Fault;
use crate::job::Job;
use crate::operations::jobs::send_jobs;
use crate::upload::ParentKey;

/// So many rows are followed at once.
const ROWS_AT_ONCE: usize = 25;

/// Does what the changes of a stream batch call for, and returns for each what went wrong with it.
///
/// Changes of one upload are followed in their order, those of different uploads at once. Every effect is harmless when
/// repeated and none depends on another's having happened, so a batch may come twice, in part, or out of order: a
/// message sent twice meets the claim, a step put twice is put once, a set is a set.
pub async fn follow_changes(app: &App, changes: &[Change]) -> Vec<Option<Fault>> {
    let (uploads, sends, ends) =
        tokio::join!(follow_uploads(app, changes), send(app, changes), record_ends(app, changes));
    let mut faults: Vec<Option<Fault>> = changes.iter().map(|_| None).collect();
    for (index, fault) in uploads.into_iter().chain(sends).chain(ends) {
        faults[index] = Some(fault);
    }
    faults
}

async fn follow_uploads(app: &App, changes: &[Change]) -> Vec<(usize, Fault)> {
    let mut rows: BTreeMap<ParentKey, Vec<usize>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Change::Upload { new, .. } = change {
            rows.entry(new.key()).or_default().push(index);
        }
    }
    let follow = rows.into_values().map(|indexes| follow_row(app, changes, indexes).boxed()).collect();
    concurrently::all(ROWS_AT_ONCE, follow).await.into_iter().flatten().collect()
}

/// Follows the changes of one row in their order.
async fn follow_row(app: &App, changes: &[Change], indexes: Vec<usize>) -> Vec<(usize, Fault)> {
    let mut faults = Vec::new();
    for index in indexes {
        if let Change::Upload { old, new } = &changes[index]
            && let Err(fault) = follow_upload(app, old.as_deref(), new).await
        {
            faults.push((index, fault));
        }
    }
    faults
}

async fn send(app: &App, changes: &[Change]) -> Vec<(usize, Fault)> {
    let (indexes, jobs): (Vec<usize>, Vec<&Job>) = changes
        .iter()
        .enumerate()
        .filter_map(|(index, change)| match change {
            Change::Job { old, new } if Job::must_be_sent(old.as_deref(), new) => Some((index, &**new)),
            _ => None,
        })
        .unzip();
    send_jobs(app, &jobs).await.into_iter().map(|(position, fault)| (indexes[position], fault)).collect()
}

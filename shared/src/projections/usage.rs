//! The usage of tenants: what [`crate::usage`] says that a change amounts to, added up.

use std::collections::BTreeMap;

use futures_util::StreamExt;

use crate::app::App;
use crate::aws::table::Tally;
use crate::error::Fault;
use crate::tenant::Tenant;
use crate::usage::{Batch, Change};

/// So many tenants' rows are written at once.
const WRITES_AT_ONCE: usize = 16;

/// A tenant's row is tried again this often while others change what it remembers of a batch.
const TRIES_MAX: usize = 10;

/// Adds changes to the usage of their tenants, one write for each. Returns for how many there was something to add.
///
/// A batch may come twice: the write that adds it also stores its name, and is conditional on that name's not being
/// there. So a crash in between makes it come again, and what was added then is not added twice. One tenant's write that
/// fails holds up no other's, and makes all of the batch come again.
pub async fn count(app: &App, changes: Vec<Change>) -> Result<u64, Fault> {
    let mut by_tenant: BTreeMap<Tenant, Vec<Change>> = BTreeMap::new();
    for change in changes {
        by_tenant.entry(change.tenant.clone()).or_default().push(change);
    }
    let counts = by_tenant.into_values().map(|changes| async move { count_tenant(app, &changes).await });
    let counted: Vec<Result<bool, Fault>> =
        futures_util::stream::iter(counts).buffer_unordered(WRITES_AT_ONCE).collect().await;
    counted.into_iter().map(|counted| counted.map(u64::from)).sum()
}

/// Whether there was anything to add.
async fn count_tenant(app: &App, changes: &[Change]) -> Result<bool, Fault> {
    let Some(mut batch) = Batch::of(changes) else { return Ok(false) };
    for _ in 0..TRIES_MAX {
        // Changes that make up for each other are written all the same: some of them may have been counted before.
        if batch.is_nothing() {
            return Ok(false);
        }
        match app.table.count_usage(&batch, app.clock.now()).await? {
            Tally::Made => return Ok(true),
            Tally::Before { mark } => batch = batch.after(&mark),
        }
    }
    Err(Fault::new("counting usage", "the row goes on changing"))
}

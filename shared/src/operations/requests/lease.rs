use crate::app::App;
use crate::error::{Fault, Rejected, Result};
use crate::id::encode;
use crate::idempotency::{Decision, LEASE, Record, RecordedAnswer};
use crate::tenant::Tenant;

/// A request that this try may carry out.
#[derive(Clone, Debug)]
pub struct Lease {
    tenant: Tenant,
    name: String,
    claim: String,
}

/// The outcome of asking for a request.
#[derive(Debug)]
pub enum Leased {
    /// Carry it out, and record how it ended.
    Begun(Lease),
    /// It is done: return what it returned.
    Replayed(RecordedAnswer),
}

/// Asks for the right to carry out the request that `name` stands for.
///
/// The record is written before any effect, so two tries never run at once. A try that ended without an answer leaves
/// a record whose lease ends; the next one goes on with the same name, under which every effect happens once.
pub async fn lease_request(app: &App, tenant: &Tenant, name: &str, fingerprint: &str) -> Result<Leased> {
    let now = app.clock.now();
    let claim = encode(app.ids.next());
    let record = Record::begin(fingerprint, &claim, now);
    let leased =
        || Leased::Begun(Lease { tenant: tenant.clone(), name: name.to_owned(), claim: claim.clone() });
    match app.table.begin_request(tenant, name, &record).await? {
        None => Ok(leased()),
        // The first answer of the put was lost.
        Some(record_seen) if record_seen.claim == claim => Ok(leased()),
        Some(record_seen) => match record_seen.evaluate(fingerprint, now)? {
            Decision::Replay(answer) => Ok(Leased::Replayed(answer)),
            Decision::Resume if app.table.resume_request(tenant, name, &record_seen, &record).await? => {
                Ok(leased())
            }
            Decision::Resume => Err(Rejected::InProgress { retry_after: LEASE }.into()),
        },
    }
}

impl Lease {
    /// Records that the request had its effect, and its response.
    pub async fn finish(&self, app: &App, answer: &RecordedAnswer) -> std::result::Result<(), Fault> {
        app.table.finish_request(&self.tenant, &self.name, &self.claim, answer).await
    }

    /// Removes the record: the request was refused before any effect.
    pub async fn forget(&self, app: &App) -> std::result::Result<(), Fault> {
        app.table.forget_request(&self.tenant, &self.name, &self.claim).await
    }

    /// Ends the lease: it isn't known how the request ended.
    pub async fn release(&self, app: &App) -> std::result::Result<(), Fault> {
        app.table.release_request(&self.tenant, &self.name, &self.claim, app.clock.now()).await
    }
}

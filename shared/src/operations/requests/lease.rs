use crate::app::App;
use crate::error::{Fault, Rejected, Result};
use crate::id::encode;
use crate::idempotency::{LEASE, Met, Record, RecordedAnswer};
use crate::tenant::Tenant;

/// A request that this try may carry out.
#[derive(Clone, Debug)]
pub struct Hold {
    tenant: Tenant,
    name: String,
    claim: String,
}

/// What comes of asking for a request.
#[derive(Debug)]
pub enum Held {
    /// Carry it out, and tell how it ended.
    Begun(Hold),
    /// It is done: answer what it answered.
    Replayed(RecordedAnswer),
}

/// Asks for the right to carry out the request that `name` stands for.
///
/// The record is written before any effect, so two tries never run at once. A try that ended without an answer leaves
/// a record whose lease ends; the next one goes on with the same name, under which every effect happens once.
pub async fn hold_request(app: &App, tenant: &Tenant, name: &str, fingerprint: &str) -> Result<Held> {
    let now = app.clock.now();
    let claim = encode(app.ids.next());
    let record = Record::begin(fingerprint, &claim, now);
    let held = || Held::Begun(Hold { tenant: tenant.clone(), name: name.to_owned(), claim: claim.clone() });
    match app.table.begin_request(tenant, name, &record).await? {
        None => Ok(held()),
        // The first answer of the put was lost.
        Some(met) if met.claim == claim => Ok(held()),
        Some(met) => match met.meet(fingerprint, now)? {
            Met::Replay(answer) => Ok(Held::Replayed(answer)),
            Met::Resume if app.table.resume_request(tenant, name, &met, &record).await? => Ok(held()),
            Met::Resume => Err(Rejected::InProgress { retry_after: LEASE }.into()),
        },
    }
}

impl Hold {
    /// The request had its effect, and this is its answer.
    pub async fn finish(&self, app: &App, answer: &RecordedAnswer) -> std::result::Result<(), Fault> {
        app.table.finish_request(&self.tenant, &self.name, &self.claim, answer).await
    }

    /// The request was refused before any effect.
    pub async fn forget(&self, app: &App) -> std::result::Result<(), Fault> {
        app.table.forget_request(&self.tenant, &self.name, &self.claim).await
    }

    /// What became of the request is not known.
    pub async fn let_go(&self, app: &App) -> std::result::Result<(), Fault> {
        app.table.let_request_go(&self.tenant, &self.name, &self.claim, app.clock.now()).await
    }
}

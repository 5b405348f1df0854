use super::list::shown;
use crate::api_key::Caller;
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::encode;
use crate::idempotency::{Record, fingerprint};
use crate::operations::rate_limits::charge_recipe;
use crate::operations::recipes::resolve_recipe;
use crate::operations::uploads::{admit_run, find_upload};
use crate::request_id::RequestId;
use crate::tenant::Tenant;
use crate::upload::{RUNS_MAX, RunRequest, Upload};

/// A run that was accepted now, or by an earlier request under the same key.
#[derive(Debug)]
pub struct CreatedRun {
    pub run: Upload,
    /// Whether an earlier request made it.
    pub replayed: bool,
}

/// Names a request, however often it is repeated.
#[derive(Clone, Copy, Debug)]
pub struct RequestName<'a> {
    pub name: &'a str,
    /// Whether it came with an `Idempotency-Key`; otherwise nobody can repeat it.
    pub is_of_key: bool,
}

/// Goes through an upload once more, with another recipe.
///
/// One conditional put of a row under the next number, which keeps the name of the request: whoever repeats it finds
/// the run. A key is bound to its upload before that, so that it names no run of another one. Two at once want the same
/// number; the second takes the next. Should the upload be deleted at the same
/// moment, either the deletion finds the run, or the run's first change finds the deletion: nothing is made then.
pub async fn create_run(
    app: &App,
    caller: &Caller,
    request_id: &RequestId,
    id: &str,
    name: RequestName<'_>,
    request: &RunRequest,
) -> Result<CreatedRun> {
    let (tenant, request_name) = (&caller.tenant, name.name);
    let upload = find_upload(app, tenant, id).await?;
    let taken = app.table.list_runs(&upload).await?;
    let mut number = taken.last().and_then(|run| run.run).unwrap_or(0) + 1;
    let runs = shown(&upload, taken);
    let is_same = |run: &Upload| run.request_name.as_deref() == Some(request_name);
    if let Some(run) = runs.iter().find(|run| is_same(run)) {
        return replay(run.clone(), request);
    }
    upload.check_runnable()?;
    let resolved = resolve_recipe(app, tenant, &request.recipe).await?;
    upload.check_recipe(&resolved.recipe)?;
    admit_run(app, &upload).await?;
    charge_recipe(app, caller, &resolved.recipe, Some(upload.size_bytes), false).await?;
    let now = app.clock.now();
    let mut count = runs.len();
    if name.is_of_key && count < RUNS_MAX as usize {
        bind(app, tenant, request_name, &fingerprint(&(id, request))).await?;
    }
    while count < RUNS_MAX as usize {
        let (mut run, apart) = upload.run_again(number, request_name, request, resolved.clone(), now);
        run.request_id = Some(request_id.clone());
        match app.table.put_run(&run, apart).await? {
            None => return Ok(CreatedRun { run, replayed: false }),
            // Made by this very request, it is ours: the first answer of the put was lost.
            Some(existing) if existing == run => return Ok(CreatedRun { run, replayed: false }),
            Some(existing) if is_same(&existing) => return replay(existing, request),
            Some(_) => (number, count) = (number + 1, count + 1),
        }
    }
    let detail = format!("the upload {id} has {RUNS_MAX} runs, and can have no more");
    Err(Rejected::Conflict { detail }.into())
}

/// Refuses a key that names a request to another upload, or another request to this one.
async fn bind(app: &App, tenant: &Tenant, name: &str, fingerprint: &str) -> Result<()> {
    let now = app.clock.now();
    let record = Record::begin(fingerprint, &encode(app.ids.next()), now);
    match app.table.begin_request(tenant, name, &record).await? {
        Some(seen) if seen.fingerprint != fingerprint && seen.expires_at > now.as_secs() => {
            Err(Rejected::KeyReused.into())
        }
        _ => Ok(()),
    }
}

fn replay(run: Upload, request: &RunRequest) -> Result<CreatedRun> {
    if run.fingerprint != request.fingerprint() {
        return Err(Rejected::KeyReused.into());
    }
    Ok(CreatedRun { run, replayed: true })
}

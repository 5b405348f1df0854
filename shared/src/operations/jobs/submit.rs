use futures_util::FutureExt;

use super::put::store_input;
use crate::app::App;
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::{FieldError, Rejected, Result};
use crate::id::JobId;
use crate::job::{self, Job, Next, State};
use crate::kinds::Kind;
use crate::kinds::http::{Call, Callbacks, Http, HttpRequest};
use crate::outbound::target::Target;
use crate::request_id::RequestId;
use crate::submission::JobRequest;
use crate::tenant::Tenant;

/// So many jobs may be submitted together.
pub const BATCH_JOBS_MAX: usize = 100;

/// So many jobs of a batch are put at once.
const PUTS_AT_ONCE: usize = 25;

/// A job that was accepted now or by an earlier request under the same key.
#[derive(Debug)]
pub struct SubmittedJob {
    pub job: Job,
    /// Whether an earlier request submitted it.
    pub replayed: bool,
}

/// Accepts a job.
///
/// One conditional put is the job, the record of its `Idempotency-Key`, and through the stream the message that dispatches it.
/// An input that is too long for the row is stored before, under the fingerprint of the request.
pub async fn submit_job(
    app: &App,
    tenant: &Tenant,
    request_id: &RequestId,
    idempotency_key: Option<&str>,
    request: JobRequest,
) -> Result<SubmittedJob> {
    let own = request.idempotency_key.as_deref();
    if own.is_some() && idempotency_key.is_some() && own != idempotency_key {
        let detail = "must be the same as the header Idempotency-Key";
        return Err(Rejected::Invalid { errors: vec![FieldError::new("/idempotency_key", detail)] }.into());
    }
    let id = match own.or(idempotency_key) {
        Some(key) => id_under(tenant, key),
        None => JobId::random(&app.ids),
    };
    submit(app, tenant, request_id, id, &request).await
}

/// Accepts jobs, each with an outcome of its own, in their order; `requests` has the refusal of what is no job. A job may have a
/// key of its own; under that of the whole request, the ids of the others derive from their position in it.
pub async fn submit_jobs(
    app: &App,
    tenant: &Tenant,
    request_id: &RequestId,
    idempotency_key: Option<&str>,
    requests: Vec<std::result::Result<JobRequest, Rejected>>,
) -> Vec<Result<SubmittedJob>> {
    let submit_one = async |index: usize, request: std::result::Result<JobRequest, Rejected>| {
        let request = request?;
        let id = match (&request.idempotency_key, idempotency_key) {
            (Some(own), _) => id_under(tenant, own),
            (None, Some(key)) => JobId::derived(&[tenant.as_str(), "submit_jobs", key, &index.to_string()]),
            (None, None) => JobId::random(&app.ids),
        };
        submit(app, tenant, request_id, id, &request).await
    };
    let submit_one = &submit_one;
    let all = requests.into_iter().enumerate();
    let all = all.map(|(index, request)| async move { (index, submit_one(index, request).await) }.boxed());
    let mut submitted = concurrently::all(PUTS_AT_ONCE, all.collect()).await;
    submitted.sort_by_key(|(index, _)| *index);
    submitted.into_iter().map(|(_, outcome)| outcome).collect()
}

fn id_under(tenant: &Tenant, key: &str) -> JobId {
    JobId::derived(&[tenant.as_str(), "submit_job", key])
}

async fn submit(
    app: &App,
    tenant: &Tenant,
    request_id: &RequestId,
    id: JobId,
    request: &JobRequest,
) -> Result<SubmittedJob> {
    let now = app.clock.now();
    validate(app, request, now)?;
    let job = accept(app, tenant, request_id, id, request, now).await?;
    let job = store_input(app, job).await?;
    let Some(existing) = app.table.put_submitted_job(&job).await? else {
        return Ok(SubmittedJob { job, replayed: false });
    };
    let print = |job: &Job| job.submission.as_ref().map(|submission| submission.fingerprint.clone());
    if print(&existing) != print(&job) {
        return Err(Rejected::KeyReused.into());
    }
    // Submitted by this very request, it is ours: the first answer of the put was lost.
    let is_ours = (&existing.request_id, existing.accepted_at) == (&job.request_id, job.accepted_at);
    Ok(SubmittedJob { job: existing, replayed: !is_ours })
}

/// Names everything that is wrong, addresses that may not be called included. A name is judged by its addresses when it is called.
fn validate(app: &App, request: &JobRequest, now: Timestamp) -> Result<()> {
    let mut errors = request.field_errors(now);
    let callbacks = [("/on_success", &request.on_success), ("/on_failure", &request.on_failure)];
    let callbacks = callbacks.iter().filter_map(|(base, callback)| Some((*base, &callback.as_ref()?.url)));
    for (base, url) in [("/input", &request.input.url)].into_iter().chain(callbacks) {
        if let Some(Err(error)) = Target::parse(url).ok().map(|target| app.outbound.check(&target)) {
            errors.push(FieldError::new(format!("{base}/url"), error.to_string()));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Rejected::Invalid { errors }.into()) }
}

async fn accept(
    app: &App,
    tenant: &Tenant,
    request_id: &RequestId,
    id: JobId,
    request: &JobRequest,
    now: Timestamp,
) -> Result<Job> {
    let purpose = |part: &str| format!("{id}/{part}");
    let seal = async |request: Option<HttpRequest>, part: &str| match request {
        Some(request) => Call::seal(app, &request, &purpose(part)).await.map(Some),
        None => Ok(None),
    };
    let callbacks = Callbacks {
        on_success: seal(request.on_success.as_ref().map(|callback| callback.request()), "on_success")
            .await?,
        on_failure: seal(request.on_failure.as_ref().map(|callback| callback.request()), "on_failure")
            .await?,
    };
    let call = Call::seal(app, &request.input, &purpose("input")).await?;
    let input = Http { call, callbacks }.to_input();
    let job = Job::accept(tenant.clone(), id.clone(), Kind::Http.name(), input, now);
    let due_at = request.due_at(now);
    let next = due_at.map(|due_at| job::after_wait(due_at.since(now), now));
    // A job that waits in the due index is dispatched by the scheduler, for the first time then.
    let (state, dispatch) = match next {
        Some(Next::Wait { .. }) => (State::Waiting, 0),
        _ => (State::Queued, 1),
    };
    Ok(Job {
        request_id: Some(request_id.clone()),
        submission: Some(request.submission(now)),
        start_by: request.expires_after().map(|after| due_at.unwrap_or(now) + after),
        state,
        dispatch,
        due_at,
        ..job
    })
}

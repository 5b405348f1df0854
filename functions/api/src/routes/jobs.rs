use shared::error::{FieldError, Rejected};
use shared::job;
use shared::operations::jobs::{self as operations, BATCH_JOBS_MAX, ChangedJob};
use shared::submission::{JobRequest, Reschedule};

use crate::call::{Call, Json, Query};
use crate::parse;
use crate::problem::Problem;
use crate::reply::{Accepted, Done, Shown};
use crate::views::job_batch::{JobBatch, JobBatchEntry, JobBatchRequest};
use crate::views::jobs::{self, Job};
use crate::views::jobs_query::{JobQuery, JobsQuery};
use crate::views::listing::Page;

pub async fn submit(call: Call<Json<JobRequest>>) -> Result<Accepted<Job>, Problem> {
    let key = call.idempotency_key.as_ref().map(|key| key.as_str());
    let (app, tenant) = (&call.app, &call.caller.tenant);
    let submitted = operations::submit_job(app, tenant, &call.request_id, key, call.body.0).await?;
    Ok(Accepted {
        location: jobs::location(&submitted.job),
        replayed: submitted.replayed,
        view: jobs::job(&submitted.job),
    })
}

pub async fn submit_batch(call: Call<Json<JobBatchRequest>>) -> Result<Shown<JobBatch>, Problem> {
    let Json(JobBatchRequest { jobs }) = &call.body;
    if !(1..=BATCH_JOBS_MAX).contains(&jobs.len()) {
        let detail = format!("must be 1 to {BATCH_JOBS_MAX} jobs");
        return Err(Rejected::Invalid { errors: vec![FieldError::new("/jobs", detail)] }.into());
    }
    let (app, tenant) = (&call.app, &call.caller.tenant);
    let key = call.idempotency_key.as_ref().map(|key| key.as_str());
    // One that is not a job at all is refused by itself.
    let requests = jobs.iter().map(|job| parse::from_value::<JobRequest>(job, false)).collect();
    let submitted = operations::submit_jobs(app, tenant, &call.request_id, key, requests).await;
    let entry = |outcome| JobBatchEntry::of(outcome, call.request_id.as_str());
    Ok(Shown(JobBatch { data: submitted.into_iter().map(entry).collect() }))
}

pub async fn list(call: Call<(), Query<JobsQuery>>) -> Result<Shown<Page<Job>>, Problem> {
    let Query(query) = &call.query;
    let (cursor, limit) = (query.cursor.as_deref(), query.limit.as_usize());
    let (app, tenant) = (&call.app, &call.caller.tenant);
    let page = operations::list_jobs(app, tenant, &query.filter()?, cursor, limit).await?;
    Ok(Shown(Page { data: page.items.iter().map(jobs::job).collect(), next_cursor: page.next }))
}

pub async fn read(call: Call<(), Query<JobQuery>>) -> Result<Shown<Job>, Problem> {
    let job = operations::read_job(&call.app, &call.caller.tenant, call.id()).await?;
    let output = operations::read_job_output(&call.app, &job).await?;
    let view = jobs::job(&job).with_output(output);
    if !call.query.0.includes_input() {
        return Ok(Shown(view));
    }
    let input = operations::read_job_input(&call.app, &job).await?;
    Ok(Shown(view.with_input(input)))
}

pub async fn cancel(call: Call) -> Result<Done<Job>, Problem> {
    let accepts = |job: &job::Job| is_as_seen(&call, job);
    let job = operations::cancel_job(&call.app, &call.caller.tenant, call.id(), accepts).await?;
    let is_done = job.state == job::State::Cancelled;
    Ok(Done { location: jobs::location(&job), view: jobs::job(&job), is_done })
}

pub async fn retry(call: Call) -> Result<Accepted<Job>, Problem> {
    let accepts = |job: &job::Job| is_as_seen(&call, job);
    let changed =
        operations::retry_job(&call.app, &call.caller.tenant, call.id(), &call.name, accepts).await?;
    Ok(accepted(&changed))
}

pub async fn reschedule(call: Call<Json<Reschedule>>) -> Result<Accepted<Job>, Problem> {
    let accepts = |job: &job::Job| is_as_seen(&call, job);
    let (app, tenant, Json(request)) = (&call.app, &call.caller.tenant, &call.body);
    let changed = operations::reschedule_job(app, tenant, call.id(), &call.name, request, accepts).await?;
    Ok(accepted(&changed))
}

fn accepted(changed: &ChangedJob) -> Accepted<Job> {
    let ChangedJob { job, replayed } = changed;
    Accepted { location: jobs::location(job), view: jobs::job(job), replayed: *replayed }
}

fn is_as_seen<B, P>(call: &Call<B, P>, job: &job::Job) -> shared::error::Result<()> {
    Ok(call.precondition.check(&jobs::job(job))?)
}

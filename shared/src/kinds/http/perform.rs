//! One attempt: the request is signed and sent, and its response judged.

use std::pin::pin;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::TIMEOUT_SECONDS;
use super::answer::Answer;
use super::call::{Body, Call};
use super::evaluate::{Meaning, detail, meaning};
use super::retry_after::retry_after;
use super::signature::signatures;
use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{Cause, Failure, Job, RETENTION};
use crate::kinds::contract::{Run, Stopped};
use crate::operations::signing_keys::signing_secrets;
use crate::outbound::response::Excerpt;
use crate::outbound::{self, Limits, Request, Target};

/// An output of more than this has an item of its own, so that the row stays under a kilobyte.
const INLINE_OUTPUT_BYTES_MAX: usize = 256;

/// So much of a failure's body is read, for its detail.
const EXCERPT_BYTES: u64 = 256;

/// How often a receiver may say that it can't take the request now before that counts as a failure.
const NOT_NOW_MAX: u32 = 50;

/// The row of a running job is read this often, in case that it is to be cancelled.
const CANCEL_CHECKED_EVERY: Duration = Duration::from_secs(5);

/// An attempt ends so long before its invocation does, so that its outcome can be recorded.
const TIME_TO_RECORD: Duration = Duration::from_secs(5);

/// A response, as far as it is read.
struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Excerpt,
}

pub async fn perform(run: &Run<'_>, call: &Call) -> Result<Answer, Stopped> {
    let Run { app, job, .. } = *run;
    let request = request(run, call).await?;
    let received = until_cancelled(app, job, receive(app, request)).await??;
    let Received { status, headers, body } = &received;
    match meaning(call, *status, headers) {
        Meaning::Success => keep(app, job, Answer::of(status.as_u16(), headers, body, &call.keep)).await,
        meaning => Err(failed(job, meaning, &received, app.clock.now())),
    }
}

/// The request with its headers: those that were chosen, those that name the job, and the signature.
async fn request(run: &Run<'_>, call: &Call) -> Result<Request, Stopped> {
    let Run { app, job, deadline } = *run;
    let now = app.clock.now();
    let target = Target::parse(&call.url).map_err(outbound::Error::from).map_err(of_world)?;
    let timeout = job.submission.as_ref().and_then(|submission| submission.timeout_seconds);
    let timeout = Duration::from_secs(timeout.unwrap_or(TIMEOUT_SECONDS).into());
    let time = timeout.min(deadline.since(now + TIME_TO_RECORD));
    let kept = u64::from(call.keep.body_bytes.unwrap_or(0));
    let limits = Limits { time, body_bytes_max: kept.max(EXCERPT_BYTES) };
    let body = call.body.bytes();
    let secrets = signing_secrets(app, &job.tenant).await?;
    let mut headers = HeaderMap::new();
    if let Body::Json(_) = call.body {
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in call.open_headers(app).await? {
        headers.insert(name, value);
    }
    let mut name = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    name("millrace-job-id", job.id.as_str());
    name("millrace-attempt", &(job.attempts + 1).to_string());
    name("webhook-id", job.id.as_str());
    name("webhook-timestamp", &now.as_secs().to_string());
    if let Some(signatures) = signatures(&secrets, job.id.as_str(), now, &body) {
        name("webhook-signature", &signatures);
    }
    let mut request = Request::new(call.method.as_http(), target, limits);
    if !call.body.is_none() {
        request = request.body(body);
    }
    for (name, value) in &headers {
        request = request.header(name.clone(), value.clone()).map_err(of_world)?;
    }
    Ok(request)
}

async fn receive(app: &App, request: Request) -> Result<Received, Stopped> {
    let response = app.outbound.send(request).await.map_err(of_world)?;
    let (status, headers) = (response.status, response.headers);
    Ok(Received { status, headers, body: response.body.excerpt().await })
}

/// Runs `call`, unless the job is to be cancelled meanwhile: then its connection is closed.
async fn until_cancelled<T>(app: &App, job: &Job, call: impl Future<Output = T>) -> Result<T, Stopped> {
    let mut call = pin!(call);
    loop {
        if let Some(output) = app.clock.within(CANCEL_CHECKED_EVERY, call.as_mut()).await {
            return Ok(output);
        }
        // A row that cannot be read is read again: the call goes on.
        let seen = app.table.get_job(&job.tenant, &job.id).await.ok().flatten();
        if seen.is_some_and(|seen| seen.cancel_requested || seen.epoch != job.epoch) {
            return Err(
                Failure::new(Cause::External, "cancelled", "the job was cancelled while it ran").into()
            );
        }
    }
}

/// Stores the output apart if it has no room in the row.
async fn keep(app: &App, job: &Job, answer: Answer) -> Result<Answer, Stopped> {
    let output = serde_json::to_value(&answer).map_err(|error| Fault::new("writing an output", error))?;
    if output.to_string().len() <= INLINE_OUTPUT_BYTES_MAX {
        return Ok(answer);
    }
    app.table.put_job_output(job, &output, RETENTION, app.clock.now()).await?;
    Ok(Answer { status: answer.status, is_apart: true, ..Answer::default() })
}

/// The failure that a response stands for.
fn failed(job: &Job, meaning: Meaning, received: &Received, now: Timestamp) -> Stopped {
    let Received { status, headers, body } = received;
    let cause = if meaning == Meaning::Final { Cause::Rejected } else { Cause::External };
    let submission = job.submission.clone().unwrap_or_default();
    let plan = submission.plan();
    let asked = retry_after(headers, now).map(|wait| plan.at_most(wait));
    let failure = Failure {
        status: Some(status.as_u16()),
        not_before: asked.map(|wait| now + wait),
        ..Failure::new(cause, "response_status", &detail(*status, headers, &body.bytes))
    };
    if meaning == Meaning::NotNow && job.deferrals < NOT_NOW_MAX {
        let own = plan.wait(&job.id, job.deferrals.saturating_add(1));
        let until = now + asked.unwrap_or(own).max(own);
        if job.may_start_at(until) {
            return Stopped::Deferred { until, failure: Some(failure) };
        }
    }
    failure.into()
}

/// A call that failed before there was a response.
fn of_world(error: outbound::Error) -> Stopped {
    let cause = if error.can_retry() { Cause::External } else { Cause::Rejected };
    let failure = Failure::new(cause, error.code(), &error.to_string());
    Stopped::Failed { failure, cause: Some(Fault::new("calling a URL", error)) }
}

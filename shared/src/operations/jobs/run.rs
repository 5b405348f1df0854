use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use crate::app::App;
use crate::aws::table::{Claim, Claimed};
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::Fault;
use crate::job::{self, Cause, Delivery, Failure, Job, LEASE_MARGIN, Made, Next, State, Verdict};
use crate::kinds::Kind;
use crate::kinds::contract::{Dispatcher, Retention, Run, Stopped};
use crate::metrics::{self, Metric};
use crate::work_log::{About, Kind as Work, Outcome, Unit};

/// A job of a kind that isn't known is not begun with less than this left.
const TIME_LIMIT_UNKNOWN: Duration = Duration::from_secs(30);

/// The write of an outcome is tried this often, until shortly before the invocation ends: the work is done, and a write
/// that fails is no crash.
const RECORDS_MAX: u32 = 20;
const RECORDS_APART: Duration = Duration::from_millis(200);
const RECORDED_BEFORE: Duration = Duration::from_secs(2);

/// A message as the queue handed it over.
#[derive(Clone, Debug)]
pub struct Received {
    pub message_id: String,
    pub receipt_handle: String,
    /// How often the queue has handed it over, this time included.
    pub receive_count: u32,
    pub delivery: Delivery,
}

/// How a delivery is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ack {
    Acknowledge,
    /// Stays in the queue and comes back.
    Keep,
}

/// A delivery on its way through the batch.
struct Attempt {
    received: Received,
    claim: Claim,
    /// The job as it was seen, when an earlier epoch of it left no outcome.
    suspect: Option<Box<Job>>,
}

enum Step {
    Settled(Ack),
    Suspect(Box<Job>),
}

/// Runs the jobs of one invocation, as many at once as their queue says, and returns the ids of the messages to keep.
///
/// A delivery is acknowledged only when the table says that nothing is left for it to do; until then it is the timer
/// that rescues its job. Jobs whose earlier epoch left no outcome run last, one by one, after everything else is
/// recorded: whatever they do to the process then costs nobody else anything.
pub async fn run_deliveries<D: Dispatcher>(
    app: &App,
    dispatcher: &D,
    invocation: &str,
    deadline: Timestamp,
    mut deliveries: Vec<Received>,
) -> Vec<String> {
    deliveries.sort_by_key(|received| received.receive_count);
    let half = deadline.since(app.clock.now()) / 2;
    let batch = Batch { app, dispatcher, deadline, half };
    let attempts = deliveries.into_iter().enumerate().map(|(index, received)| {
        // A queue may hand one message over twice in a batch: each is a claim of its own.
        let token = format!("{invocation}/{index}");
        Attempt { received, claim: Claim { token, lease_until: deadline + LEASE_MARGIN }, suspect: None }
    });
    let runs = attempts.map(|attempt| batch.attempt(attempt).boxed()).collect();
    let ended = concurrently::all(D::JOBS_AT_ONCE, runs).await;
    let mut kept = Vec::new();
    for (attempt, ack) in ended {
        let (attempt, ack) = match attempt.suspect {
            Some(_) => batch.attempt(attempt).await,
            None => (attempt, ack),
        };
        if ack == Ack::Keep {
            kept.push(attempt.received.message_id);
        }
    }
    kept
}

struct Batch<'a, D> {
    app: &'a App,
    dispatcher: &'a D,
    /// The invocation is killed then.
    deadline: Timestamp,
    /// No job is begun in the second half of the invocation, however little its kind asks for.
    half: Duration,
}

impl<D: Dispatcher> Batch<'_, D> {
    /// Runs a delivery, and logs how it ended. One that faulted is kept. One that turns out to be suspect comes back.
    async fn attempt(&self, mut attempt: Attempt) -> (Attempt, Ack) {
        let mut unit = self.app.work_log.begin(Work::JobRun, About::delivery(&attempt.received.delivery));
        let was_suspect = attempt.suspect.take();
        let step = match was_suspect {
            None => self.run(&attempt, &mut unit).await,
            Some(seen) => self.run_suspect(&attempt, &seen, &mut unit).await.map(Step::Settled),
        };
        match step {
            Ok(Step::Suspect(seen)) => {
                attempt.suspect = Some(seen);
                (attempt, Ack::Keep)
            }
            Ok(Step::Settled(ack)) => {
                unit.end();
                (attempt, ack)
            }
            Err(fault) => {
                unit.fail(&fault);
                (attempt, Ack::Keep)
            }
        }
    }

    async fn run(&self, attempt: &Attempt, unit: &mut Unit<'_>) -> Result<Step, Fault> {
        let Attempt { received, claim, .. } = attempt;
        if self.is_short_of_time(&received.delivery) {
            unit.outcome = Outcome::Deferred;
            return Ok(Step::Settled(Ack::Keep));
        }
        let now = self.app.clock.now();
        let ack = match self.app.table.claim_job(&received.delivery, claim, now).await? {
            Claimed::Won(job) => self.work(&job, unit).await?,
            Claimed::Refused(seen) => {
                match job::judge(seen.as_deref(), &received.delivery, &claim.token, now) {
                    Verdict::Suspect => return Ok(seen.map_or(Step::Settled(Ack::Keep), Step::Suspect)),
                    verdict => self.settle(received, seen.as_deref(), verdict, unit).await?,
                }
            }
        };
        Ok(Step::Settled(ack))
    }

    async fn run_suspect(&self, attempt: &Attempt, seen: &Job, unit: &mut Unit<'_>) -> Result<Ack, Fault> {
        let Attempt { received, claim, .. } = attempt;
        if self.is_short_of_time(&received.delivery) {
            unit.outcome = Outcome::Deferred;
            return Ok(Ack::Keep);
        }
        let now = self.app.clock.now();
        match self.app.table.claim_suspect(seen, claim, now).await? {
            Claimed::Won(job) => self.work(&job, unit).await,
            Claimed::Refused(seen) => {
                match job::judge(seen.as_deref(), &received.delivery, &claim.token, now) {
                    // It changed while it waited its turn; the queue brings it back.
                    Verdict::Suspect => {
                        unit.outcome = Outcome::Deferred;
                        Ok(Ack::Keep)
                    }
                    verdict => self.settle(received, seen.as_deref(), verdict, unit).await,
                }
            }
        }
    }

    async fn settle(
        &self,
        received: &Received,
        seen: Option<&Job>,
        verdict: Verdict,
        unit: &mut Unit<'_>,
    ) -> Result<Ack, Fault> {
        match (verdict, seen) {
            (Verdict::Claimed, Some(job)) => self.work(job, unit).await,
            (Verdict::Exhausted, Some(job)) => {
                self.mark_dead(job, unit).await?;
                Ok(Ack::Acknowledge)
            }
            (Verdict::Expired, Some(job)) => self.end_unrun(job, State::Expired, unit).await,
            (Verdict::Cancelled, Some(job)) => self.end_unrun(job, State::Cancelled, unit).await,
            (Verdict::Deferred(rest), _) => {
                unit.outcome = Outcome::Deferred;
                let queue = self.app.queues.of(D::QUEUE)?;
                queue.extend_visibility(&received.receipt_handle, rest).await?;
                Ok(Ack::Keep)
            }
            (Verdict::Settled, _) => Ok(Ack::Acknowledge),
            _ => {
                unit.outcome = Outcome::Unknown;
                unit.about.detail = Some("a message names a job that is not there".to_owned());
                Ok(Ack::Keep)
            }
        }
    }

    async fn mark_dead(&self, job: &Job, unit: &mut Unit<'_>) -> Result<(), Fault> {
        unit.about = About::job(job);
        let failure = Failure::lost(job.epochs_without_outcome());
        let now = self.app.clock.now();
        if self.app.table.end_job_unrun(job, State::Dead, Some(&failure), now).await? {
            unit.outcome = Outcome::Dead;
            metrics::count(Metric::JobsDead, job.request_id.as_ref());
        }
        unit.about.code = Some(failure.code);
        unit.about.detail = Some(failure.detail);
        Ok(())
    }

    /// Ends a job whose time is over, or that was to be cancelled while a run of it crashed. One that has changed
    /// meanwhile comes back.
    async fn end_unrun(&self, job: &Job, state: State, unit: &mut Unit<'_>) -> Result<Ack, Fault> {
        unit.about = About::job(job);
        unit.outcome = Outcome::Skipped;
        let has_ended = self.app.table.end_job_unrun(job, state, None, self.app.clock.now()).await?;
        Ok(if has_ended { Ack::Acknowledge } else { Ack::Keep })
    }

    /// Runs a claimed job and records how it ended. A run that a newer epoch has overtaken leaves the message alone.
    async fn work(&self, job: &Job, unit: &mut Unit<'_>) -> Result<Ack, Fault> {
        unit.about = About { job_attempt: Some(job.attempts + 1), ..About::job(job) };
        let ended = self.perform(job).await;
        let outcome = match &ended {
            Ok(_) => Outcome::Succeeded,
            Err(Stopped::Deferred { .. }) => Outcome::Deferred,
            Err(Stopped::Failed { failure, cause }) => {
                unit.about.error = cause.as_ref().map(Fault::chain);
                unit.about.code = Some(failure.code.clone());
                unit.about.detail = Some(failure.detail.clone());
                match self.after_failure(job, failure) {
                    // The client's doing, or somebody else's: nobody who runs the system can help.
                    Next::Die | Next::Pause if matches!(failure.cause, Cause::Rejected | Cause::External) => {
                        Outcome::Rejected
                    }
                    Next::Die | Next::Pause => Outcome::Dead,
                    Next::Queue { .. } | Next::Wait { .. } => Outcome::Retried,
                }
            }
        };
        unit.about.size_bytes = ended.as_ref().ok().map(|made| made.stored_bytes);
        let recorded = self.record(job, &ended).await?;
        unit.outcome = if recorded { outcome } else { Outcome::Overtaken };
        match unit.outcome {
            Outcome::Dead => metrics::count(Metric::JobsDead, job.request_id.as_ref()),
            Outcome::Retried => metrics::count(Metric::JobsRetried, job.request_id.as_ref()),
            _ => {}
        }
        Ok(if recorded { Ack::Acknowledge } else { Ack::Keep })
    }

    async fn perform(&self, job: &Job) -> Result<Made, Stopped> {
        let whole;
        let job = if job.input_apart {
            whole = self.app.table.with_input(job).await?;
            &whole
        } else {
            job
        };
        let run = Run { app: self.app, job, deadline: self.deadline };
        let caught = AssertUnwindSafe(self.dispatcher.run(&run)).catch_unwind().await;
        caught.unwrap_or_else(|_| {
            Err(Failure::new(Cause::Panicked, "panicked", "the job's code panicked").into())
        })
    }

    fn after_failure(&self, job: &Job, failure: &Failure) -> Next {
        match Kind::of(job) {
            Ok(kind) => job::after_failure(job, failure, kind.retry(), self.app.clock.now()),
            // A later version may know it.
            Err(_) => job::after_deferral(self.app.clock.now() + TIME_LIMIT_UNKNOWN, self.app.clock.now()),
        }
    }

    /// Records how a run ended; `false` when a newer epoch holds the job. Tries again until shortly before
    /// the invocation ends.
    async fn record(&self, job: &Job, ended: &Result<Made, Stopped>) -> Result<bool, Fault> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.record_once(job, ended).await {
                Err(_) if tries < RECORDS_MAX && self.may_record_again() => {
                    self.app.clock.pause(RECORDS_APART).await;
                }
                recorded => return recorded,
            }
        }
    }

    async fn record_once(&self, job: &Job, ended: &Result<Made, Stopped>) -> Result<bool, Fault> {
        let (table, now) = (&self.app.table, self.app.clock.now());
        match ended {
            Ok(made) => {
                let expires_at = match Kind::of(job)?.retention() {
                    Retention::OfParent => None,
                    Retention::For(retention) => Some(now + retention),
                };
                table.finish_job(job, made, expires_at, now).await
            }
            Err(Stopped::Failed { failure, .. }) => {
                table.fail_job(job, failure, self.after_failure(job, failure), now).await
            }
            Err(Stopped::Deferred { until, failure }) => {
                table.defer_job(job, failure.as_ref(), job::after_deferral(*until, now), now).await
            }
        }
    }

    fn may_record_again(&self) -> bool {
        self.app.clock.now() + RECORDED_BEFORE < self.deadline
    }

    fn is_short_of_time(&self, delivery: &Delivery) -> bool {
        let kind = delivery.kind.as_ref().and_then(|kind| Kind::parse(kind.as_str()));
        let limit = kind.map_or(TIME_LIMIT_UNKNOWN, Kind::time_limit);
        self.app.clock.now() > self.deadline - limit.min(self.half)
    }
}

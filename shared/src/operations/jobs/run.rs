use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use super::digest_original::verify_original;
use super::perform_step::{DecodedInput, Failed, perform_step};
use crate::app::App;
use crate::aws::table::{Claim, Claimed};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{self, Cause, Delivery, Failure, Job, LEASE_MARGIN, Next, Verdict, Work};
use crate::media::Product;
use crate::metrics::{self, Metric};
use crate::work_log::{About, Kind, Outcome, Unit};

/// A job is not begun when less than this is left of the invocation, or less than half of it: it would be killed in
/// the middle.
const JOB_TIME: Duration = Duration::from_secs(30);

/// A message as the queue handed it over.
#[derive(Clone, Debug)]
pub struct Received {
    pub message_id: String,
    pub receipt_handle: String,
    /// How often the queue has handed it over, this time included.
    pub receive_count: u32,
    pub delivery: Delivery,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Acknowledge,
    /// Stays in the queue and comes back.
    Keep,
}

/// Runs the jobs of one invocation, one after the other, and answers the ids of the messages to keep.
///
/// A delivery is acknowledged only when the table says that nothing is left for it to do; until then it is the timer
/// that rescues its job. Jobs whose earlier epoch left no outcome run last, after everything else is recorded: what
/// they may do to the process then costs nobody else anything.
pub async fn run_deliveries(
    app: &App,
    invocation: &str,
    deadline: Timestamp,
    mut deliveries: Vec<Received>,
) -> Vec<String> {
    deliveries.sort_by_key(|received| received.receive_count);
    let half = deadline.since(app.clock.now()) / 2;
    let begin_by = deadline - JOB_TIME.min(half);
    let mut batch = Batch { app, begin_by, deadline, decoded: DecodedInput::default() };
    let mut kept = Vec::new();
    let mut suspects = Vec::new();
    for (index, received) in deliveries.into_iter().enumerate() {
        let claim = Claim {
            // A queue may hand one message over twice in a batch: each is a claim of its own.
            token: format!("{invocation}/{index}"),
            lease_until: deadline + LEASE_MARGIN,
        };
        let mut unit = begin(app, &received);
        let fate = match batch.run(&received, &claim, &mut unit).await {
            Ok(Step::Suspect(seen)) => {
                suspects.push((received, claim, seen));
                continue;
            }
            Ok(Step::Settled(fate)) => end(unit, Ok(fate)),
            Err(fault) => end(unit, Err(fault)),
        };
        if fate == Fate::Keep {
            kept.push(received.message_id);
        }
    }
    for (received, claim, seen) in suspects {
        let mut unit = begin(app, &received);
        let fate = batch.run_suspect(&received, &claim, &seen, &mut unit).await;
        if end(unit, fate) == Fate::Keep {
            kept.push(received.message_id);
        }
    }
    kept
}

fn begin<'a>(app: &'a App, received: &Received) -> Unit<'a> {
    app.work_log.begin(Kind::JobRun, About::delivery(&received.delivery))
}

/// Logs how the run ended. What faulted is kept.
fn end(unit: Unit<'_>, fate: Result<Fate, Fault>) -> Fate {
    match fate {
        Ok(fate) => {
            unit.end();
            fate
        }
        Err(fault) => {
            unit.fail(&fault);
            Fate::Keep
        }
    }
}

enum Step {
    Settled(Fate),
    Suspect(Box<Job>),
}

struct Batch<'a> {
    app: &'a App,
    /// No job is begun after this.
    begin_by: Timestamp,
    /// The invocation is killed then.
    deadline: Timestamp,
    decoded: DecodedInput,
}

impl Batch<'_> {
    async fn run(&mut self, received: &Received, claim: &Claim, unit: &mut Unit<'_>) -> Result<Step, Fault> {
        if self.is_short_of_time() {
            unit.outcome = Outcome::Deferred;
            return Ok(Step::Settled(Fate::Keep));
        }
        let now = self.app.clock.now();
        let fate = match self.app.table.claim_job(&received.delivery, claim, now).await? {
            Claimed::Won(job) => self.work(&job, unit).await?,
            Claimed::Refused(seen) => {
                match job::judge(seen.as_deref(), &received.delivery, &claim.token, now) {
                    Verdict::Suspect => return Ok(seen.map_or(Step::Settled(Fate::Keep), Step::Suspect)),
                    verdict => self.settle(received, seen.as_deref(), verdict, unit).await?,
                }
            }
        };
        Ok(Step::Settled(fate))
    }

    async fn run_suspect(
        &mut self,
        received: &Received,
        claim: &Claim,
        seen: &Job,
        unit: &mut Unit<'_>,
    ) -> Result<Fate, Fault> {
        if self.is_short_of_time() {
            unit.outcome = Outcome::Deferred;
            return Ok(Fate::Keep);
        }
        let now = self.app.clock.now();
        match self.app.table.claim_suspect(seen, claim, now).await? {
            Claimed::Won(job) => self.work(&job, unit).await,
            Claimed::Refused(seen) => {
                match job::judge(seen.as_deref(), &received.delivery, &claim.token, now) {
                    // It changed while it waited its turn; the queue brings it back.
                    Verdict::Suspect => {
                        unit.outcome = Outcome::Deferred;
                        Ok(Fate::Keep)
                    }
                    verdict => self.settle(received, seen.as_deref(), verdict, unit).await,
                }
            }
        }
    }

    async fn settle(
        &mut self,
        received: &Received,
        seen: Option<&Job>,
        verdict: Verdict,
        unit: &mut Unit<'_>,
    ) -> Result<Fate, Fault> {
        match (verdict, seen) {
            (Verdict::Claimed, Some(job)) => self.work(job, unit).await,
            (Verdict::Exhausted, Some(job)) => {
                self.mark_dead(job, unit).await?;
                Ok(Fate::Acknowledge)
            }
            (Verdict::Deferred(rest), _) => {
                unit.outcome = Outcome::Deferred;
                self.app.media_queue.extend_visibility(&received.receipt_handle, rest).await?;
                Ok(Fate::Keep)
            }
            (Verdict::Settled, _) => Ok(Fate::Acknowledge),
            _ => {
                unit.outcome = Outcome::Unknown;
                unit.about.detail = Some("a message names a job that is not there".to_owned());
                Ok(Fate::Keep)
            }
        }
    }

    async fn mark_dead(&self, job: &Job, unit: &mut Unit<'_>) -> Result<(), Fault> {
        unit.about = About::job(job);
        let failure = Failure::lost(job.epochs_without_outcome());
        if self.app.table.mark_job_dead(job, &failure, self.app.clock.now()).await? {
            unit.outcome = Outcome::Dead;
            metrics::count(Metric::JobsDead, job.request_id.as_ref());
        }
        unit.about.code = Some(failure.code);
        unit.about.detail = Some(failure.detail);
        Ok(())
    }

    /// Runs a claimed job and records how it ended. A run that a newer epoch has overtaken leaves the message alone.
    async fn work(&mut self, job: &Job, unit: &mut Unit<'_>) -> Result<Fate, Fault> {
        unit.about = About { job_attempt: Some(job.attempts + 1), ..About::job(job) };
        let (recorded, outcome) = match self.perform(job).await {
            Ok(product) => {
                unit.about.size_bytes = product.as_ref().map(Product::size_bytes);
                let now = self.app.clock.now();
                (self.app.table.finish_job(job, product.as_ref(), now).await?, Outcome::Succeeded)
            }
            Err(Failed { failure, cause }) => {
                unit.about.error = cause.map(|cause| cause.chain());
                unit.about.code = Some(failure.code.clone());
                unit.about.detail = Some(failure.detail.clone());
                let now = self.app.clock.now();
                let next = job::after_failure(job, &failure, now);
                let recorded = self.app.table.fail_job(job, &failure, next, now).await?;
                let outcome = match next {
                    // The client's doing: nobody who runs the system can help.
                    Next::Die if failure.cause == Cause::Rejected => Outcome::Rejected,
                    Next::Die => Outcome::Dead,
                    Next::Queue { .. } | Next::Wait { .. } => Outcome::Retried,
                };
                (recorded, outcome)
            }
        };
        unit.outcome = if recorded { outcome } else { Outcome::Overtaken };
        match unit.outcome {
            Outcome::Dead => metrics::count(Metric::JobsDead, job.request_id.as_ref()),
            Outcome::Retried => metrics::count(Metric::JobsRetried, job.request_id.as_ref()),
            _ => {}
        }
        Ok(if recorded { Fate::Acknowledge } else { Fate::Keep })
    }

    async fn perform(&mut self, job: &Job) -> Result<Option<Product>, Failed> {
        let (app, tenant) = (self.app, &job.tenant);
        let work = async {
            match &job.work {
                Work::ImageStep(work) | Work::MetadataStep(work) | Work::ChecksumStep(work) => {
                    perform_step(app, tenant, work, self.deadline, &mut self.decoded).await.map(Some)
                }
                Work::Checksum(work) => {
                    verify_original(app, tenant, work, self.deadline).await.map(|()| None)
                }
            }
        };
        let caught = AssertUnwindSafe(work).catch_unwind().await;
        caught.unwrap_or_else(|_| {
            Err(Failure::new(Cause::Panicked, "panicked", "the job's code panicked").into())
        })
    }

    fn is_short_of_time(&self) -> bool {
        self.app.clock.now() > self.begin_by
    }
}

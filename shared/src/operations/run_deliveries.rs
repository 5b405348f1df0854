use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use crate::app::App;
use crate::aws::table::{Claim, Claimed};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{self, Cause, Delivery, Failure, Job, LEASE_MARGIN, Verdict, Work};
use crate::media::Product;
use crate::operations::perform_image_step::{DecodedOriginal, perform_image_step};

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
    let mut batch = Batch { app, begin_by, decoded: DecodedOriginal::default() };
    let mut kept = Vec::new();
    let mut suspects = Vec::new();
    for (index, received) in deliveries.into_iter().enumerate() {
        let claim = Claim {
            // A queue may hand one message over twice in a batch: each is a claim of its own.
            token: format!("{invocation}/{index}"),
            lease_until: deadline + LEASE_MARGIN,
        };
        match batch.run(&received, &claim).await {
            Ok(Step::Settled(Fate::Acknowledge)) => {}
            Ok(Step::Settled(Fate::Keep)) => kept.push(received.message_id),
            Ok(Step::Suspect(seen)) => suspects.push((received, claim, seen)),
            Err(fault) => {
                report(&received, &fault);
                kept.push(received.message_id);
            }
        }
    }
    for (received, claim, seen) in suspects {
        let fate = batch.run_suspect(&received, &claim, &seen).await;
        if fate.unwrap_or_else(|fault| report(&received, &fault)) == Fate::Keep {
            kept.push(received.message_id);
        }
    }
    kept
}

enum Step {
    Settled(Fate),
    Suspect(Box<Job>),
}

struct Batch<'a> {
    app: &'a App,
    /// No job is begun after this.
    begin_by: Timestamp,
    decoded: DecodedOriginal,
}

impl Batch<'_> {
    async fn run(&mut self, received: &Received, claim: &Claim) -> Result<Step, Fault> {
        if self.is_short_of_time() {
            return Ok(Step::Settled(Fate::Keep));
        }
        let now = self.app.clock.now();
        let fate = match self.app.table.claim_job(&received.delivery, claim, now).await? {
            Claimed::Won(job) => self.work(&job).await?,
            Claimed::Refused(seen) => {
                match job::judge(seen.as_deref(), &received.delivery, &claim.token, now) {
                    Verdict::Suspect => return Ok(seen.map_or(Step::Settled(Fate::Keep), Step::Suspect)),
                    verdict => self.settle(received, seen.as_deref(), verdict).await?,
                }
            }
        };
        Ok(Step::Settled(fate))
    }

    async fn run_suspect(&mut self, received: &Received, claim: &Claim, seen: &Job) -> Result<Fate, Fault> {
        if self.is_short_of_time() {
            return Ok(Fate::Keep);
        }
        let now = self.app.clock.now();
        match self.app.table.claim_suspect(seen, claim, now).await? {
            Claimed::Won(job) => self.work(&job).await,
            Claimed::Refused(seen) => {
                match job::judge(seen.as_deref(), &received.delivery, &claim.token, now) {
                    // It changed while it waited its turn; the queue brings it back.
                    Verdict::Suspect => Ok(Fate::Keep),
                    verdict => self.settle(received, seen.as_deref(), verdict).await,
                }
            }
        }
    }

    async fn settle(
        &mut self,
        received: &Received,
        seen: Option<&Job>,
        verdict: Verdict,
    ) -> Result<Fate, Fault> {
        match (verdict, seen) {
            (Verdict::Claimed, Some(job)) => self.work(job).await,
            (Verdict::Exhausted, Some(job)) => {
                let failure = Failure::lost(job.epochs_without_outcome());
                tracing::error!(job.id = job.id.as_str(), code = failure.code, "the job is dead");
                self.app.table.bury_job(job, &failure, self.app.clock.now()).await?;
                Ok(Fate::Acknowledge)
            }
            (Verdict::PutBack(rest), _) => {
                self.app.media_queue.put_back(&received.receipt_handle, rest).await?;
                Ok(Fate::Keep)
            }
            (Verdict::Settled, _) => Ok(Fate::Acknowledge),
            _ => {
                tracing::error!(
                    job.id = received.delivery.job.as_str(),
                    "a message names a job that is not there"
                );
                Ok(Fate::Keep)
            }
        }
    }

    /// Runs a claimed job and records how it ended. A run that a newer epoch has overtaken leaves the message alone.
    async fn work(&mut self, job: &Job) -> Result<Fate, Fault> {
        let recorded = match self.perform(job).await {
            Ok(product) => {
                tracing::info!(job.id = job.id.as_str(), attempt = job.attempts + 1, "finished the job");
                self.app.table.finish_job(job, &product, self.app.clock.now()).await?
            }
            Err(failure) => {
                let now = self.app.clock.now();
                let next = job::after_failure(job, &failure, now);
                let (code, detail) = (&failure.code, &failure.detail);
                tracing::warn!(job.id = job.id.as_str(), code, detail, ?next, "the job failed");
                self.app.table.fail_job(job, &failure, next, now).await?
            }
        };
        Ok(if recorded { Fate::Acknowledge } else { Fate::Keep })
    }

    async fn perform(&mut self, job: &Job) -> Result<Product, Failure> {
        let Work::ImageStep(step) = &job.work;
        let work = perform_image_step(self.app, &job.tenant, step, &mut self.decoded);
        let caught = AssertUnwindSafe(work).catch_unwind().await;
        caught.unwrap_or_else(|_| Err(Failure::new(Cause::Panicked, "panicked", "the job's code panicked")))
    }

    fn is_short_of_time(&self) -> bool {
        self.app.clock.now() > self.begin_by
    }
}

fn report(received: &Received, fault: &Fault) -> Fate {
    tracing::error!(job.id = received.delivery.job.as_str(), error = fault.chain(), "a delivery was kept");
    Fate::Keep
}

//! One log line for each unit of work: what it was, whom it was for, how long it took, how it ended.
//!
//! The lists of kinds and outcomes are closed; both words are what a query searches for, so they never change. One
//! in so many of the units that ended well is logged: of requests a random one, else by the upload, whose lines are kept or
//! left out together, in every function. A unit that failed, was slow, or came first in its process is always logged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::error::Fault;

mod about;
mod write;

pub use about::{About, Http};
pub use write::{log_fault, log_item};

/// Among the units that ended well, one in this many is logged unless the configuration says otherwise.
pub const SUCCESS_EVERY: u32 = 10;

/// The kind of a unit of work: the `message` of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// api: one HTTP request.
    Request,
    /// intake: one object that S3 told of.
    Ingest,
    /// relay: one batch of the table's stream.
    Changes,
    /// observer: one batch of the table's stream.
    UsageCount,
    /// observer: the same batch, for another projection.
    ActivityCount,
    /// media: one delivery of a job.
    JobRun,
    /// scheduler: a minute's due jobs.
    DueJobs,
    /// scheduler: a minute's letters of the dead-letter queue.
    DeadLetters,
    /// scheduler: a minute's messages of the failure queue.
    Failures,
    /// scheduler: a minute's part of an audit that was asked for.
    AskedAudit,
    /// scheduler: the segment whose turn it is.
    AuditSegment,
    /// scheduler: a minute's recounts of tenants' usage.
    Recounts,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Ingest => "ingest",
            Self::Changes => "changes",
            Self::UsageCount => "usage count",
            Self::ActivityCount => "activity count",
            Self::JobRun => "job run",
            Self::DueJobs => "due jobs",
            Self::DeadLetters => "dead letters",
            Self::Failures => "failures",
            Self::AskedAudit => "asked audit",
            Self::AuditSegment => "audit segment",
            Self::Recounts => "recounts",
        }
    }

    /// A unit that took at least this long is always logged.
    pub const fn slow_after(self) -> Duration {
        match self {
            Self::Request => Duration::from_secs(1),
            Self::Ingest | Self::Changes | Self::UsageCount | Self::ActivityCount => Duration::from_secs(3),
            Self::JobRun => Duration::from_secs(30),
            Self::DueJobs | Self::DeadLetters | Self::Failures => Duration::from_secs(10),
            // It is meant to use what is left of its minute.
            Self::AskedAudit => Duration::from_secs(60),
            Self::AuditSegment | Self::Recounts => Duration::from_secs(20),
        }
    }
}

/// How a unit of work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// Nothing was left to do: it had been done, or was overtaken by something newer.
    Skipped,
    /// Its time has not come: another run holds the job, or the invocation is about to end.
    Deferred,
    /// The caller was told what is wrong with its request; nothing was changed.
    Refused,
    /// The bytes of an upload are not acceptable.
    Rejected,
    /// Failed, and will be tried again.
    Retried,
    /// A newer run holds the job, so that this one recorded nothing.
    Overtaken,
    /// It names something that is not there.
    Unknown,
    /// Failed for good though the bytes are acceptable.
    Dead,
    /// The system, or something that it stands on, failed.
    Faulted,
}

/// How bad an outcome is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    /// Nothing happened.
    Debug,
    Info,
    Warn,
    Error,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Retried => "retried",
            Self::Overtaken => "overtaken",
            Self::Unknown => "unknown",
            Self::Dead => "dead",
            Self::Faulted => "faulted",
        }
    }

    const fn severity(self) -> Severity {
        match self {
            Self::Skipped => Severity::Debug,
            Self::Succeeded | Self::Deferred | Self::Refused | Self::Rejected => Severity::Info,
            Self::Retried | Self::Overtaken | Self::Unknown => Severity::Warn,
            Self::Dead | Self::Faulted => Severity::Error,
        }
    }

    /// Whether one in so many is enough. A refused request is among them: who sends many must not make the log dear.
    const fn is_sampled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped | Self::Deferred | Self::Refused)
    }
}

/// A process's log of its units of work. Clones share whether the process has begun its first.
#[derive(Clone, Debug)]
pub struct WorkLog {
    clock: Clock,
    success_every: u32,
    has_begun: Arc<AtomicBool>,
}

/// A unit of work under way.
#[derive(Debug)]
pub struct Unit<'a> {
    log: &'a WorkLog,
    kind: Kind,
    began_at: Timestamp,
    is_first: bool,
    /// [`Outcome::Skipped`] until something was done.
    pub outcome: Outcome,
    pub about: About,
}

impl WorkLog {
    /// Logs one in `success_every` units that ended well; all for 0 and 1.
    pub fn new(clock: Clock, success_every: u32) -> Self {
        Self { clock, success_every: success_every.max(1), has_begun: Arc::default() }
    }

    pub fn begin(&self, kind: Kind, about: About) -> Unit<'_> {
        let is_first = !self.has_begun.swap(true, Ordering::SeqCst);
        let began_at = self.clock.now();
        Unit { log: self, kind, began_at, is_first, outcome: Outcome::Skipped, about }
    }
}

impl Unit<'_> {
    /// Logs the unit with its outcome, if it is one that is logged.
    pub fn end(self) {
        let took = self.log.clock.now().since(self.began_at);
        let is_remarkable = self.is_first || took >= self.kind.slow_after();
        let severity = match self.outcome.severity() {
            Severity::Debug if is_remarkable => Severity::Info,
            severity => severity,
        };
        if is_remarkable || !self.outcome.is_sampled() || self.is_chosen() {
            write::unit(&self, took, severity);
        }
    }

    /// Logs the unit with the outcome that its work came to, or with its fault.
    pub fn end_with(mut self, ended: Result<Outcome, Fault>) -> Result<(), Fault> {
        match ended {
            Ok(outcome) => {
                self.outcome = outcome;
                self.end();
                Ok(())
            }
            Err(fault) => {
                self.fail(&fault);
                Err(fault)
            }
        }
    }

    /// Logs that the unit failed.
    pub fn fail(mut self, fault: &Fault) {
        self.outcome = Outcome::Faulted;
        self.about.error = Some(fault.chain());
        self.end();
    }

    /// Whether it is the one in so many: the same answer for all of one upload, in every process.
    fn is_chosen(&self) -> bool {
        self.about.hash().is_multiple_of(u64::from(self.log.success_every))
    }
}

#[cfg(test)]
mod tests;

//! Fan-in: a set of steps that is done when all have ended. Uploads and runs are such sets.
//!
//! Pure: the sets of a row and its plan go in, decisions come out. A step is in at most one of the sets for good, and
//! adding it twice is adding it once, so that the ends of steps may come in any order and more than once.

use std::collections::BTreeSet;

use crate::job::{Cause, Job, State};

/// One step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned<'a> {
    pub name: &'a str,
    /// The earlier step of the plan that this one works on.
    pub from: Option<&'a str>,
}

/// How far a set of steps has come.
#[derive(Clone, Copy, Debug)]
pub struct Steps<'a> {
    /// How many must end.
    pub count: u32,
    /// The names of those that were carried out.
    pub done: &'a BTreeSet<String>,
    /// The names of those that never will be.
    pub failed: &'a BTreeSet<String>,
}

/// The common result of all the ended steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    AllDone,
    SomeDone,
    NoneDone,
}

/// How the job of a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    /// The input of the whole set can never be used: the code and the text that say why.
    Rejected {
        code: String,
        detail: String,
    },
    Failed,
}

impl End {
    /// How the job ended; `None` while it has not, or when it was cancelled with its parent.
    pub fn of(job: &Job) -> Option<Self> {
        match (job.state, &job.failure) {
            (State::Succeeded, _) => Some(Self::Done),
            (State::Dead, Some(failure)) if failure.cause == Cause::Rejected => {
                Some(Self::Rejected { code: failure.code.clone(), detail: failure.detail.clone() })
            }
            (State::Dead, _) => Some(Self::Failed),
            _ => None,
        }
    }
}

impl Steps<'_> {
    pub fn has_ended(&self, name: &str) -> bool {
        self.done.contains(name) || self.failed.contains(name)
    }

    /// Whether the step has not ended, and all that it works on is made.
    pub fn is_ready(&self, step: Planned<'_>) -> bool {
        !self.has_ended(step.name) && step.from.is_none_or(|from| self.done.contains(from))
    }

    /// The steps of the plan that have not ended and never can be carried out, because one that they work on was not:
    /// directly, or further up.
    pub fn cut_off<'p>(&self, plan: impl IntoIterator<Item = Planned<'p>>) -> Vec<&'p str> {
        let mut lost = BTreeSet::new();
        let mut cut_off = Vec::new();
        // A step's source comes before it.
        for step in plan {
            let is_lost = |from: &str| self.failed.contains(from) || lost.contains(from);
            if !step.from.is_some_and(is_lost) {
                continue;
            }
            lost.insert(step.name);
            if !self.has_ended(step.name) {
                cut_off.push(step.name);
            }
        }
        cut_off
    }

    /// Concludes from the ended steps; `None` while some are under way.
    pub fn conclusion(&self) -> Option<Conclusion> {
        let ended = self.done.union(self.failed).count();
        (ended >= self.count as usize).then(|| self.amount())
    }

    /// Sums up the steps that have ended so far.
    pub fn amount(&self) -> Conclusion {
        match (self.failed.is_empty(), self.done.is_empty()) {
            (true, _) => Conclusion::AllDone,
            (false, false) => Conclusion::SomeDone,
            (false, true) => Conclusion::NoneDone,
        }
    }
}

#[cfg(test)]
mod tests;

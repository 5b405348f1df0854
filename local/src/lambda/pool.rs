//! The environments of one function, and the invocations that wait for one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::InvokeError;
use super::host::STOPPING;
use super::invocation::Invocation;
use super::runtime_api::Call;

/// Invocations that may wait for a free environment; one more is throttled.
const WAITING_MAX: usize = 1000;

/// A process makes one call at a time; what it sends beyond waits in its connection.
const CALLS_MAX: usize = 4;

pub struct Pool {
    environments_max: usize,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    /// By id, from the order to start it until its process is gone.
    environments: BTreeMap<String, Running>,
    /// The one that became free last is used first, so that the others can grow cold.
    idle: Vec<Idle>,
    waiting: VecDeque<Invocation>,
}

struct Running {
    calls: mpsc::Sender<Call>,
    process_id: Option<u32>,
    /// Has answered its invocation and will be idle with its next poll, in the usual case at once.
    is_finishing: bool,
}

struct Idle {
    environment_id: String,
    handover: oneshot::Sender<Invocation>,
}

/// An environment that is to be started.
pub struct Start {
    pub id: String,
    /// From its process.
    pub calls: mpsc::Receiver<Call>,
    pub first: Invocation,
}

/// The next work of an environment after an invocation.
pub enum Next {
    Serve(Invocation),
    /// Nothing, until it is handed an invocation.
    Wait(oneshot::Receiver<Invocation>),
}

impl Pool {
    pub fn of(environments_max: usize) -> Self {
        Self { environments_max: environments_max.max(1), members: Mutex::default() }
    }

    /// Hands the invocation to an idle environment, else to one that is about to be idle, else to a new one, which is
    /// returned.
    ///
    /// With all of them busy, it waits.
    pub fn accept(&self, mut invocation: Invocation, is_stopping: bool) -> Option<Start> {
        let mut members = self.members();
        while let Some(idle) = members.idle.pop() {
            match idle.handover.send(invocation) {
                Ok(()) => return None,
                Err(returned) => invocation = returned,
            }
        }
        if is_stopping {
            invocation.crash(STOPPING);
        } else if members.waiting.len() < members.finishing() {
            members.waiting.push_back(invocation);
        } else if members.environments.len() < self.environments_max {
            return Some(members.start(invocation));
        } else if members.has_room() {
            members.waiting.push_back(invocation);
        } else {
            invocation.finish(Err(InvokeError::Throttled));
        }
        None
    }

    /// Called by an environment before it passes on the answer to its invocation.
    pub fn answered(&self, environment_id: &str) {
        if let Some(running) = self.members().environments.get_mut(environment_id) {
            running.is_finishing = true;
        }
    }

    /// Called by an environment that is ready for more.
    pub fn next(&self, environment_id: &str) -> Next {
        let mut members = self.members();
        if let Some(running) = members.environments.get_mut(environment_id) {
            running.is_finishing = false;
        }
        if let Some(invocation) = members.next_waiting() {
            return Next::Serve(invocation);
        }
        let (handover, handed) = oneshot::channel();
        members.idle.push(Idle { environment_id: environment_id.to_owned(), handover });
        Next::Wait(handed)
    }

    pub fn started(&self, environment_id: &str, process_id: Option<u32>) {
        if let Some(running) = self.members().environments.get_mut(environment_id) {
            running.process_id = process_id;
        }
    }

    /// Called when the process of an environment is gone. An invocation that it did not start goes to another; one that
    /// is to be started for what waits is returned.
    pub fn closed(
        &self,
        environment_id: &str,
        handed: Option<oneshot::Receiver<Invocation>>,
        is_stopping: bool,
    ) -> Option<Start> {
        let mut members = self.members();
        members.environments.remove(environment_id);
        members.idle.retain(|idle| idle.environment_id != environment_id);
        if let Some(invocation) = handed.and_then(|mut handed| handed.try_recv().ok()) {
            members.waiting.push_front(invocation);
        }
        if is_stopping {
            members.crash_waiting();
            return None;
        }
        let invocation = members.next_waiting()?;
        Some(members.start(invocation))
    }

    pub fn refuse_waiting(&self) {
        self.members().crash_waiting();
    }

    /// Where the calls of one environment's process go; `None` once the process is gone.
    pub fn calls(&self, environment_id: &str) -> Option<mpsc::Sender<Call>> {
        self.members().environments.get(environment_id).map(|running| running.calls.clone())
    }

    pub fn process_ids(&self) -> Vec<u32> {
        self.members().environments.values().filter_map(|running| running.process_id).collect()
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    fn start(&mut self, first: Invocation) -> Start {
        let id = format!("{:032x}", rand::random::<u128>());
        let (sender, calls) = mpsc::channel(CALLS_MAX);
        let running = Running { calls: sender, process_id: None, is_finishing: false };
        self.environments.insert(id.clone(), running);
        Start { id, calls, first }
    }

    fn finishing(&self) -> usize {
        self.environments.values().filter(|running| running.is_finishing).count()
    }

    /// Those whose callers gave up make room.
    fn has_room(&mut self) -> bool {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.retain(|invocation| !invocation.is_abandoned());
        }
        self.waiting.len() < WAITING_MAX
    }

    /// The longest waiting one whose caller is still there.
    fn next_waiting(&mut self) -> Option<Invocation> {
        while let Some(invocation) = self.waiting.pop_front() {
            if !invocation.is_abandoned() {
                return Some(invocation);
            }
        }
        None
    }

    fn crash_waiting(&mut self) {
        for invocation in self.waiting.drain(..) {
            invocation.crash(STOPPING);
        }
    }
}

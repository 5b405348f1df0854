//! A function: its environments, and the invocations that wait for one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::environment::{self, Environment};
use super::host::Host;
use super::invocation::Invocation;
use super::runtime_api::Call;
use super::{FunctionSettings, InvokeError};

/// Invocations that may wait for a free environment; one more is throttled.
const WAITING_MAX: usize = 1000;

/// A process makes one call at a time; what it sends beyond waits in its connection.
const CALLS_MAX: usize = 4;

pub struct Function {
    pub settings: FunctionSettings,
    pub host: Arc<Host>,
    pool: Mutex<Pool>,
}

#[derive(Default)]
struct Pool {
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

/// What an environment does after an invocation.
pub enum Next {
    Serve(Invocation),
    /// Nothing, until it is handed an invocation.
    Wait(oneshot::Receiver<Invocation>),
}

impl Function {
    pub fn new(settings: FunctionSettings, host: Arc<Host>) -> Arc<Self> {
        Arc::new(Self { settings, host, pool: Mutex::default() })
    }

    /// Hands the invocation to an idle environment, else to one that is about to be idle, else to a new one.
    ///
    /// With all of them busy, it waits.
    pub fn accept(self: &Arc<Self>, mut invocation: Invocation) {
        let mut pool = self.pool();
        while let Some(idle) = pool.idle.pop() {
            match idle.handover.send(invocation) {
                Ok(()) => return,
                Err(returned) => invocation = returned,
            }
        }
        if self.host.is_stopping() {
            invocation.crash(environment::STOPPING);
        } else if pool.waiting.len() < pool.finishing() {
            pool.waiting.push_back(invocation);
        } else if pool.environments.len() < self.settings.concurrency.max(1) {
            self.start_environment(&mut pool, invocation);
        } else if pool.has_room() {
            pool.waiting.push_back(invocation);
        } else {
            invocation.finish(Err(InvokeError::Throttled));
        }
    }

    /// Called by an environment before it passes on the answer to its invocation.
    pub fn answered(&self, environment_id: &str) {
        if let Some(running) = self.pool().environments.get_mut(environment_id) {
            running.is_finishing = true;
        }
    }

    /// Called by an environment that is ready for more.
    pub fn next(&self, environment_id: &str) -> Next {
        let mut pool = self.pool();
        if let Some(running) = pool.environments.get_mut(environment_id) {
            running.is_finishing = false;
        }
        if let Some(invocation) = pool.next_waiting() {
            return Next::Serve(invocation);
        }
        let (handover, handed) = oneshot::channel();
        pool.idle.push(Idle { environment_id: environment_id.to_owned(), handover });
        Next::Wait(handed)
    }

    /// Called by an environment whose process is gone. What it was handed but did not start goes to another.
    pub fn closed(self: &Arc<Self>, environment_id: &str, handed: Option<oneshot::Receiver<Invocation>>) {
        let mut pool = self.pool();
        pool.environments.remove(environment_id);
        pool.idle.retain(|idle| idle.environment_id != environment_id);
        if let Some(invocation) = handed.and_then(|mut handed| handed.try_recv().ok()) {
            pool.waiting.push_front(invocation);
        }
        if self.host.is_stopping() {
            pool.crash_waiting();
        } else if let Some(invocation) = pool.next_waiting() {
            self.start_environment(&mut pool, invocation);
        }
    }

    pub fn started(&self, environment_id: &str, process_id: Option<u32>) {
        if let Some(running) = self.pool().environments.get_mut(environment_id) {
            running.process_id = process_id;
        }
    }

    pub fn refuse_waiting(&self) {
        self.pool().crash_waiting();
    }

    /// Where the calls of one environment's process go; `None` once the process is gone.
    pub fn calls(&self, environment_id: &str) -> Option<mpsc::Sender<Call>> {
        self.pool().environments.get(environment_id).map(|running| running.calls.clone())
    }

    pub fn process_ids(&self) -> Vec<u32> {
        self.pool().environments.values().filter_map(|running| running.process_id).collect()
    }

    fn start_environment(self: &Arc<Self>, pool: &mut Pool, first: Invocation) {
        let id = format!("{:032x}", rand::random::<u128>());
        let (calls, received) = mpsc::channel(CALLS_MAX);
        pool.environments.insert(id.clone(), Running { calls, process_id: None, is_finishing: false });
        let stopping = self.host.stopping.subscribe();
        let environment = Environment::new(id, Arc::clone(self), received, stopping);
        tokio::spawn(environment.run(first));
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
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
            invocation.crash(environment::STOPPING);
        }
    }
}

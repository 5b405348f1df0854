//! Time in a world: calls of AWS take as long as on AWS, on the clock that the test moves.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use local::lambda::Invoker;
use serde_json::Value;
use shared::clock::Clock;
use tokio::runtime::{Handle, Id};

use super::World;

/// Pauses the time of the test's runtime, on which the latency of AWS relies. A test may have several worlds.
pub fn pause_runtime() {
    thread_local!(static PAUSED: Cell<Option<Id>> = const { Cell::new(None) });
    let here = Some(Handle::current().id());
    if PAUSED.replace(here) != here {
        tokio::time::pause();
    }
}

/// The longest invocation of each function that ended by itself, and the most records that one had. Clones share it.
#[derive(Clone, Default)]
pub struct Longest(Arc<Mutex<Measured>>);

#[derive(Default)]
struct Measured {
    functions: BTreeMap<String, (Duration, usize)>,
    is_stopped: bool,
}

impl Longest {
    /// Invokes as `invoker` does, and measures.
    pub fn of(&self, invoker: Invoker, clock: Clock) -> Invoker {
        let longest = self.clone();
        Invoker::InProcess(Arc::new(move |function, payload| {
            let (invoker, longest) = (invoker.clone(), longest.clone());
            let (clock, function) = (clock.clone(), function.to_owned());
            Box::pin(async move {
                let began = clock.now();
                let records = records_in(&payload);
                let answer = invoker.invoke(&function, payload).await;
                if answer.is_ok() {
                    longest.record(function, clock.now().since(began), records);
                }
                answer
            })
        }))
    }

    /// How long it took, and how many records there were.
    pub fn of_function(&self, function: &str) -> (Duration, usize) {
        self.measured().functions.get(function).copied().unwrap_or_default()
    }

    /// Measures nothing any more, for a test that moves the clock while functions run.
    pub fn stop(&self) {
        self.measured().is_stopped = true;
    }

    /// Forgets what was measured.
    pub fn forget(&self) {
        self.measured().functions.clear();
    }

    fn record(&self, function: String, took: Duration, records: usize) {
        let mut measured = self.measured();
        if !measured.is_stopped {
            let (longest, most) = measured.functions.entry(function).or_default();
            (*longest, *most) = (took.max(*longest), records.max(*most));
        }
    }

    fn measured(&self) -> MutexGuard<'_, Measured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn records_in(event: &[u8]) -> usize {
    let event: Value = serde_json::from_slice(event).unwrap_or_default();
    event["Records"].as_array().map_or(0, Vec::len)
}

impl World {
    /// The same world, in which calls of AWS take no time: for tests of what happens at one moment.
    pub fn without_latency(self) -> Self {
        self.aws.latency.multiply(0);
        self
    }

    /// Half of the function's timeout in the template: no invocation should take longer.
    pub fn half_of_timeout(&self, function: &str) -> Duration {
        self.template.function(function).expect("a function of the template").timeout / 2
    }

    /// Asserts that each function left half of its time for a bad day.
    pub fn assert_in_time(&self) {
        for function in &self.template.functions {
            let (longest, _) = self.longest.of_function(&function.name);
            let half = self.half_of_timeout(&function.name);
            assert!(longest <= half, "an invocation of {} took {longest:?} of {half:?}", function.name);
        }
    }
}

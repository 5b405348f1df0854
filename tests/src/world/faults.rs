//! Injected faults, a client that retries until it has an answer, and functions that are paused and go on later.

use std::sync::Arc;

use local::connector::InjectedFault;
use tokio::sync::Notify;

use super::World;
use super::client::Answer;

/// A client tries again this often.
const TRIES_MAX: usize = 20;

/// Faults that any call may have, however it is made.
pub const FAULTS: [InjectedFault; 6] = [
    InjectedFault::Refused,
    InjectedFault::RefusedAfter,
    InjectedFault::AnswerLost,
    InjectedFault::Dies,
    InjectedFault::DiesAfter,
    InjectedFault::Throttled("ProvisionedThroughputExceededException"),
];

impl World {
    /// Pauses a function at its call with this number until the answer is notified. A read of usage is no such call: it is
    /// not waited for.
    pub fn pause(&self, function: &'static str, number: u64) -> Arc<Notify> {
        let proceed = Arc::new(Notify::new());
        let (pause, mut calls) = (Arc::clone(&proceed), 0);
        self.injector.set(move |call| {
            let is_waited_for = !(call.operation == "GetItem" && call.body.contains("#usage"));
            let may_pause = call.function == function && is_waited_for;
            calls += u64::from(may_pause);
            let here = may_pause && calls == number;
            if here { InjectedFault::Paused(Arc::clone(&pause)) } else { InjectedFault::None }
        });
        proceed
    }

    /// Injects `fault` into the call with this number from now on; returns its number among all calls.
    pub fn inject(&self, fault: InjectedFault, number: u64) -> u64 {
        let last = self.injector.calls() + number;
        let mut open = Some(fault);
        self.injector.set(move |call| {
            if call.number == last { open.take().unwrap_or_default() } else { InjectedFault::None }
        });
        last
    }

    /// Makes a request whose call with this number has `fault`, again until it is answered; returns whether there
    /// were so many calls.
    pub async fn insisting(
        &self,
        fault: InjectedFault,
        number: u64,
        request: impl AsyncFn() -> Answer,
    ) -> (Answer, bool) {
        let last = self.inject(fault, number);
        for _ in 0..TRIES_MAX {
            let answer = request().await;
            if !answer.status.is_server_error() {
                let was_injected = self.injector.calls() >= last;
                self.injector.clear();
                return (answer, was_injected);
            }
        }
        panic!("the API answered {TRIES_MAX} times with 5xx");
    }
}

//! What goes wrong on the way: mishaps, a client that insists on an answer, and functions that are paused and go on later.

use std::sync::Arc;

use local::connector::Mishap;
use tokio::sync::Notify;

use super::World;
use super::client::Answer;

/// A client tries again this often.
const TRIES_MAX: usize = 20;

/// What may befall a call, however it is made.
pub const MISHAPS: [Mishap; 6] = [
    Mishap::Refused,
    Mishap::RefusedAfter,
    Mishap::AnswerLost,
    Mishap::Dies,
    Mishap::DiesAfter,
    Mishap::Throttled("ProvisionedThroughputExceededException"),
];

impl World {
    /// Pauses a function at its call with this number until the answer is notified.
    pub fn pause(&self, function: &'static str, number: u64) -> Arc<Notify> {
        let go_on = Arc::new(Notify::new());
        let (pause, mut calls) = (Arc::clone(&go_on), 0);
        self.sabotage.set(move |call| {
            calls += u64::from(call.function == function);
            let here = call.function == function && calls == number;
            if here { Mishap::Paused(Arc::clone(&pause)) } else { Mishap::None }
        });
        go_on
    }

    /// Has `mishap` befall the call with this number from now on; answers its number among all calls.
    pub fn befall(&self, mishap: Mishap, number: u64) -> u64 {
        let last = self.sabotage.calls() + number;
        let mut open = Some(mishap);
        self.sabotage.set(
            move |call| {
                if call.number == last { open.take().unwrap_or_default() } else { Mishap::None }
            },
        );
        last
    }

    /// Makes a request whose call with this number meets with `mishap`, again until it is answered; tells whether there
    /// were so many calls.
    pub async fn insisting(
        &self,
        mishap: Mishap,
        number: u64,
        request: impl AsyncFn() -> Answer,
    ) -> (Answer, bool) {
        let last = self.befall(mishap, number);
        for _ in 0..TRIES_MAX {
            let answer = request().await;
            if !answer.status.is_server_error() {
                let was_met = self.sabotage.calls() >= last;
                self.sabotage.clear();
                return (answer, was_met);
            }
        }
        panic!("the API answered {TRIES_MAX} times with 5xx");
    }
}

//! The life of one execution environment: a process that serves one invocation at a time.
//!
//! It starts, polls for its first event, and from then on is frozen whenever it polls and there is nothing for it.
//! It ends with its process, at a timeout, or with the stack.

use std::sync::Arc;
use std::time::Duration;

use shared::clock::Clock;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

pub use self::confine::confine;

use super::function::{Function, Next};
use super::invocation::Invocation;
use super::process::Process;
use super::runtime_api::{self, Call, CallKind};
use super::{InvokeError, RESPONSE_BYTES_MAX, program};
use crate::http::Response;

mod confine;

/// From the start of the process to its first poll.
const INIT_TIME_MAX: Duration = Duration::from_secs(10);

/// Why an invocation fails while the stack stops.
pub const STOPPING: &str = "the local stack is stopping";

pub struct Environment {
    id: String,
    function: Arc<Function>,
    calls: mpsc::Receiver<Call>,
    stopping: watch::Receiver<bool>,
}

/// A poll for the next event that has not been answered yet.
type Poll = oneshot::Sender<Response>;

/// What can happen while an environment waits.
enum Event {
    Called(Call),
    Ended { detail: String },
    DeadlinePassed,
    Stopping,
}

impl Environment {
    pub fn new(
        id: String,
        function: Arc<Function>,
        calls: mpsc::Receiver<Call>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self { id, function, calls, stopping }
    }

    /// Starts the process and serves `first`, then whatever else the function hands it.
    pub async fn run(mut self, first: Invocation) {
        let function = Arc::clone(&self.function);
        let command = program::command(&function.host, &function.settings, &self.id);
        let name = &function.settings.name;
        match Process::start(&function.host.spawner, command, name, &function.host.logs).await {
            Ok(mut process) => {
                function.started(&self.id, process.id());
                let handed = self.live(&mut process, first).await;
                process.kill().await;
                function.closed(&self.id, handed);
            }
            Err(error) => {
                let program = function.host.program.path.display();
                first.crash(format!("starting {program}: {error}"));
                function.closed(&self.id, None);
            }
        }
    }

    /// Returns when the process has to go, with the channel of an invocation that it may still be handed.
    async fn live(
        &mut self,
        process: &mut Process,
        first: Invocation,
    ) -> Option<oneshot::Receiver<Invocation>> {
        let mut invocation = first;
        let mut poll = match self.first_poll(process).await {
            Ok(poll) => poll,
            Err(error) => {
                process.kill().await;
                self.warn(&format!("did not start: {error}"));
                invocation.finish(Err(error));
                return None;
            }
        };
        loop {
            poll = self.serve(process, poll, invocation).await?;
            invocation = match self.function.next(&self.id) {
                Next::Serve(invocation) => invocation,
                Next::Wait(mut handed) => {
                    process.freeze();
                    let invocation = self.wait(process, &mut handed).await;
                    let Some(invocation) = invocation else { return Some(handed) };
                    process.thaw();
                    invocation
                }
            };
        }
    }

    async fn first_poll(&mut self, process: &mut Process) -> Result<Poll, InvokeError> {
        let crashed = |detail: String| Err(InvokeError::Crashed { detail });
        let deadline = Instant::now() + INIT_TIME_MAX;
        loop {
            match self.event(process, deadline).await {
                Event::Called(Call { kind: CallKind::Next, reply }) => return Ok(reply),
                Event::Called(Call { kind: CallKind::InitError(error), reply }) => {
                    respond(reply, runtime_api::accepted());
                    return Err(error);
                }
                Event::Called(call) => respond(call.reply, runtime_api::invalid_state()),
                Event::Ended { detail } => return crashed(detail),
                Event::DeadlinePassed => {
                    return crashed(format!("no poll within {} s of its start", INIT_TIME_MAX.as_secs()));
                }
                Event::Stopping => return crashed(STOPPING.to_owned()),
            }
        }
    }

    /// Answers `poll` with the invocation and sees it through, to the process's next poll; `None` if it has to go.
    async fn serve(&mut self, process: &mut Process, poll: Poll, invocation: Invocation) -> Option<Poll> {
        let timeout = self.function.settings.timeout;
        let deadline = Instant::now() + timeout;
        let deadline_shown = Clock::system().now() + timeout;
        let event = runtime_api::event(&invocation, &self.function.settings.arn(), deadline_shown);
        if poll.send(event).is_err() {
            process.kill().await;
            invocation.crash("its connection to the Runtime API was lost");
            return None;
        }
        let mut running = Some(invocation);
        let (log, outcome) = loop {
            match self.event(process, deadline).await {
                Event::Called(Call { kind: CallKind::Next, reply }) if running.is_none() => {
                    return Some(reply);
                }
                Event::Called(call) => self.answer(call, &mut running),
                Event::Ended { detail } => {
                    break (format!("ended: {detail}"), InvokeError::Crashed { detail });
                }
                Event::DeadlinePassed => {
                    break (format!("killed at its timeout of {timeout:?}"), InvokeError::TimedOut);
                }
                Event::Stopping => {
                    let detail = STOPPING.to_owned();
                    break (format!("killed: {detail}"), InvokeError::Crashed { detail });
                }
            }
        };
        // Whoever is told of the failure may rely on it that the process does nothing more.
        process.kill().await;
        if !self.function.host.is_stopping() {
            self.warn(&log);
        }
        if let Some(invocation) = running {
            invocation.finish(Err(outcome));
        }
        None
    }

    /// Waits, frozen, for an invocation; `None` if the process has to go.
    async fn wait(
        &mut self,
        process: &mut Process,
        handed: &mut oneshot::Receiver<Invocation>,
    ) -> Option<Invocation> {
        tokio::select! {
            biased;
            detail = process.ended() => {
                self.warn(&format!("ended between invocations: {detail}"));
                None
            }
            () = stopped(&mut self.stopping) => None,
            handed = handed => handed.ok(),
        }
    }

    /// A call that arrived is seen before the end of the process that made it.
    async fn event(&mut self, process: &mut Process, deadline: Instant) -> Event {
        tokio::select! {
            biased;
            Some(call) = self.calls.recv() => Event::Called(call),
            detail = process.ended() => Event::Ended { detail },
            () = stopped(&mut self.stopping) => Event::Stopping,
            () = tokio::time::sleep_until(deadline) => Event::DeadlinePassed,
        }
    }

    /// Answers a call made while an invocation is running or, with `None`, is finished already.
    fn answer(&self, call: Call, running: &mut Option<Invocation>) {
        let (request_id, outcome) = match call.kind {
            CallKind::Response { request_id, payload } => (request_id, Ok(payload)),
            CallKind::Error { request_id, error } => (request_id, Err(error)),
            CallKind::Next | CallKind::InitError(_) => {
                return respond(call.reply, runtime_api::invalid_state());
            }
        };
        let Some(invocation) = running.take_if(|invocation| invocation.request_id() == request_id) else {
            return respond(call.reply, runtime_api::invalid_request_id());
        };
        self.function.answered(&self.id);
        if outcome.as_ref().is_ok_and(|payload| payload.len() > RESPONSE_BYTES_MAX) {
            invocation.finish(Err(runtime_api::response_too_large()));
            respond(call.reply, runtime_api::too_large());
        } else {
            invocation.finish(outcome);
            respond(call.reply, runtime_api::accepted());
        }
    }

    fn warn(&self, what: &str) {
        tracing::warn!(function = self.function.settings.name, environment_id = self.id, "{what}");
    }
}

/// Completes when the stack stops, or is dropped.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}

fn respond(reply: oneshot::Sender<Response>, response: Response) {
    // The process may have been killed since it called.
    drop(reply.send(response));
}

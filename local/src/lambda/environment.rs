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

use super::host::{Host, STOPPING};
use super::invocation::Invocation;
use super::pool::{Next, Pool};
use super::process::Process;
use super::runtime_api::{self, Call, CallKind};
use super::{FunctionSettings, InvokeError, RESPONSE_BYTES_MAX};
use crate::http::Response;

mod confine;

/// From the start of the process to its first poll.
const INIT_TIME_MAX: Duration = Duration::from_secs(10);

pub struct Environment {
    pub id: String,
    pub settings: Arc<FunctionSettings>,
    pub pool: Arc<Pool>,
    pub host: Arc<Host>,
    /// From its process.
    pub calls: mpsc::Receiver<Call>,
    pub stopping: watch::Receiver<bool>,
}

/// A poll for the next event that has not been answered yet.
type Poll = oneshot::Sender<Response>;

/// The events while an environment waits.
enum Event {
    Called(Call),
    Ended { detail: String },
    DeadlinePassed,
    Stopping,
}

impl Environment {
    /// Starts the process and serves `first`, then whatever else the pool hands it. Returns when the process is gone, with
    /// the channel of an invocation that it may still have been handed.
    pub async fn run(mut self, first: Invocation) -> Option<oneshot::Receiver<Invocation>> {
        let (host, settings) = (Arc::clone(&self.host), Arc::clone(&self.settings));
        let command = host.program.command(&host.runtime_api_authority, &settings, &self.id);
        match Process::start(&host.spawner, command, &settings.name, &host.logs).await {
            Ok(mut process) => {
                self.pool.started(&self.id, process.id());
                let handed = self.live(&mut process, first).await;
                process.kill().await;
                handed
            }
            Err(error) => {
                first.crash(format!("starting {}: {error}", host.program.path.display()));
                None
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
            invocation = match self.pool.next(&self.id) {
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
        let timeout = self.settings.timeout;
        let deadline = Instant::now() + timeout;
        let deadline_shown = Clock::system().now() + timeout;
        let event = runtime_api::event(&invocation, &self.settings.arn(), deadline_shown);
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
        // Once a caller is told of the failure, it may rely on it that the process does nothing more.
        process.kill().await;
        if !self.host.is_stopping() {
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

    /// Handles a call made while an invocation is running or, with `None`, is finished already.
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
        self.pool.answered(&self.id);
        if outcome.as_ref().is_ok_and(|payload| payload.len() > RESPONSE_BYTES_MAX) {
            invocation.finish(Err(runtime_api::response_too_large()));
            respond(call.reply, runtime_api::too_large());
        } else {
            invocation.finish(outcome);
            respond(call.reply, runtime_api::accepted());
        }
    }

    fn warn(&self, what: &str) {
        tracing::warn!(function = self.settings.name, environment_id = self.id, "{what}");
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

//! The state that all functions share.

use tokio::sync::watch;

use super::program::Program;
use super::spawner::Spawner;
use crate::logs::Logs;

/// Why an invocation fails while the stack stops.
pub const STOPPING: &str = "the local stack is stopping";

pub struct Host {
    pub program: Program,
    /// `host:port` of the server that routes `/lambda/…` to [`Lambda::call`](super::Lambda::call).
    pub runtime_api_authority: String,
    pub logs: Logs,
    pub spawner: Spawner,
    /// Every environment holds a receiver for as long as its process lives.
    pub stopping: watch::Sender<bool>,
}

impl Host {
    pub fn new(program: Program, runtime_api_authority: String, logs: Logs) -> Self {
        let (stopping, _) = watch::channel(false);
        Self { program, runtime_api_authority, logs, spawner: Spawner::new(), stopping }
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}

//! Ctrl-C and SIGTERM: how a command is asked to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from the moment it is made, so that nothing has to end half started.
pub struct Interruption {
    interrupted: Signal,
    terminated: Signal,
}

impl Interruption {
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    /// Completes at the next signal of either kind, once for each call.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

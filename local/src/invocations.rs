//! The running invocations of functions that run in this process, and how a test ends one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// How an invocation ends that does not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The process is gone.
    Dies,
    /// It is killed at its timeout.
    Hangs,
    /// Lambda takes it to have timed out, but its process goes on later.
    Paused,
}

/// Who to tell that a function's running invocation ends. Clones share it.
#[derive(Clone, Default)]
pub struct Invocations(Arc<Mutex<HashMap<String, oneshot::Sender<End>>>>);

impl Invocations {
    /// Ends the invocation that `function` is running.
    pub fn end(&self, function: &str, end: End) {
        if let Some(running) = self.running().remove(function) {
            // The invocation may have ended meanwhile.
            let _ = running.send(end);
        }
    }

    /// A new invocation of `function`; the receiver hears how it ends, unless it ends by itself.
    pub fn begin(&self, function: &str) -> oneshot::Receiver<End> {
        let (sender, receiver) = oneshot::channel();
        self.running().insert(function.to_owned(), sender);
        receiver
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<End>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

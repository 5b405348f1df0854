//! Which connections are open, and for how long each has had nothing to do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// All connections of a server. Clones share them.
#[derive(Clone, Default)]
pub struct Connections(Arc<Shared>);

#[derive(Default)]
struct Shared {
    all: Mutex<All>,
    one_is_idle: Notify,
}

#[derive(Default)]
struct All {
    /// Counts what happens, so that it is known what came first.
    events: u64,
    open: HashMap<u64, Activity>,
}

struct Activity {
    /// The event since which nothing is asked on the connection; none while a request is worked on.
    idle_since: Option<u64>,
    is_dismissed: bool,
    dismissed: Arc<Notify>,
}

/// One connection, open until it is dropped.
pub struct Connection {
    id: u64,
    dismissed: Arc<Notify>,
    connections: Connections,
}

impl Connections {
    pub fn enter(&self) -> Connection {
        let dismissed = Arc::new(Notify::new());
        let mut all = self.lock();
        all.events += 1;
        let id = all.events;
        let activity =
            Activity { idle_since: Some(id), is_dismissed: false, dismissed: Arc::clone(&dismissed) };
        all.open.insert(id, activity);
        Connection { id, dismissed, connections: self.clone() }
    }

    /// Has the connection closed that has been idle for the longest, if any is.
    pub fn dismiss_the_longest_idle(&self) {
        let mut all = self.lock();
        let idle = all.open.values_mut().filter(|activity| activity.idle_since.is_some());
        if let Some(activity) = idle.min_by_key(|activity| activity.idle_since) {
            activity.is_dismissed = true;
            activity.dismissed.notify_one();
        }
    }

    /// Completes when a connection has become idle.
    pub async fn one_is_idle(&self) {
        self.0.one_is_idle.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Says that a request is worked on. Never returns on a connection that is about to be closed: a request that came
    /// too late is as good as not sent.
    pub async fn begins(&self) {
        let is_dismissed = {
            let mut all = self.connections.lock();
            all.open.get_mut(&self.id).is_none_or(|activity| {
                if !activity.is_dismissed {
                    activity.idle_since = None;
                }
                activity.is_dismissed
            })
        };
        if is_dismissed {
            std::future::pending::<()>().await;
        }
    }

    /// Says that a request is answered.
    pub fn ends(&self) {
        let mut all = self.connections.lock();
        all.events += 1;
        let now = all.events;
        if let Some(activity) = all.open.get_mut(&self.id) {
            activity.idle_since = Some(now);
        }
        self.connections.0.one_is_idle.notify_one();
    }

    /// Completes when the connection is to be closed.
    pub async fn is_dismissed(&self) {
        self.dismissed.notified().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.lock().open.remove(&self.id);
    }
}

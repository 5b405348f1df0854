//! A function: what it is, and its environments, each of which is started when there is something for it.

use std::sync::Arc;

use super::FunctionSettings;
use super::environment::Environment;
use super::host::Host;
use super::invocation::Invocation;
use super::pool::{Pool, Start};

pub struct Function {
    pub settings: Arc<FunctionSettings>,
    pub pool: Arc<Pool>,
    host: Arc<Host>,
}

impl Function {
    pub fn new(settings: FunctionSettings, host: Arc<Host>) -> Arc<Self> {
        let pool = Arc::new(Pool::of(settings.concurrency));
        Arc::new(Self { settings: Arc::new(settings), pool, host })
    }

    /// Hands the invocation to one of the environments.
    pub fn accept(self: &Arc<Self>, invocation: Invocation) {
        if let Some(start) = self.pool.accept(invocation, self.host.is_stopping()) {
            self.start(start);
        }
    }

    fn start(self: &Arc<Self>, start: Start) {
        let function = Arc::clone(self);
        let environment = Environment {
            id: start.id.clone(),
            settings: Arc::clone(&self.settings),
            pool: Arc::clone(&self.pool),
            host: Arc::clone(&self.host),
            calls: start.calls,
            stopping: self.host.stopping.subscribe(),
        };
        tokio::spawn(async move {
            let handed = environment.run(start.first).await;
            if let Some(another) = function.pool.closed(&start.id, handed, function.host.is_stopping()) {
                function.start(another);
            }
        });
    }
}

//! The connection of one call. No task drives it: it moves on while its call is waited for, and closes when that is dropped.

use std::pin::{Pin, pin};
use std::task::Context;

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// A connection until it has ended.
pub struct Connection(Option<Driver>);

impl Connection {
    pub fn new(driver: impl Future<Output = hyper::Result<()>> + Send + 'static) -> Self {
        Self(Some(Box::pin(driver)))
    }

    /// Moves the connection on. Its response or body then says how it ended.
    pub fn poll(&mut self, context: &mut Context<'_>) {
        let has_ended = self.0.as_mut().is_some_and(|driver| driver.as_mut().poll(context).is_ready());
        if has_ended {
            self.0 = None;
        }
    }

    /// Waits for the future while moving the connection on.
    pub async fn drive<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            self.poll(context);
            future.as_mut().poll(context)
        })
        .await
    }
}

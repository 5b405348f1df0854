//! The one thread that starts processes.
//!
//! A process asks to be killed when its parent dies ([`confine`](super::environment::confine)), and for Linux the
//! parent is the *thread* that started it. A thread of the runtime may end before the stack does; this one does not.

use std::io;
use std::sync::mpsc;
use std::thread;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Ends, and the processes it started with it, when dropped.
pub struct Spawner(mpsc::Sender<Order>);

struct Order {
    command: Command,
    runtime: Handle,
    started: oneshot::Sender<io::Result<Child>>,
}

impl Spawner {
    pub fn new() -> Self {
        let (orders, received) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for mut order in received {
                let _runtime = order.runtime.enter();
                // One that nobody waits for any more is killed as it is dropped.
                drop(order.started.send(order.command.spawn()));
            }
        });
        Self(orders)
    }

    pub async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (started, child) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts processes has ended");
        self.0.send(Order { command, runtime: Handle::current(), started }).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}

//! `cargo dev`: starts the stack and stays up.

use local::logs::Logs;
use local::stack::{Options, Stack};
use shared::clock::Clock;

use super::interruption::Interruption;
use super::{Failure, say};

mod announcement;
mod not_emulated;

/// The log directives of the stack itself; the functions follow the template's LogLevel.
const LOG_DIRECTIVES: &str = "info,s3s=off";

pub fn run(options: &Options) -> Result<(), Failure> {
    let clock = Clock::system();
    let began_at = clock.now();
    let logs = Logs::to_stderr(clock.clone());
    tracing::subscriber::set_global_default(logs.subscriber(LOG_DIRECTIVES))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut interruption = Interruption::listen()?;
        let stack = tokio::select! {
            stack = Stack::start(options, logs) => stack?,
            () = interruption.wait() => return Ok(()),
        };
        say(&announcement::text(&stack.ready, &options.state, clock.now().since(began_at)));
        interruption.wait().await;
        // A second request to stop does not wait for running requests.
        tokio::select! {
            () = stack.stop() => {}
            () = interruption.wait() => {}
        }
        say("\nStopped.\n");
        Ok(())
    })
}

//! `cargo dev`: starts the stack and stays up.

use local::logs::Logs;
use local::stack::{Options, Ready, Stack};
use shared::clock::Clock;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;

/// What the stack itself logs; the functions follow the template's LogLevel.
const LOG_DIRECTIVES: &str = "info,s3s=off";

pub fn run(options: &Options) -> Result<(), Failure> {
    let logs = Logs::to_stderr(Clock::system());
    tracing::subscriber::set_global_default(logs.subscriber(LOG_DIRECTIVES))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate())?;
        let stack = Stack::start(options, logs).await?;
        announce(&stack.ready);
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        stack.stop().await;
        Ok(())
    })
}

fn announce(ready: &Ready) {
    let Ready { url, api_key, .. } = ready;
    let endpoint = ready.endpoints.get("s3").map(String::as_str).unwrap_or_default();
    println!("Millrace listens on {url}, its AWS on {endpoint}");
    println!("API key of the tenant demo: {api_key}");
    println!();
    println!("  curl {url}/v1/uploads -H 'Authorization: Bearer {api_key}'");
    println!();
    println!("Not emulated: {}", ready.not_emulated.join(", "));
}

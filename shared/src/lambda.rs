//! The process of every function: it reads the configuration, makes the app, and serves its events.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::error::Fault;
use crate::log_format;

mod sqs;

pub use sqs::run_jobs;

/// Serves events with `handle` until Lambda ends the process. The runtime logs what `handle` fails with.
pub async fn run<E, R>(
    handle: impl AsyncFn(Arc<App>, LambdaEvent<E>) -> Result<R, Fault>,
) -> Result<(), lambda_runtime::Error>
where
    E: DeserializeOwned,
    R: Serialize,
{
    let config = Config::from_environment()?;
    log_as_json(&config);
    let app = Arc::new(App::of_process(&config));
    // Boxed, because the compiler will not follow the SDK's futures all the way down from `main`.
    let serve = |event| handle(Arc::clone(&app), event).boxed_local();
    lambda_runtime::run(service_fn(serve)).await
}

/// Lambda lets no invocation take longer.
const INVOCATION_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// When the invocation ends, whether it is done or not.
///
/// `cargo lambda watch` tells how long it may take where Lambda tells when it ends.
pub fn deadline(context: &lambda_runtime::Context, now: Timestamp) -> Timestamp {
    let told = Duration::from_millis(context.deadline);
    if told <= INVOCATION_TIME_MAX { now + told } else { Timestamp::from_millis(0) + told }
}

fn log_as_json(config: &Config) {
    let level = log_format::level(&config.log_level);
    let lines = log_format::subscriber(level, &config.stack_name, Clock::system(), std::io::stdout);
    // A second subscriber in one process is refused, and the first goes on.
    let _ = tracing::subscriber::set_global_default(lines);
}

/// The diagnostic that Lambda is told, and hands on to a failure destination.
impl From<Fault> for lambda_runtime::Diagnostic {
    fn from(fault: Fault) -> Self {
        Self { error_type: "Fault".to_owned(), error_message: fault.chain() }
    }
}

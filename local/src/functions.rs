//! The functions, by name: the one list that the local stack keeps of them.

use std::sync::Arc;

use bytes::Bytes;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::app::App;
use shared::error::Fault;

use crate::lambda::InvokeError;

/// Serves a function's events until the process ends, as its own binary does.
pub async fn serve(name: &str) -> Result<(), lambda_runtime::Error> {
    match name {
        "api" => shared::lambda::run(api::handle).await,
        "intake" => shared::lambda::run(intake::handle).await,
        "relay" => shared::lambda::run(relay::handle).await,
        "observer" => shared::lambda::run(observer::handle).await,
        "media" => shared::lambda::run(media::handle).await,
        "worker" => shared::lambda::run(worker::handle).await,
        "scheduler" => shared::lambda::run(scheduler::handle).await,
        other => Err(format!("there is no function {other}").into()),
    }
}

/// Runs one invocation in this process.
pub async fn invoke(
    name: &str,
    app: Arc<App>,
    payload: Bytes,
    context: Context,
) -> Result<Bytes, InvokeError> {
    match name {
        "api" => run(api::handle, app, payload, context).await,
        "intake" => run(intake::handle, app, payload, context).await,
        "relay" => run(relay::handle, app, payload, context).await,
        "observer" => run(observer::handle, app, payload, context).await,
        "media" => run(media::handle, app, payload, context).await,
        "worker" => run(worker::handle, app, payload, context).await,
        "scheduler" => run(scheduler::handle, app, payload, context).await,
        _ => Err(InvokeError::UnknownFunction),
    }
}

async fn run<E, R, F>(
    handle: impl FnOnce(Arc<App>, LambdaEvent<E>) -> F,
    app: Arc<App>,
    payload: Bytes,
    context: Context,
) -> Result<Bytes, InvokeError>
where
    E: DeserializeOwned,
    R: Serialize,
    F: Future<Output = Result<R, Fault>>,
{
    let event = serde_json::from_slice(&payload).map_err(|error| failed("InvalidEvent", &error))?;
    let answer = handle(app, LambdaEvent::new(event, context)).await;
    let answer = answer
        .map_err(|fault| InvokeError::Failed { error_type: "Fault".to_owned(), message: fault.chain() })?;
    serde_json::to_vec(&answer).map(Bytes::from).map_err(|error| failed("InvalidAnswer", &error))
}

fn failed(error_type: &str, error: &serde_json::Error) -> InvokeError {
    InvokeError::Failed { error_type: error_type.to_owned(), message: error.to_string() }
}

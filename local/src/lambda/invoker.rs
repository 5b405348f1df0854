//! The invoker of functions, for the gateway and the event sources.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{InvokeError, Lambda};

/// Runs a function, named by the first argument, in the process of a test.
pub type InProcess = Arc<dyn Fn(&str, Bytes) -> BoxFuture<'static, Result<Bytes, InvokeError>> + Send + Sync>;

#[derive(Clone)]
pub enum Invoker {
    Processes(Lambda),
    InProcess(InProcess),
}

impl Invoker {
    pub async fn invoke(&self, function: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        match self {
            Self::Processes(lambda) => lambda.invoke(function, payload).await,
            Self::InProcess(run) => run(function, payload).await,
        }
    }
}

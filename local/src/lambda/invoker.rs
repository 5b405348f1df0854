//! The invoker of functions, for the gateway and the event sources.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{Account, InvokeError, Lambda};
use crate::cloudwatch::FunctionMetrics;

/// Runs a function, named by the first argument, in the process of a test.
pub type InProcess = Arc<dyn Fn(&str, Bytes) -> BoxFuture<'static, Result<Bytes, InvokeError>> + Send + Sync>;

#[derive(Clone)]
pub enum Invoker {
    Processes(Lambda),
    InProcess(InProcess),
    /// Within the concurrency of an account, and counted.
    OfAccount(Arc<OfAccount>),
}

pub struct OfAccount {
    invoker: Invoker,
    account: Account,
    metrics: FunctionMetrics,
}

impl Invoker {
    /// The same functions, no more at once than the account has executions, and counted as CloudWatch counts them.
    pub fn of_account(self, account: Account, metrics: FunctionMetrics) -> Self {
        Self::OfAccount(Arc::new(OfAccount { invoker: self, account, metrics }))
    }

    pub async fn invoke(&self, function: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        match self {
            Self::Processes(lambda) => lambda.invoke(function, payload).await,
            Self::InProcess(run) => run(function, payload).await,
            Self::OfAccount(of_account) => {
                let OfAccount { invoker, account, metrics } = &**of_account;
                let outcome = match account.begin() {
                    Ok(_execution) => Box::pin(invoker.invoke(function, payload)).await,
                    Err(throttled) => Err(throttled),
                };
                metrics.count(function, outcome.as_ref().err());
                outcome
            }
        }
    }
}

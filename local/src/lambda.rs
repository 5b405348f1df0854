//! AWS Lambda on this machine: each function runs as real processes that poll the Runtime API.
//!
//! Read `pool` for how invocations find an environment, then `environment` for the life of one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use self::account::{Account, Execution, NEW_ACCOUNT};
pub use self::error::InvokeError;
pub use self::invoker::Invoker;
pub use self::program::Program;

use self::function::Function;
use self::host::Host;
use self::invocation::{Invocation, Outcome};
use crate::http::{Request, Response};
use crate::logs::Logs;

mod account;
pub mod environment;
mod error;
mod function;
mod host;
mod invocation;
mod invoke_api;
pub mod invoker;
mod pool;
mod process;
mod program;
mod runtime_api;
mod spawner;

/// The account in the ARNs of functions.
pub const ACCOUNT_ID: &str = "000000000000";

/// In ARNs where a function's environment has no `AWS_REGION`.
const REGION_DEFAULT: &str = "us-east-1";

/// A request may not be larger when its answer is waited for.
pub const REQUEST_BYTES_MAX: usize = 6 * 1024 * 1024;

/// An answer may not be larger; AWS allows it 100 bytes more than a request.
pub const RESPONSE_BYTES_MAX: usize = REQUEST_BYTES_MAX + 100;

#[derive(Clone, Debug)]
pub struct FunctionSettings {
    pub name: String,
    pub memory_mb: u32,
    /// Time for one invocation, from the moment that the function is handed the event.
    pub timeout: Duration,
    /// Everything that the function's process sees beyond what Lambda itself sets: `AWS_*` credentials included.
    pub environment: BTreeMap<String, String>,
    /// The number of environments, and so of simultaneous invocations; at least 1.
    pub concurrency: usize,
}

impl FunctionSettings {
    pub fn arn(&self) -> String {
        format!("arn:aws:lambda:{}:{ACCOUNT_ID}:function:{}", self.region(), self.name)
    }

    fn region(&self) -> &str {
        self.environment.get("AWS_REGION").map_or(REGION_DEFAULT, String::as_str)
    }
}

/// All functions and their processes. Clones share them.
#[derive(Clone)]
pub struct Lambda {
    functions: Arc<BTreeMap<String, Arc<Function>>>,
    host: Arc<Host>,
}

impl Lambda {
    /// Starts nothing: a function's first process starts with its first invocation.
    pub fn new(
        program: Program,
        functions: Vec<FunctionSettings>,
        runtime_api_authority: String,
        logs: Logs,
    ) -> Self {
        let host = Arc::new(Host::new(program, runtime_api_authority, logs));
        let functions = functions
            .into_iter()
            .map(|settings| (settings.name.clone(), Function::new(settings, Arc::clone(&host))))
            .collect();
        Self { functions: Arc::new(functions), host }
    }

    /// Runs `function` once and returns its answer, waiting for a free environment while all are busy.
    ///
    /// The invocation goes on when this future is dropped, unless it has not started by then.
    pub async fn invoke(&self, function: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        let function = self.functions.get(function).ok_or(InvokeError::UnknownFunction)?;
        let (_, outcome) = begin(function, payload)?;
        outcome.await
    }

    /// Handles a request of the Runtime API, under `/lambda/`, or of the public Invoke API.
    pub async fn call(&self, request: Request) -> Response {
        if Self::is_runtime_api(request.uri().path()) {
            runtime_api::answer(self, request).await
        } else {
            invoke_api::answer(self, request).await
        }
    }

    /// Whether a path is of the Runtime API, which processes of functions call.
    pub fn is_runtime_api(path: &str) -> bool {
        path.starts_with(runtime_api::PREFIX)
    }

    /// Whether a path is of the public API that invokes functions.
    pub fn is_invoke_api(path: &str) -> bool {
        path.starts_with(invoke_api::PREFIX)
    }

    /// Kills all processes and returns when they are gone. Every later invocation fails.
    pub async fn stop(&self) {
        self.host.stopping.send_replace(true);
        for function in self.functions.values() {
            function.pool.refuse_waiting();
        }
        self.host.stopping.closed().await;
    }

    /// The process ids of each function's environments.
    pub fn environments(&self) -> BTreeMap<String, Vec<u32>> {
        self.functions.iter().map(|(name, function)| (name.clone(), function.pool.process_ids())).collect()
    }

    fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name)
    }
}

/// Puts an invocation on its way; its request id, and what it will come to.
fn begin(function: &Arc<Function>, payload: Bytes) -> Result<(String, Outcome), InvokeError> {
    if payload.len() > REQUEST_BYTES_MAX {
        return Err(InvokeError::TooLarge { payload_bytes: payload.len() });
    }
    let (invocation, outcome) = Invocation::new(payload);
    let request_id = invocation.request_id().to_owned();
    function.accept(invocation);
    Ok((request_id, outcome))
}

#[cfg(test)]
mod tests;

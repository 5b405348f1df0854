//! Functions that run in this process, one invocation at a time each, on the clock that a test moves.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use bytes::Bytes;
use lambda_runtime::Context;
use shared::app::App;
use shared::clock::Clock;
use shared::config::Config;
use shared::error::Fault;
use shared::id::Ids;
use shared::outbound::Network;

use crate::aws::Aws;
use crate::connector::{Connector, FaultInjector};
use crate::functions;
use crate::invocations::{End, Invocations};
use crate::lambda::{InvokeError, Invoker};
use crate::outside::Outside;
use crate::template::{self, Deployment, Template};

struct Function {
    app: Arc<App>,
    timeout: Duration,
}

struct Functions {
    functions: HashMap<String, Function>,
    clock: Clock,
    invocations: Invocations,
    count: AtomicU64,
}

/// All functions of the template, each with its own environment, credentials and network.
pub fn invoker(
    template: &Template,
    deployment: &Deployment,
    aws: &Aws,
    clock: &Clock,
    ids: &Ids,
    injector: &FaultInjector,
    outside: &Outside,
) -> Result<Invoker, Fault> {
    let invocations = Invocations::default();
    let mut functions = HashMap::new();
    for function in &template.functions {
        let network = Connector::network(aws.clone(), &function.name, injector.clone(), invocations.clone());
        let world = outside.network(&function.name, injector.clone(), invocations.clone());
        let app = environment(function, deployment, network, world, clock, ids)?;
        let function_here = Function { app: Arc::new(app), timeout: function.timeout };
        functions.insert(function.name.clone(), function_here);
    }
    let all = Functions { functions, clock: clock.clone(), invocations, count: AtomicU64::new(0) };
    let all = Arc::new(all);
    Ok(Invoker::InProcess(Arc::new(move |function, payload| {
        let (all, function) = (Arc::clone(&all), function.to_owned());
        Box::pin(async move { all.invoke(&function, payload).await })
    })))
}

/// One more environment of a function, with nothing in its memory yet.
pub fn environment(
    function: &template::Function,
    deployment: &Deployment,
    network: SharedHttpClient,
    world: Network,
    clock: &Clock,
    ids: &Ids,
) -> Result<App, Fault> {
    let variables = crate::environment::of(function, deployment);
    let config = Config::from_variables(|name| variables.get(name).cloned())?;
    Ok(App::new(&config, network, world, clock.clone(), ids.clone()))
}

impl Functions {
    async fn invoke(&self, name: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        let function = self.functions.get(name).ok_or(InvokeError::UnknownFunction)?;
        let deadline = self.clock.now() + function.timeout;
        let mut context = Context::default();
        context.request_id = format!("{name}-{}", self.count.fetch_add(1, Ordering::SeqCst));
        context.deadline = u64::try_from(deadline.as_millis()).unwrap_or(0);
        let ended = self.invocations.begin(name);
        let app = Arc::clone(&function.app);
        let owned = name.to_owned();
        let mut task = tokio::spawn(async move { functions::invoke(&owned, app, payload, context).await });
        let end = tokio::select! {
            answer = &mut task => return answer.unwrap_or_else(panicked),
            Ok(end) = ended => end,
        };
        match end {
            End::Dies => {
                task.abort();
                Err(InvokeError::Crashed { detail: "injected: the process died".to_owned() })
            }
            End::Hangs => {
                task.abort();
                self.clock.advance(deadline.since(self.clock.now()));
                Err(InvokeError::TimedOut)
            }
            End::Paused => Err(InvokeError::TimedOut),
        }
    }
}

fn panicked(error: tokio::task::JoinError) -> Result<Bytes, InvokeError> {
    Err(InvokeError::Failed { error_type: "panic".to_owned(), message: error.to_string() })
}

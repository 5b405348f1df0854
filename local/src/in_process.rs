//! Functions that run in this process, one invocation at a time each, on the clock that a test moves.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use bytes::Bytes;
use lambda_runtime::Context;
use shared::app::App;
use shared::clock::{Clock, Timestamp};
use shared::config::Config;
use shared::error::Fault;
use shared::id::Ids;
use shared::outbound::Network;

use crate::aws::Aws;
use crate::connector::{Connector, FaultInjector};
use crate::functions;
use crate::iam::session::LIFE;
use crate::invocations::{End, Invocations};
use crate::lambda::{InvokeError, Invoker};
use crate::outside::Outside;
use crate::template::{self, Deployment, Template};

/// A new environment takes over when the credentials of the old one have no more left than this: what a function signs
/// may be good for an hour.
const CREDENTIALS_LEFT_MIN: Duration = Duration::from_secs(65 * 60);

struct Function {
    timeout: Duration,
    start: Box<dyn Fn() -> Result<App, Fault> + Send + Sync>,
    environment: Mutex<Environment>,
}

struct Environment {
    app: Arc<App>,
    credentials_end: Timestamp,
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
        let (declared, deployment) = (function.clone(), deployment.clone());
        let (clock_here, ids) = (clock.clone(), ids.clone());
        let start =
            move || environment(&declared, &deployment, network.clone(), world.clone(), &clock_here, &ids);
        let environment = Environment { app: Arc::new(start()?), credentials_end: clock.now() + LIFE };
        let function_here = Function {
            timeout: function.timeout,
            start: Box::new(start),
            environment: Mutex::new(environment),
        };
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
    let variables = crate::environment::of(function, deployment, clock.now() + LIFE);
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
        let app = function.app(self.clock.now());
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

impl Function {
    /// The app of its environment: a new one if the credentials of the last are about to end.
    fn app(&self, now: Timestamp) -> Arc<App> {
        let mut environment = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        if environment.credentials_end.since(now) < CREDENTIALS_LEFT_MIN
            && let Ok(app) = (self.start)()
        {
            *environment = Environment { app: Arc::new(app), credentials_end: now + LIFE };
        }
        Arc::clone(&environment.app)
    }
}

fn panicked(error: tokio::task::JoinError) -> Result<Bytes, InvokeError> {
    Err(InvokeError::Failed { error_type: "panic".to_owned(), message: error.to_string() })
}

//! The running stack: all of the template in one process, listening on loopback.

mod guard;
mod loops;
mod ready;
mod recovery;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use shared::clock::{Clock, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::aws::Aws;
use crate::cloudwatch::{CloudWatch, FunctionMetrics};
use crate::environment;
use crate::event_source::{Positions, Sources, Surroundings};
use crate::gateway::route::InvalidRoute;
use crate::gateway::{self, Gateway};
use crate::hostile::Hostility;
use crate::http::Request;
use crate::lambda::{Account, FunctionSettings, Invoker, Lambda, Program};
use crate::logs::Logs;
use crate::server::{self, Bounds};
use crate::service::Service;
use crate::state::{self, State, StateError};
use crate::template::{self, Deployment, Event, Function, Template, TemplateError};

pub use ready::{Ready, developer};

/// The name of the stack, and the prefix of its resources' names.
const STACK_NAME: &str = "millrace";

/// The template to run, and the folder and ports to run it with.
#[derive(Clone, Debug)]
pub struct Options {
    pub template: PathBuf,
    /// Port of the API; the emulated services listen on the next. 0 picks both.
    pub port: u16,
    pub state: State,
    /// Lets the functions call this machine.
    pub allow_loopback: bool,
    /// How many executions all functions together may have at once; left out, no bound but each function's own.
    pub account_concurrency: Option<usize>,
    /// Runs the functions; left out, this executable does.
    pub program: Option<Program>,
}

/// A stack that listens. It ends when it is dropped, or better by [`Stack::stop`].
pub struct Stack {
    pub ready: Ready,
    lambda: Lambda,
    stopping: watch::Sender<bool>,
    tasks: JoinSet<()>,
    /// Held so that no second stack writes to the same state.
    _lock: Option<std::fs::File>,
}

/// Why the stack does not start: one line that says what to do.
#[derive(Debug)]
pub enum StartError {
    PortTaken {
        port: u16,
        source: std::io::Error,
    },
    Template(TemplateError),
    State(StateError),
    /// Another stack runs on the same state.
    Locked {
        folder: PathBuf,
    },
    Program(std::io::Error),
    Route(InvalidRoute),
    Setup(shared::error::Fault),
}

impl Stack {
    /// Starts everything that the template declares. Processes of functions start when they are first needed.
    pub async fn start(options: &Options, logs: Logs) -> Result<Self, StartError> {
        let lock = lock(&options.state)?;
        let api = listen(options.port).await?;
        // After the last port there is no next: any will do.
        let services = listen(if options.port == 0 { 0 } else { options.port.wrapping_add(1) }).await?;
        let authority = address(&services).to_string();
        let mut deployment = Deployment::new(STACK_NAME, format!("http://{authority}"));
        deployment.secret = options.state.secret()?;
        let template = template::load(&options.template, &deployment).map_err(StartError::Template)?;
        let clock = Clock::system();
        let hostility = Hostility::none();
        let aws = Aws::open(&template, deployment.clone(), &options.state, clock.clone(), hostility.clone())?;

        recovery::end_interrupted(&aws, &template, clock.now())?;

        let functions = template.functions.iter();
        let functions =
            functions.map(|function| settings(function, &deployment, options.allow_loopback)).collect();
        let program = options.program.clone().map_or_else(Program::this_executable, Ok);
        let program = program.map_err(StartError::Program)?;
        let lambda = Lambda::new(program, functions, authority, logs);
        let cloudwatch = CloudWatch::default();
        let account = options.account_concurrency.map_or_else(Account::unbounded, Account::of);
        let metrics = FunctionMetrics::new(cloudwatch.clone(), clock.clone(), &template);
        let invoker = Invoker::Processes(lambda.clone()).of_account(account, metrics);
        let gateway = Gateway::new(gateway_settings(&template, &deployment)?, invoker.clone(), clock.clone());

        let (stopping, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let ready = Ready::prepare(&template, &deployment, &aws, &options.state, address(&api)).await?;
        let around = Surroundings {
            aws: aws.clone(),
            invoker,
            clock,
            hostility,
            positions: Positions::open(&options.state)?,
            shards: 1,
            cloudwatch,
        };
        let sources = Sources::of(&template, &deployment, &around);
        loops::spawn(sources, aws.clone(), |name| batches_at_once(&template, name), &mut tasks);
        tasks.spawn(serve_services(services, aws, lambda.clone(), stopping.subscribe()));
        tasks.spawn(serve_api(api, Arc::new(gateway), stopping.subscribe()));
        Ok(Self { ready, lambda, stopping, tasks, _lock: lock })
    }

    /// Lets running requests finish for a moment, then ends every process of a function.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        self.lambda.stop().await;
        self.tasks.shutdown().await;
    }

    /// The processes of each function, by its name.
    pub fn processes(&self) -> std::collections::BTreeMap<String, Vec<u32>> {
        self.lambda.environments()
    }
}

async fn serve_services(listener: TcpListener, aws: Aws, lambda: Lambda, stopping: watch::Receiver<bool>) {
    let answer = move |request: Request| {
        let (aws, lambda) = (aws.clone(), lambda.clone());
        async move {
            let path = request.uri().path();
            let (is_runtime, is_invocation) = (Lambda::is_runtime_api(path), Lambda::is_invoke_api(path));
            let is_for_s3 = !is_runtime && !is_invocation && Service::of(&request) == Service::S3;
            if let Some(refusal) = guard::refusal_of_services(&request, is_for_s3) {
                return refusal;
            }
            // The Runtime API is known to a function's own process alone, by an address that cannot be guessed.
            match is_invocation {
                true => match aws.refuse_all_but_developer(&request) {
                    None => lambda.call(request).await,
                    Some(refusal) => refusal,
                },
                false if is_runtime => lambda.call(request).await,
                false => aws.call(request).await,
            }
        }
    };
    server::serve(listener, Bounds::SERVICES, answer, stopped(stopping)).await;
}

async fn serve_api(listener: TcpListener, gateway: Arc<Gateway>, stopping: watch::Receiver<bool>) {
    let answer = move |request: Request| {
        let gateway = Arc::clone(&gateway);
        async move {
            if let Some(refusal) = guard::refusal_of_api(&request) {
                return refusal;
            }
            let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let peer = request.extensions().get::<SocketAddr>().copied().unwrap_or(nobody);
            gateway.call(request, peer).await
        }
    };
    server::serve(listener, Bounds::API, answer, stopped(stopping)).await;
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // The sender is gone only when the stack is.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|source| StartError::PortTaken { port, source })
}

fn address(listener: &TcpListener) -> SocketAddr {
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    listener.local_addr().unwrap_or(nowhere)
}

/// A laptop runs no more of a function at once than is of use there, whatever the template allows.
fn settings(function: &Function, deployment: &Deployment, allow_loopback: bool) -> FunctionSettings {
    // A process lives for as long as the stack does.
    let mut environment = environment::of(function, deployment, Timestamp::MAX);
    // Who develops wants to see every line, and pays for none.
    environment.insert("LOG_SUCCESS_EVERY".to_owned(), "1".to_owned());
    if allow_loopback {
        environment.insert("ALLOW_LOOPBACK".to_owned(), "true".to_owned());
    }
    FunctionSettings {
        name: function.name.clone(),
        memory_mb: function.memory_mb,
        timeout: function.timeout,
        environment,
        concurrency: concurrency(function),
    }
}

fn concurrency(function: &Function) -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let allowed = function.events.iter().find_map(|event| match event {
        Event::Sqs(source) => source.maximum_concurrency,
        _ => None,
    });
    let allowed = allowed.or(function.reserved_concurrency).map_or(usize::MAX, |allowed| allowed as usize);
    allowed.min(cores * 2)
}

fn batches_at_once(template: &Template, function: &str) -> usize {
    template.function(function).map_or(1, concurrency)
}

/// The routes and CORS rules of the template.
pub fn gateway_settings(
    template: &Template,
    deployment: &Deployment,
) -> Result<gateway::Settings, InvalidRoute> {
    let routes = template.functions.iter().flat_map(|function| {
        function.events.iter().filter_map(|event| match event {
            Event::HttpApi(route) => {
                let method = route.method.as_deref().unwrap_or("ANY");
                Some(gateway::Route::parse(&format!("{method} {}", route.path), &function.name))
            }
            _ => None,
        })
    });
    let cors = template.http_api.as_ref().and_then(|api| api.cors.clone());
    let throttle = template.http_api.as_ref().and_then(|api| api.throttle);
    Ok(gateway::Settings {
        account_id: deployment.account_id.clone(),
        api_id: "local".to_owned(),
        routes: routes.collect::<Result<_, _>>()?,
        cors,
        throttle,
        integration_timeout: gateway::INTEGRATION_TIMEOUT_MAX,
    })
}

/// Two stacks on one state would each undo what the other does.
fn lock(state: &State) -> Result<Option<std::fs::File>, StartError> {
    let State::Folder(folder) = state else {
        return Ok(None);
    };
    let unusable = |source| {
        let what =
            format!("the state folder {} cannot be written; choose another with --state", folder.display());
        StartError::State(StateError::new(what, source))
    };
    state::make(folder).map_err(unusable)?;
    let file = std::fs::File::create(folder.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {
            state::check(folder)?;
            Ok(Some(file))
        }
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::Locked { folder: folder.clone() }),
        Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken { port, source } => {
                write!(f, "port {port} cannot be used ({source}); choose another with --port, or 0 for any")
            }
            Self::Template(error) => error.fmt(f),
            Self::State(error) => error.fmt(f),
            Self::Locked { folder } => write!(
                f,
                "a stack runs on {} already; stop it, or choose another folder with --state",
                folder.display()
            ),
            Self::Program(source) => write!(f, "this executable cannot be found again: {source}"),
            Self::Route(error) => error.fmt(f),
            Self::Setup(fault) => f.write_str(&fault.chain()),
        }
    }
}

impl std::error::Error for StartError {}

impl From<InvalidRoute> for StartError {
    fn from(error: InvalidRoute) -> Self {
        Self::Route(error)
    }
}

impl From<StateError> for StartError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

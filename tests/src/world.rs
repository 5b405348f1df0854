//! One test's own world: the whole system on a clock that the test moves.

mod client;
mod contract;
mod faults;
mod rest;
mod time;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use api::route::Route;
use api::routes::ROUTES;
use bytes::Bytes;
use lambda_runtime::LambdaEvent;
use local::aws::Aws;
use local::cloudwatch::{CloudWatch, FunctionMetrics};
use local::connector::{Connector, FaultInjector};
use local::event_source::{Positions, Rest, Sources, Surroundings};
use local::gateway::Gateway;
use local::hostile::Hostility;
use local::lambda::{Account, InvokeError, Invoker, NEW_ACCOUNT};
use local::latency::Latency;
use local::outside::Outside;
use local::state::State;
use local::template::{Deployment, Template};
use local::{in_process, stack, template};
use shared::api_key::{ApiKey, Credential};
use shared::app::App;
use shared::clock::{Clock, Timestamp};
use shared::id::Ids;
use shared::rate_limit::{CAPACITY_MAX, Limit, PER_SECOND_MAX};
use shared::scope::Scope;
use shared::tenant::Tenant;
use shared::usage::Bounds;

pub use client::{Answer, Created, announcement};
pub use faults::FAULTS;
pub use time::Longest;

/// 2100-01-01: the wall clock, which some emulated parts compare with, must be behind.
const START: Timestamp = Timestamp::from_millis(4_102_444_800_000);

const MINUTE: Duration = Duration::from_secs(60);

/// Longer than any retry, lease and audit together takes.
const REST_WITHIN: Duration = Duration::from_secs(10 * 60 * 60);

/// While nothing but an audit can help, one is asked for this often.
const AUDIT_EVERY: Duration = Duration::from_secs(70 * 60);

pub const MEDIA_QUEUE: &str = "millrace-MediaQueue";
pub const WORKER_QUEUE: &str = "millrace-WorkerQueue";
pub const DEAD_LETTER_QUEUE: &str = "millrace-MediaDeadLetterQueue";
pub const FAILURE_QUEUE: &str = "millrace-FailureQueue";

pub struct World {
    pub aws: Aws,
    pub clock: Clock,
    pub injector: FaultInjector,
    /// Hosts that the system may call.
    pub outside: Outside,
    /// Sees and may do everything: for tests to see what the system did.
    pub developer: App,
    pub template: Template,
    pub invoker: Invoker,
    pub sources: Sources,
    pub key: String,
    gateway: Gateway,
    /// Those that the API serves.
    routes: &'static [Route],
    hostility: Hostility,
    pub account: Account,
    pub cloudwatch: CloudWatch,
    /// How long invocations took that ended by themselves.
    pub longest: Longest,
    next_tick: Timestamp,
    keys_used: u64,
    /// Whether records of the stream were thrown away, so that what is counted is wrong until a recount.
    pub has_lost_changes: AtomicBool,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Hostility::none(), 0, &[]).await
    }

    /// A world that logs every unit of work, or one in so many of those that end well.
    pub async fn logging_all() -> Self {
        Self::logging_one_in(1).await
    }

    pub async fn logging_one_in(every: u32) -> Self {
        Self::with(Hostility::none(), 0, &[("LogSuccessEvery", &every.to_string())]).await
    }

    /// A world in which AWS does now and then what it may do at any time.
    pub async fn hostile(seed: u64) -> Self {
        Self::with(Hostility::seeded(seed), seed, &[]).await
    }

    /// A world in an account that is as new as can be.
    pub async fn in_new_account() -> Self {
        Self::made(Hostility::none(), 0, &[], Account::of(NEW_ACCOUNT), None).await
    }

    /// A world in which each invocation of this function ends as if its process were killed.
    pub async fn without(function: &'static str) -> Self {
        Self::made(Hostility::none(), 0, &[], Account::unbounded(), Some(function)).await
    }

    /// A world whose template has these parameters.
    pub async fn with_parameters(parameters: &[(&str, &str)]) -> Self {
        Self::with(Hostility::none(), 0, parameters).await
    }

    async fn with(hostility: Hostility, seed: u64, parameters: &[(&str, &str)]) -> Self {
        Self::made(hostility, seed, parameters, Account::unbounded(), None).await
    }

    async fn made(
        hostility: Hostility,
        seed: u64,
        parameters: &[(&str, &str)],
        account: Account,
        killed: Option<&'static str>,
    ) -> Self {
        // Shown by the test runner for a test that fails.
        let logs = tracing_subscriber::fmt().with_test_writer().with_env_filter("info,s3s=off");
        let _ = logs.without_time().try_init();
        let clock = Clock::starting_at(START);
        let ids = Ids::seeded(seed);
        let mut deployment = Deployment::new("millrace", "http://aws.local");
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        deployment.parameters = parameters.collect();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let template = template::load(&path, &deployment).expect("the project's own template is understood");
        let state = State::Memory;
        let mut aws = Aws::open(&template, deployment.clone(), &state, clock.clone(), hostility.clone())
            .expect("a stack in memory opens");
        let developer = stack::developer(&template, &deployment, &aws, &clock).expect("a developer's app");
        // The test's own calls take no time.
        aws.latency = Latency::of_aws(clock.clone());
        time::pause_runtime();
        // By which the SDK chooses its pauses between tries.
        fastrand::seed(seed);
        let injector = FaultInjector::default();
        let outside = Outside::default();
        let invoker = in_process::invoker(&template, &deployment, &aws, &clock, &ids, &injector, &outside)
            .expect("every function finds its configuration");
        let cloudwatch = CloudWatch::default();
        let metrics = FunctionMetrics::new(cloudwatch.clone(), clock.clone(), &template);
        let longest = Longest::default();
        let invoker = longest.of(killing(invoker, killed), clock.clone());
        let invoker = invoker.of_account(account.clone(), metrics);
        let around = Surroundings {
            aws: aws.clone(),
            invoker: invoker.clone(),
            clock: clock.clone(),
            hostility: hostility.clone(),
            positions: Positions::open(&state).expect("positions in memory open"),
            shards: if hostility.is_hostile() { 3 } else { 1 },
            cloudwatch: cloudwatch.clone(),
        };
        let sources = Sources::of(&template, &deployment, &around);
        let settings = stack::gateway_settings(&template, &deployment).expect("the routes are valid");
        let gateway = Gateway::new(settings, invoker.clone(), clock.clone());
        let mut world = Self {
            aws,
            next_tick: clock.now() + MINUTE,
            clock,
            injector,
            outside,
            developer,
            template,
            invoker,
            sources,
            key: String::new(),
            gateway,
            routes: &ROUTES,
            hostility,
            account,
            cloudwatch,
            longest,
            keys_used: 0,
            has_lost_changes: AtomicBool::new(false),
        };
        world.key = world.add_tenant("acme").await;
        world.aws.meter.reset();
        world
    }

    /// The alarms that are on, by their logical ids. Ages of queues are measured at this moment.
    pub fn alarms(&self) -> Vec<String> {
        let now = self.clock.now();
        let on = self.template.alarms.iter().filter(|alarm| self.cloudwatch.is_on(alarm, now));
        on.map(|alarm| alarm.logical_id.clone()).collect()
    }

    fn record_ages_of_queues(&self) {
        for queue in &self.template.queues {
            let age = self.aws.sqs.oldest_age(&queue.name).expect("the emulation works");
            let metric = ("AWS/SQS", "ApproximateAgeOfOldestMessage");
            self.cloudwatch.record(metric, Some(("QueueName", &queue.name)), age.as_secs(), self.clock.now());
        }
    }

    /// A world whose API has these routes, and no limit to speak of.
    pub async fn with_routes(routes: &'static [Route]) -> Self {
        let mut world = Self::new().await;
        let mut app = world.developer.clone();
        app.tenant_limit = Limit::new(CAPACITY_MAX, PER_SECOND_MAX).expect("within its bounds");
        world.serve(routes, app);
        world
    }

    /// How long ago it began, on its own clock.
    pub fn age(&self) -> Duration {
        self.clock.now().since(START)
    }

    /// From now on a tenant may have no more than that; the API is one environment.
    pub fn bound(&mut self, bounds: Bounds) {
        let mut app = self.environment("api", 1);
        app.bounds = bounds;
        self.serve(&ROUTES, app);
    }

    fn serve(&mut self, routes: &'static [Route], app: App) {
        self.routes = routes;
        let app = Arc::new(app);
        let invoker = Invoker::InProcess(Arc::new(move |_function, payload| {
            let app = Arc::clone(&app);
            Box::pin(async move {
                let event = serde_json::from_slice(&payload).expect("an event of API Gateway");
                let event = LambdaEvent::new(event, lambda_runtime::Context::default());
                let answer = api::serve(routes, app, event).await.expect("the API does not fail");
                Ok(Bytes::from(serde_json::to_vec(&answer).expect("an answer")))
            })
        }));
        let deployment = Deployment::new("millrace", "http://aws.local");
        let mut settings =
            stack::gateway_settings(&self.template, &deployment).expect("the routes are valid");
        // Such a world is asked for without time passing.
        settings.throttle = None;
        self.gateway = Gateway::new(settings, invoker, self.clock.clone());
    }

    /// Makes a key of the tenant with these scopes alone.
    pub async fn add_key_with(&self, scopes: &[Scope]) -> String {
        let tenant = Tenant::parse("acme").expect("a tenant's name");
        let credential = Credential::random(tenant, &Ids::system());
        let key = ApiKey::new("test".to_owned(), scopes.iter().copied(), &credential, self.clock.now());
        self.developer.table.put_api_key(&key).await.expect("the table answers");
        credential.reveal()
    }

    /// Makes a tenant and answers its API key.
    pub async fn add_tenant(&self, name: &str) -> String {
        let credential = Credential::random(Tenant::parse(name).expect("a tenant's name"), &Ids::system());
        let key = ApiKey::new("test".to_owned(), Scope::ALL, &credential, self.clock.now());
        while self.developer.table.put_api_key(&key).await.is_err() {}
        credential.reveal()
    }

    /// One more environment of `function`, with its permissions and with random numbers of its own.
    pub fn environment(&self, function: &str, seed: u64) -> App {
        let deployment = Deployment::new("millrace", "http://aws.local");
        let invocations = local::invocations::Invocations::default();
        let network =
            Connector::network(self.aws.clone(), function, self.injector.clone(), invocations.clone());
        let world = self.outside.network(function, self.injector.clone(), invocations);
        let function = self.template.function(function).expect("a function of the template");
        in_process::environment(function, &deployment, network, world, &self.clock, &Ids::seeded(seed))
            .expect("the function finds its configuration")
    }

    /// Delivers whatever is due now, in an order that hostility chooses, until nothing is.
    pub async fn deliver_all(&mut self) {
        let rest = self.sources.deliver_all(&self.hostility).await.expect("the emulation works");
        if rest == Rest::OutOfReach {
            panic!("going round in circles: {:#?}", self.unrest().await);
        }
    }

    /// Delivers one batch of queued messages.
    pub async fn deliver_messages(&mut self) -> bool {
        self.sources.deliver_messages().await.expect("the emulation works")
    }

    /// Delivers the notifications of S3 that are due.
    pub async fn deliver_notifications(&mut self) -> bool {
        self.sources.deliver_notifications().await.expect("the emulation works")
    }

    /// Moves the clock, ticking the schedules of every minute that passes, and delivering what is due.
    pub async fn pass(&mut self, duration: Duration) {
        let end = self.clock.now() + duration;
        self.deliver_all().await;
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.clock.advance(next.since(self.clock.now()));
            if next >= self.next_tick {
                self.tick().await;
            }
            self.deliver_all().await;
        }
        self.clock.advance(end.since(self.clock.now()));
        self.deliver_all().await;
    }

    /// Lets time pass until everything has come to rest; fails when it does not within hours.
    ///
    /// Minutes in which the schedules would have nothing to do are skipped. When only the audit can help, one is
    /// asked for: the one that passes over the table all the time would need hours of empty minutes.
    pub async fn settle(&mut self) {
        let end = self.clock.now() + REST_WITHIN;
        self.deliver_all().await;
        while !self.is_at_rest().await {
            assert!(self.clock.now() <= end, "stuck: {:#?}", self.unrest().await);
            match self.next_delivery() {
                Some(next) => self.clock.advance(next.since(self.clock.now())),
                None if self.has_work_for_the_minute() => {}
                None => {
                    self.clock.advance(AUDIT_EVERY);
                    self.ask_for_audit();
                }
            }
            if self.has_work_for_the_minute() {
                self.clock.advance(self.next_tick.since(self.clock.now()));
                self.tick().await;
            }
            self.deliver_all().await;
        }
    }

    /// Tells the scheduler, as Lambda does when it gives up stream records.
    pub fn ask_for_audit(&self) {
        let letter = local::sqs::NewMessage::with_body("{}");
        self.aws.sqs.send(FAILURE_QUEUE, letter).expect("the emulation works");
    }

    fn has_work_for_the_minute(&self) -> bool {
        let letters = [FAILURE_QUEUE, DEAD_LETTER_QUEUE].iter();
        let letters = letters.map(|queue| self.aws.sqs.message_count(queue).unwrap_or(0)).sum::<u64>();
        let rows = self.rows();
        letters > 0 || rows.waiting > 0 || rows.audits > 0
    }

    /// Runs the schedules of one minute.
    pub async fn tick(&mut self) {
        self.next_tick = self.clock.now() + MINUTE;
        self.record_ages_of_queues();
        for schedule in &self.sources.schedules {
            schedule.deliver().await.expect("the emulation works");
        }
    }

    fn next_event(&self) -> Option<Timestamp> {
        self.next_delivery().into_iter().chain([self.next_tick]).min()
    }

    /// When the next message or notification is due.
    fn next_delivery(&self) -> Option<Timestamp> {
        let queues = self.sources.queues.iter();
        let visible = queues.filter_map(|queue| self.aws.sqs.next_visible_at(&queue.source.queue).ok()?);
        let notification = self.aws.s3.next_notification_at().ok().flatten();
        visible.chain(notification).min()
    }
}

/// Invokes as `invoker` does, but for one function.
fn killing(invoker: Invoker, killed: Option<&'static str>) -> Invoker {
    let Some(killed) = killed else { return invoker };
    Invoker::InProcess(Arc::new(move |function, payload| {
        let (invoker, function) = (invoker.clone(), function.to_owned());
        Box::pin(async move {
            if function == killed {
                return Err(InvokeError::Crashed { detail: "injected: killed at its start".to_owned() });
            }
            invoker.invoke(&function, payload).await
        })
    }))
}

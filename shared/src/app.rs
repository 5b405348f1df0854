//! The value that every operation is handed: AWS resources, clock, source of random ids, and the log of its work.

use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::api_key::KnownKeys;
use crate::aws::{self, Queues, SecretStore, Table, UploadBucket};
use crate::clock::Clock;
use crate::config::Config;
use crate::id::Ids;
use crate::outbound::{self, Guard, Network};
use crate::rate_limit::{Leases, Limit};
use crate::signing_key::KnownSigningSecrets;
use crate::usage::{Bounds, Estimates};
use crate::work_log::WorkLog;

/// One function's view of the system. The networks, the clock and the ids are all that a test replaces.
#[derive(Clone, Debug)]
pub struct App {
    pub clock: Clock,
    pub ids: Ids,
    pub work_log: WorkLog,
    pub table: Table,
    pub bucket: UploadBucket,
    pub secrets: SecretStore,
    pub queues: Queues,
    /// Calls to the world.
    pub outbound: outbound::Client,
    /// The API keys that this process read a moment ago.
    pub known_keys: KnownKeys,
    /// The secrets that sign requests, of tenants that this process read a moment ago.
    pub signing_secrets: KnownSigningSecrets,
    /// The rate limit of each tenant.
    pub tenant_limit: Limit,
    /// Tokens that this environment has taken ahead.
    pub leases: Leases,
    /// The bounds on each tenant's usage.
    pub bounds: Bounds,
    /// The usage of tenants, as far as this environment knows it.
    pub usage: Estimates,
}

impl App {
    /// `network` leads to AWS, `world` to everybody else.
    pub fn new(config: &Config, network: SharedHttpClient, world: Network, clock: Clock, ids: Ids) -> Self {
        let clients = aws::Clients::new(&config.aws, network, clock.clone());
        let guard = Guard { allow_loopback: config.allow_loopback };
        Self {
            table: Table::new(clients.dynamodb, &config.table_name),
            bucket: UploadBucket::new(clients.s3, &config.bucket_name, &config.aws),
            secrets: SecretStore::new(clients.ssm, &config.secrets_prefix, clock.clone()),
            queues: Queues::new(clients.sqs, &config.queues),
            outbound: outbound::Client::new(world, guard, clock.clone()),
            work_log: WorkLog::new(clock.clone(), config.log_success_every),
            known_keys: KnownKeys::default(),
            signing_secrets: KnownSigningSecrets::default(),
            tenant_limit: config.tenant_limit,
            leases: Leases::default(),
            bounds: config.bounds,
            usage: Estimates::default(),
            clock,
            ids,
        }
    }

    /// The app of a process: the real networks, clock and random ids.
    pub fn of_process(config: &Config) -> Self {
        Self::new(config, aws::network(), Network::system(), Clock::system(), Ids::system())
    }
}

//! The function's configuration, read once from the environment that the template sets.
//!
//! | variable | what |
//! | --- | --- |
//! | `TABLE_NAME` | the one table |
//! | `BUCKET_NAME` | originals and derivatives |
//! | `MEDIA_QUEUE_URL`, `WORKER_QUEUE_URL` | a queue of jobs each: for the functions that send to it or defer its messages |
//! | `MEDIA_DEAD_LETTER_QUEUE_URL`, `WORKER_DEAD_LETTER_QUEUE_URL` | what they gave up: for the scheduler |
//! | `FAILURE_QUEUE_URL` | invocations and stream records that Lambda gave up: for the scheduler |
//! | `SECRETS_PREFIX` | what the names of the stack's secrets in the Parameter Store start with, such as `/millrace` |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | set by Lambda |
//! | `AWS_ENDPOINT_URL` | set by the local stack: where all of AWS is |
//! | `STACK_NAME` | the dimension of all metrics |
//! | `LOG_LEVEL` | `info` unless set |
//! | `TENANT_RATE_CAPACITY`, `TENANT_RATE_PER_SECOND` | the rate limit of each tenant, in tokens; 1000 and 100 unless set |
//! | `TENANT_UPLOADS_IN_FLIGHT_MAX`, `TENANT_IN_FLIGHT_MAX_GIB`, `TENANT_STORED_MAX_GIB`, `TENANT_UPLOADS_STORED_MAX` | what each tenant may have; 10000, 200, 1024 and 10000000 unless set, 0 is no bound |
//! | `ALLOW_LOOPBACK` | set to `true` by the local stack, if asked to: the world that may be called includes this machine |
//! | `LOG_SUCCESS_EVERY` | of the units of work that ended well, one in this many is logged; 10 unless set |

use std::collections::HashMap;

use crate::error::Fault;
use crate::queue::Queue;
use crate::rate_limit::Limit;
use crate::usage::Bounds;
use crate::work_log;

#[derive(Clone, Debug)]
pub struct Config {
    pub table_name: String,
    pub bucket_name: String,
    pub queues: QueueConfig,
    pub secrets_prefix: String,
    pub aws: AwsConfig,
    pub stack_name: String,
    pub log_level: String,
    pub log_success_every: u32,
    /// Whether calls to the world may go to this machine.
    pub allow_loopback: bool,
    /// The rate limit of each tenant.
    pub tenant_limit: Limit,
    /// The bounds on each tenant's usage.
    pub bounds: Bounds,
}

/// The queues that this function uses.
#[derive(Clone, Debug, Default)]
pub struct QueueConfig {
    pub urls: HashMap<Queue, String>,
    pub dead_letter_urls: HashMap<Queue, String>,
    pub failure_url: Option<String>,
}

impl QueueConfig {
    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let all = |name: fn(Queue) -> String| {
            Queue::ALL.into_iter().filter_map(|queue| Some((queue, variable(&name(queue))?))).collect()
        };
        Self {
            urls: all(Queue::url_variable),
            dead_letter_urls: all(Queue::dead_letter_url_variable),
            failure_url: variable("FAILURE_QUEUE_URL"),
        }
    }
}

/// How to reach AWS, and as whom.
#[derive(Clone)]
pub struct AwsConfig {
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    pub endpoint_url: Option<String>,
}

impl Config {
    /// Reads the variables listed above; a missing one is named.
    #[expect(clippy::disallowed_methods, reason = "this is the one module that reads the environment")]
    pub fn from_environment() -> Result<Self, Fault> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads the variables listed above from `variable`.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let required = |name: &str| {
            let missing = || Fault::new("reading the configuration", format!("{name} is not set"));
            variable(name).ok_or_else(missing)
        };
        let number = |name: &str, unset: u32| match variable(name) {
            None => Ok(unset),
            Some(text) => text.parse().map_err(|_| {
                let detail = format!("{name} is {text:?}, which is not a whole number");
                Fault::new("reading the configuration", detail)
            }),
        };
        let default = Limit::OF_TENANT;
        let tenant_limit = Limit::new(
            number("TENANT_RATE_CAPACITY", default.capacity())?,
            number("TENANT_RATE_PER_SECOND", default.per_second())?,
        );
        let unset = Bounds::default();
        let bounds = Bounds::new(
            number("TENANT_UPLOADS_IN_FLIGHT_MAX", Bounds::UPLOADS_IN_FLIGHT)?,
            number("TENANT_IN_FLIGHT_MAX_GIB", unset.gib_in_flight())?,
            number("TENANT_STORED_MAX_GIB", unset.gib_stored())?,
            number("TENANT_UPLOADS_STORED_MAX", Bounds::UPLOADS_STORED)?,
        );
        Ok(Self {
            table_name: required("TABLE_NAME")?,
            bucket_name: required("BUCKET_NAME")?,
            queues: QueueConfig::from_variables(&variable),
            secrets_prefix: required("SECRETS_PREFIX")?,
            aws: AwsConfig {
                region: required("AWS_REGION")?,
                access_key_id: required("AWS_ACCESS_KEY_ID")?,
                secret_access_key: required("AWS_SECRET_ACCESS_KEY")?,
                session_token: variable("AWS_SESSION_TOKEN"),
                endpoint_url: variable("AWS_ENDPOINT_URL"),
            },
            stack_name: required("STACK_NAME")?,
            log_level: variable("LOG_LEVEL").unwrap_or_else(|| "info".to_owned()),
            allow_loopback: variable("ALLOW_LOOPBACK").is_some_and(|value| value == "true"),
            log_success_every: number("LOG_SUCCESS_EVERY", work_log::SUCCESS_EVERY)?,
            tenant_limit: tenant_limit
                .map_err(|error| Fault::new("reading the tenants' rate limit", error))?,
            bounds,
        })
    }
}

impl std::fmt::Debug for AwsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsConfig")
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

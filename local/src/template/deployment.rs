//! Where a template is deployed to, and how its resources are called there.

use std::collections::BTreeMap;

use crate::ssm;

/// A stack on this machine. Names follow the stack's name, so that a template's own references hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub region: String,
    pub account_id: String,
    pub stack_name: String,
    /// Where the emulated AWS answers, such as `http://127.0.0.1:4566`; without a slash at its end.
    pub endpoint_url: String,
    /// From which the secrets of all access keys are made.
    pub secret: String,
    /// Overrides of the parameters' defaults.
    pub parameters: BTreeMap<String, String>,
}

impl Deployment {
    /// A stack in the account and region that the local stack plays, with every parameter at its default and the secret
    /// that all tests have.
    pub fn new(stack_name: impl Into<String>, endpoint_url: impl Into<String>) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            stack_name: stack_name.into(),
            endpoint_url: endpoint_url.into(),
            secret: String::new(),
            parameters: BTreeMap::new(),
        }
    }

    pub fn function_arn(&self, function: &str) -> String {
        self.arn("lambda", &format!("function:{function}"))
    }

    pub fn role_arn(&self, role: &str) -> String {
        format!("arn:aws:iam::{}:role/{role}", self.account_id)
    }

    /// With the star that CloudFormation ends it with: the group and all its streams.
    pub fn log_group_arn(&self, group: &str) -> String {
        self.arn("logs", &format!("log-group:{group}:*"))
    }

    pub fn table_arn(&self, table: &str) -> String {
        self.arn("dynamodb", &format!("table/{table}"))
    }

    pub fn index_arn(&self, table: &str, index: &str) -> String {
        self.arn("dynamodb", &format!("table/{table}/index/{index}"))
    }

    /// AWS puts the time at which the stream was made at the end; here a table has one stream for ever.
    pub fn stream_arn(&self, table: &str) -> String {
        self.arn("dynamodb", &format!("table/{table}/stream/2026-01-01T00:00:00.000"))
    }

    pub fn queue_arn(&self, queue: &str) -> String {
        self.arn("sqs", queue)
    }

    pub fn queue_url(&self, queue: &str) -> String {
        format!("{}/{}/{queue}", self.endpoint_url, self.account_id)
    }

    /// Takes the name with its leading slash, if it has one: the ARN has one slash either way.
    pub fn parameter_arn(&self, parameter: &str) -> String {
        self.arn("ssm", &ssm::resource(parameter))
    }

    pub fn bucket_arn(&self, bucket: &str) -> String {
        format!("arn:aws:s3:::{bucket}")
    }

    pub fn object_arn(&self, bucket: &str, key: &str) -> String {
        format!("arn:aws:s3:::{bucket}/{key}")
    }

    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account_id)
    }
}

//! The kinds of resources: what they are called in a template, and what can be asked of them.

use super::deployment::Deployment;
use super::error::{Result, TemplateError};
use super::node::Node;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Function,
    Table,
    Queue,
    Bucket,
    BucketPolicy,
    HttpApi,
    Role,
    LogGroup,
    Alarm,
}

impl Kind {
    const ALL: [Kind; 9] = [
        Kind::Function,
        Kind::Table,
        Kind::Queue,
        Kind::Bucket,
        Kind::BucketPolicy,
        Kind::HttpApi,
        Kind::Role,
        Kind::LogGroup,
        Kind::Alarm,
    ];

    pub fn of(node: &Node) -> Result<Self> {
        let name = node.text()?;
        Self::ALL.into_iter().find(|kind| kind.type_name() == name).ok_or_else(|| {
            TemplateError::at(node.line, format!("{name} is not a resource that the local stack understands"))
        })
    }

    pub fn type_name(self) -> &'static str {
        match self {
            Self::Function => "AWS::Serverless::Function",
            Self::Table => "AWS::DynamoDB::Table",
            Self::Queue => "AWS::SQS::Queue",
            Self::Bucket => "AWS::S3::Bucket",
            Self::BucketPolicy => "AWS::S3::BucketPolicy",
            Self::HttpApi => "AWS::Serverless::HttpApi",
            Self::Role => "AWS::IAM::Role",
            Self::LogGroup => "AWS::Logs::LogGroup",
            Self::Alarm => "AWS::CloudWatch::Alarm",
        }
    }

    /// Returns the value of `!GetAtt` for the resource called `name`.
    pub fn attribute(self, attribute: &str, name: &str, deployment: &Deployment) -> Option<String> {
        match (self, attribute) {
            (Self::Function, "Arn") => Some(deployment.function_arn(name)),
            (Self::Table, "Arn") => Some(deployment.table_arn(name)),
            (Self::Table, "StreamArn") => Some(deployment.stream_arn(name)),
            (Self::Queue, "Arn") => Some(deployment.queue_arn(name)),
            (Self::Queue, "QueueName") => Some(name.to_owned()),
            (Self::Queue, "QueueUrl") => Some(deployment.queue_url(name)),
            (Self::Role, "Arn") => Some(deployment.role_arn(name)),
            (Self::LogGroup, "Arn") => Some(deployment.log_group_arn(name)),
            (Self::Bucket, "Arn") => Some(deployment.bucket_arn(name)),
            _ => None,
        }
    }

    /// The property that says what the resource is called.
    pub fn name_property(self) -> Option<&'static str> {
        match self {
            Self::Function => Some("FunctionName"),
            Self::Table => Some("TableName"),
            Self::Queue => Some("QueueName"),
            Self::Bucket => Some("BucketName"),
            Self::HttpApi => Some("Name"),
            Self::Role => Some("RoleName"),
            Self::LogGroup => Some("LogGroupName"),
            Self::Alarm => Some("AlarmName"),
            Self::BucketPolicy => None,
        }
    }
}

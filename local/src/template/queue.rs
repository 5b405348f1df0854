//! `AWS::SQS::Queue`, standard.

use std::time::Duration;

use super::error::Result;
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 4] =
    ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled", "Tags"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub logical_id: String,
    /// Where the template declares it.
    pub line: usize,
    pub name: String,
    pub arn: String,
    pub url: String,
    pub visibility_timeout: Duration,
    pub retention: Duration,
    /// Before a message that says nothing else can be received.
    pub delay: Duration,
    /// How long a receive call that says nothing else waits for a message.
    pub receive_wait: Duration,
    pub message_bytes_max: u32,
    pub redrive: Option<Redrive>,
}

/// Where a message goes that was received `receives_max` times and not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub queue: String,
    pub receives_max: u32,
}

pub(super) fn read(resource: &Resource, scope: &Scope, left_out: &mut Vec<String>) -> Result<Queue> {
    let mut properties = resource.properties(scope, &NOT_EMULATED, left_out)?;
    properties.only("FifoQueue", "false")?;
    let queue = Queue {
        logical_id: resource.logical_id.clone(),
        line: resource.line,
        name: resource.name.clone(),
        arn: scope.deployment.queue_arn(&resource.name),
        url: scope.deployment.queue_url(&resource.name),
        visibility_timeout: properties.seconds("VisibilityTimeout", 30, 0..=43_200)?,
        retention: properties.seconds("MessageRetentionPeriod", 345_600, 60..=1_209_600)?,
        delay: properties.seconds("DelaySeconds", 0, 0..=900)?,
        receive_wait: properties.seconds("ReceiveMessageWaitTimeSeconds", 0, 0..=20)?,
        message_bytes_max: properties.number("MaximumMessageSize", 1_048_576, 1024..=1_048_576)?,
        redrive: redrive(&mut properties, scope)?,
    };
    properties.finish()?;
    Ok(queue)
}

fn redrive(properties: &mut Properties, scope: &Scope) -> Result<Option<Redrive>> {
    let Some(mut policy) = properties.nested("RedrivePolicy", "RedrivePolicy")? else { return Ok(None) };
    let redrive = Redrive {
        queue: scope.queue(&policy.required("deadLetterTargetArn")?)?,
        receives_max: policy.required("maxReceiveCount")?.number(1..=1000)?,
    };
    policy.finish()?;
    Ok(Some(redrive))
}

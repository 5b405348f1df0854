//! The permissions that a function need not state: SAM adds them to the function's role with each event source and each
//! failure destination.
//!
//! SAM's managed policies allow it on every queue and stream of the account. Here it is allowed on the function's
//! own alone: code that leans on the rest is wrong.

use crate::template::{Deployment, Effect, Event, Function, Statement};

pub fn statements(function: &Function, deployment: &Deployment) -> Vec<Statement> {
    let send = |queue: &String| allow(&["sqs:SendMessage"], deployment.queue_arn(queue));
    let mut statements: Vec<Statement> = function.on_failure.iter().map(send).collect();
    for event in &function.events {
        match event {
            Event::Sqs(source) => {
                let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
                statements.push(allow(&actions, deployment.queue_arn(&source.queue)));
            }
            Event::DynamoDbStream(source) => {
                let actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];
                statements.push(allow(&actions, deployment.stream_arn(&source.table)));
                statements.extend(source.on_failure.iter().map(send));
            }
            Event::HttpApi(_) | Event::S3(_) | Event::Schedule(_) => {}
        }
    }
    statements
}

fn allow(actions: &[&str], resource_arn: String) -> Statement {
    Statement {
        effect: Effect::Allow,
        actions: actions.iter().map(|&action| action.to_owned()).collect(),
        resources: vec![resource_arn],
    }
}

//! The permissions that Lambda needs in a function's name: it reads the event sources, and sends what it gives up. SAM adds them
//! to the role that it makes for a function; a function with a role of its own must allow it there.
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
                let actions = [
                    "dynamodb:DescribeStream",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                    "dynamodb:ListStreams",
                ];
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
        condition: None,
    }
}

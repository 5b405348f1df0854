//! An EventBridge schedule that invokes a function asynchronously.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::event_source::{Surroundings, failure};
use crate::sqs::NewMessage;
use crate::state;

#[derive(Clone)]
pub struct Schedule {
    pub function: String,
    pub function_arn: String,
    pub every: Duration,
    pub retries: u32,
    /// The name of the queue that is told of what was given up.
    pub on_failure: Option<String>,
    pub around: Surroundings,
}

impl Schedule {
    /// Invokes the function once.
    pub async fn deliver(&self) -> state::Result<()> {
        let now = self.around.clock.now();
        let payload = json!({
            "version": "0",
            "id": hex::encode(shared::id::digest(&[&self.function, &now.to_rfc3339()])),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "000000000000",
            "time": now.to_rfc3339(),
            "region": "us-east-1",
            "resources": [format!("arn:aws:events:us-east-1:000000000000:rule/{}", self.function)],
            "detail": {},
        });
        let mut attempts = 0;
        loop {
            attempts += 1;
            let answer = self.around.invoker.invoke(&self.function, Bytes::from(payload.to_string())).await;
            let Err(error) = answer else {
                return Ok(());
            };
            tracing::warn!(function = self.function, %error, "a scheduled invocation failed");
            if attempts > self.retries {
                if let Some(queue) = &self.on_failure {
                    let told = failure::of_invocation(&self.function_arn, &payload, &error, attempts, now);
                    self.around.aws.sqs.send(queue, NewMessage::with_body(told.to_string()))?;
                }
                return Ok(());
            }
        }
    }
}

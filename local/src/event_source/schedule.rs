//! An EventBridge schedule that invokes a function asynchronously.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::event_source::{Surroundings, failure};
use crate::hostile::Percent;
use crate::state;

const MISSED: Percent = 5;
const COMES_TWICE: Percent = 10;

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
    /// Invokes the function once. Under hostility an invocation is missed, or comes twice.
    pub async fn deliver(&self) -> state::Result<()> {
        let invocations =
            match (self.around.hostility.strikes(MISSED), self.around.hostility.strikes(COMES_TWICE)) {
                (true, _) => 0,
                (false, true) => 2,
                (false, false) => 1,
            };
        for _ in 0..invocations {
            self.invoke().await?;
        }
        Ok(())
    }

    async fn invoke(&self) -> state::Result<()> {
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
                let told = failure::of_invocation(&self.function_arn, &payload, &error, attempts, now);
                return self.around.tell(self.on_failure.as_ref(), &told);
            }
        }
    }
}

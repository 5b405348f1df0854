//! AWS takes its time: every function is done with a full batch of any kind within half of its timeout.
//!
//! Every world has the latency of AWS, and every test that ends at rest asserts it of the invocations that it had
//! ([`World::assert_in_time`]). These are the largest ones.

mod minutes;
mod queues;
mod streams;

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::world::World;

/// So many times slower than usual, a function must still be in time.
const BAD_DAY: u32 = 10;

impl World {
    /// Invokes a function and returns its answer, how long that took, and how long its calls would have taken one after the
    /// other.
    async fn measure(&self, function: &str, event: &Value) -> (Value, Duration, Duration) {
        let (began, before) = (self.clock.now(), self.aws.latency.in_sum());
        let answer = self.invoker.invoke(function, Bytes::from(event.to_string())).await;
        let answer = answer.unwrap_or_else(|error| panic!("{function} failed: {error}"));
        let answer = serde_json::from_slice(&answer).unwrap_or_default();
        (answer, self.clock.now().since(began), self.aws.latency.in_sum() - before)
    }

    /// Stores an item as it is.
    fn put_item(&self, item: &Value) {
        let table = &self.template.tables[0].name;
        let body = serde_json::json!({ "TableName": table, "Item": item }).to_string();
        let request = http::Request::builder().header("x-amz-target", "DynamoDB_20120810.PutItem");
        let request = request.body(Bytes::from(body)).expect("a request");
        let answer = self.aws.dynamodb.call(&request);
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

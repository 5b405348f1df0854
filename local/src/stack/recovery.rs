//! Recovery from a stack that was killed: nothing waits for invocations that died with it.
//!
//! On AWS functions outlive whoever watches them, so this is the local stack's alone: without it, a job that was running
//! would come back when its message's visibility timeout and its own lease are over, minutes later.

use http::HeaderValue;
use serde_json::json;
use shared::clock::Timestamp;
use shared::job::Delivery;

use crate::aws::Aws;
use crate::http::Request;
use crate::state;
use crate::template::Template;

/// Makes the messages visible that were in flight, and ends the leases of the jobs that they were about.
pub fn end_interrupted(aws: &Aws, template: &Template, now: Timestamp) -> state::Result<()> {
    // Other messages are about no job.
    let deliveries: Vec<Delivery> =
        aws.sqs.end_flights()?.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
    for table in &template.tables {
        for delivery in &deliveries {
            end_lease(aws, &table.name, delivery, now);
        }
    }
    Ok(())
}

/// Refused, as it should be, for a job that holds no lease.
fn end_lease(aws: &Aws, table: &str, delivery: &Delivery, now: Timestamp) {
    let over = (now.as_millis() - 1).to_string();
    let update = json!({
        "TableName": table,
        "Key": { "pk": { "S": format!("{}#{}", delivery.tenant, delivery.job) }, "sk": { "S": "job" } },
        "UpdateExpression": "SET lease_until = :over",
        "ConditionExpression": "#state = :running AND lease_until > :over",
        "ExpressionAttributeNames": { "#state": "state" },
        "ExpressionAttributeValues": { ":over": { "N": over }, ":running": { "S": "running" } },
    });
    let mut request = Request::new(update.to_string().into());
    let target = HeaderValue::from_static("DynamoDB_20120810.UpdateItem");
    request.headers_mut().insert("x-amz-target", target);
    let answer = aws.dynamodb.call(&request);
    tracing::debug!(status = %answer.status(), job = %delivery.job, "ended the lease of an interrupted job");
}

//! Stream records that are lost or given up: the audit finds the work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use local::connector::InjectedFault;
use local::dynamodb::Position;
use serde_json::json;
use shared::aws::table::AUDIT_SEGMENTS;
use shared::clock::Timestamp;
use shared::operations::rescue::audit_segment_of_the_minute;

use crate::pictures;
use crate::world::{MEDIA_QUEUE, World};

impl World {
    /// Throws away whatever the stream holds and no reader has seen.
    pub fn lose_changes(&self) {
        self.has_lost_changes.store(true, Ordering::SeqCst);
        let table = &self.template.tables[0].name;
        let records = self.aws.dynamodb.records(table, &Position::Start, 1000).expect("the emulation works");
        let last = records.last().expect("there are records");
        for stream in &self.sources.streams {
            let reader = format!("{}/{}-of-{}", stream.function, stream.shard, stream.around.shards);
            stream.around.positions.advance(&reader, &last.sequence_number).expect("the emulation works");
        }
    }
}

#[tokio::test]
async fn the_audit_finds_steps_whose_record_was_thrown_away() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    world.lose_changes();
    assert_eq!(world.rows().jobs.len(), 0);
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn the_audit_finds_a_job_whose_record_was_thrown_away() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    while world.rows().jobs.is_empty() {
        for stream in &mut world.sources.streams {
            stream.deliver().await.unwrap();
        }
    }
    world.lose_changes();
    assert_eq!(world.rows().jobs[0].epoch, 0);
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn the_audit_finds_a_finished_step_whose_record_was_thrown_away() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    while world.rows().jobs.iter().all(|job| !job.state.is_final()) {
        for stream in &mut world.sources.streams {
            stream.deliver().await.unwrap();
        }
        world.deliver_messages().await;
    }
    world.lose_changes();
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn the_audit_that_passes_over_the_table_all_the_time_needs_six_hours_at_most() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    world.lose_changes();
    world.pass(Duration::from_secs(6 * 60 * 60 + 31 * 60)).await;
    assert_eq!(world.state_of(&id).await, "ready");
}

#[tokio::test]
async fn records_that_lambda_gave_up_ask_for_an_audit_at_once() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world
        .injector
        .set(|call| if call.function == "relay" { InjectedFault::Refused } else { InjectedFault::None });
    world.deliver_all().await;
    assert_eq!(world.rows().jobs.len(), 0);
    world.injector.clear();
    world.pass(Duration::from_secs(4 * 60)).await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_job_whose_message_could_not_be_sent_is_sent_by_the_next_try() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    let mut open = true;
    world.injector.set(move |call| {
        let here = open && call.operation == "SendMessageBatch";
        open &= !here;
        if here { InjectedFault::Refused } else { InjectedFault::None }
    });
    world.pass(Duration::from_secs(5 * 60)).await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_change_that_raises_no_dispatch_sends_nothing() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["thumb"]).await;
    let sends = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sends);
    world.injector.set(move |call| {
        counted.fetch_add(u64::from(call.operation == "SendMessageBatch"), Ordering::SeqCst);
        InjectedFault::None
    });
    world.settle().await;
    assert_eq!(sends.load(Ordering::SeqCst), 1);
}

impl World {
    /// Has the one job's row say that it moved at this moment.
    fn touch_job(&self) {
        let job = &self.rows().jobs[0];
        let now = self.clock.now().as_millis().to_string();
        let body = json!({
            "TableName": self.template.tables[0].name,
            "Key": { "pk": { "S": format!("{}#{}", job.tenant, job.id) }, "sk": { "S": "job" } },
            "UpdateExpression": "SET updated_at = :now",
            "ExpressionAttributeValues": { ":now": { "N": now } },
        });
        let request = http::Request::builder()
            .header("x-amz-target", "DynamoDB_20120810.UpdateItem")
            .body(Bytes::from(body.to_string()))
            .expect("a request");
        assert!(self.aws.dynamodb.call(&request).status().is_success());
    }

    /// Audits each segment once, at its minute, and answers how many messages that adds to the queue.
    async fn messages_sent_by_a_whole_audit(&self, before_each: impl Fn(&Self)) -> u64 {
        let before = self.aws.sqs.message_count(MEDIA_QUEUE).expect("the emulation works");
        for _ in 0..AUDIT_SEGMENTS {
            self.clock.advance(Duration::from_secs(59));
            before_each(self);
            self.clock.advance(Duration::from_secs(1));
            audit_segment_of_the_minute(&self.developer, Timestamp::MAX).await.expect("the emulation works");
        }
        self.aws.sqs.message_count(MEDIA_QUEUE).expect("the emulation works") - before
    }
}

#[tokio::test]
async fn the_audit_that_passes_over_the_table_all_the_time_leaves_alone_what_moved_lately() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    while world.aws.sqs.message_count(MEDIA_QUEUE).unwrap() == 0 {
        for stream in &mut world.sources.streams {
            stream.deliver().await.unwrap();
        }
    }
    assert_eq!(world.messages_sent_by_a_whole_audit(World::touch_job).await, 0);
    assert_eq!(world.messages_sent_by_a_whole_audit(|_| {}).await, 1);
}

//! Stream records that are lost or given up: the audit finds the work.

use std::time::Duration;

use local::connector::Mishap;
use local::dynamodb::Position;

use crate::pictures;
use crate::world::World;

impl World {
    /// Throws away whatever the stream holds and no reader has seen.
    fn lose_changes(&self) {
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
    world.sabotage.set(|call| if call.function == "relay" { Mishap::Refused } else { Mishap::None });
    world.deliver_all().await;
    assert_eq!(world.rows().jobs.len(), 0);
    world.sabotage.clear();
    world.pass(Duration::from_secs(4 * 60)).await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

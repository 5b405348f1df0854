//! Deletions in every state, and against everything that is under way.

use super::*;

#[tokio::test]
async fn bytes_that_arrive_after_the_deletion_are_removed() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    world.delete_upload(&created.id).await;
    world.deliver_all().await;
    assert_eq!(world.rows().uploads[0].state, State::Deleted);
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.deliver_all().await;
    world.assert_only_remembered(&created.id).await;
}

#[tokio::test]
async fn bytes_whose_event_is_lost_after_the_deletion_are_removed_by_the_audit() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    world.delete_upload(&created.id).await;
    world.deliver_all().await;
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world
        .injector
        .set(|call| if call.function == "intake" { InjectedFault::Refused } else { InjectedFault::None });
    world.pass(Duration::from_secs(10 * 60)).await;
    world.injector.clear();
    world.ask_for_audit();
    world.pass(Duration::from_secs(2 * 60)).await;
    world.assert_only_remembered(&created.id).await;
}

#[tokio::test]
async fn bytes_that_are_ingested_while_the_upload_is_deleted_are_removed() {
    // Wherever intake is paused while the deletion happens.
    for paused_at in 1..=4 {
        let mut world = World::new().await;
        let id = world.upload(&pictures::small(), &["thumb"]).await;
        let proceed = world.pause("intake", paused_at);
        world.deliver_notifications().await;
        world.delete_upload(&id).await;
        world.deliver_all().await;
        proceed.notify_one();
        crate::claims::let_run().await;
        world.assert_only_remembered(&id).await;
    }
}

#[tokio::test]
async fn a_job_that_waits_in_its_queue_is_not_run_after_the_deletion() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    for _ in 0..4 {
        for stream in &mut world.sources.streams {
            stream.deliver().await.unwrap();
        }
    }
    assert_eq!(world.rows().jobs[0].state, job::State::Queued);
    world.delete_upload(&id).await;
    world.run_worker().await;
    world.assert_only_remembered(&id).await;
    let job = world.rows().jobs.remove(0);
    assert_eq!((job.state, job.epoch), (job::State::Cancelled, 0), "the job was run");
}

#[tokio::test]
async fn a_job_that_waits_for_its_next_try_is_not_run_after_the_deletion() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.injector.set(|call| {
        let here = call.function == "media" && call.operation.starts_with("GET ");
        if here { InjectedFault::Refused } else { InjectedFault::None }
    });
    while world.rows().jobs.first().is_none_or(|job| job.state != job::State::Waiting) {
        world.pass(Duration::from_secs(60)).await;
    }
    world.injector.clear();
    let epoch = world.rows().jobs[0].epoch;
    world.delete_upload(&id).await;
    world.assert_only_remembered(&id).await;
    let job = world.rows().jobs.remove(0);
    assert_eq!((job.state, job.epoch), (job::State::Cancelled, epoch), "the job was run");
}

#[tokio::test]
async fn what_a_run_stores_after_the_objects_were_removed_is_removed_once_its_lease_has_ended() {
    // Every call of the run, from reading the original to recording the outcome.
    for paused_at in 1..=4 {
        let mut world = World::new().await;
        let id = world.upload(&pictures::small(), &["thumb"]).await;
        let proceed = world.pause("media", paused_at);
        world.deliver_all().await;
        world.delete_upload(&id).await;
        world.run_worker().await;
        let was_running = world.rows().jobs[0].epoch > 0;
        let expected = if was_running { State::Deleting } else { State::Deleted };
        assert_eq!(world.rows().uploads[0].state, expected, "paused at call {paused_at}");
        proceed.notify_one();
        crate::claims::let_run().await;
        let job = &world.rows().jobs[0];
        assert_eq!((job.state, job.attempts), (job::State::Cancelled, 0), "paused at call {paused_at}");
        world.assert_only_remembered(&id).await;
    }
}

#[tokio::test]
async fn a_change_from_before_the_deletion_puts_no_job() {
    for is_carried_out in [false, true] {
        let mut world = World::new().await;
        let id = world.upload(&pictures::small(), &["thumb", "large"]).await;
        world.deliver_notifications().await;
        let received = world.rows().uploads.remove(0);
        assert_eq!(received.state, State::Received);
        world.lose_changes();
        world.delete_upload(&id).await;
        if is_carried_out {
            world.assert_only_remembered(&id).await;
        }
        let late = [Change::Upload { old: None, new: Box::new(received) }];
        assert!(follow_changes(&world.developer, &late).await.iter().all(Option::is_none));
        world.run_worker().await;
        world.assert_only_remembered(&id).await;
        let jobs = world.rows().jobs;
        let were_run = jobs.iter().any(|job| job.state != job::State::Cancelled || job.epoch > 0);
        assert!(jobs.len() == 2 && !were_run, "{jobs:#?}");
    }
}

#[tokio::test]
async fn a_rejected_and_an_expired_upload_can_be_deleted() {
    let mut world = World::new().await;
    let mut bytes = pictures::small();
    let rejected = world.announce(&bytes, &["thumb"]).await;
    bytes.fill(b'-');
    world.put(&rejected, &bytes).await;
    let expired = world.announce(&bytes, &["thumb"]).await;
    world.settle().await;
    let states = (world.state_of(&rejected.id).await, world.state_of(&expired.id).await);
    assert_eq!(states, ("rejected".to_owned(), "expired".to_owned()));
    for id in [&rejected.id, &expired.id] {
        world.delete_upload(id).await;
        world.assert_only_remembered(id).await;
    }
}

#[tokio::test]
async fn a_row_does_not_expire_before_its_deletion_is_done() {
    let mut world = World::new().await;
    let created = world.announce(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "expired");
    world.clock.advance(Duration::from_secs(6 * 24 * 60 * 60 + 12 * 60 * 60));
    world.delete_upload(&created.id).await;
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    world.aws.dynamodb.sweep().unwrap();
    world.assert_only_remembered(&created.id).await;
}

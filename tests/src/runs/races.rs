//! Runs against what happens at the same moment.

use futures_util::future::join_all;

use shared::job::{Job, ParentKind};
use shared::upload::RUNS_MAX;

use super::*;

#[tokio::test]
async fn of_many_that_are_asked_for_at_once_each_has_a_number() {
    let mut world = World::new().await;
    let id = world.ready().await;
    let asked = join_all(["a", "b", "c", "d", "e"].map(|name| {
        let (world, id) = (&world, &id);
        async move { world.run(id, &[name], Some(name)).await.json["number"].as_u64().unwrap() }
    }));
    let mut numbers = asked.await;
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    world.settle().await;
    world.assert_at_rest().await;
}

/// Wherever one is paused while the other is made.
#[tokio::test]
async fn of_two_runs_that_are_asked_for_at_once_with_room_for_one_one_is_made() {
    for paused_at in 1.. {
        let mut world = World::new().await;
        let id = world.upload(&pictures::small(), &[]).await;
        world.settle().await;
        for _ in 1..RUNS_MAX {
            assert_eq!(world.run(&id, &["a"], None).await.status, StatusCode::CREATED);
        }
        let proceed = world.pause("api", paused_at);
        let first = world.run(&id, &["a"], None).await;
        world.injector.clear();
        if first.status == StatusCode::CREATED {
            break;
        }
        world.run(&id, &["a"], None).await;
        proceed.notify_one();
        crate::claims::let_run().await;
        assert_eq!(world.rows().runs.len(), RUNS_MAX as usize, "paused at call {paused_at}");
    }
}

/// Wherever the request is paused while the upload is deleted: it finds that, or its run is ended by the deletion or by
/// its own first change.
#[tokio::test]
async fn a_run_that_is_accepted_while_its_upload_is_deleted_makes_nothing() {
    let mut runs = Vec::new();
    for paused_at in 1.. {
        let mut world = World::new().await;
        let id = world.ready().await;
        let proceed = world.pause("api", paused_at);
        let cut_off = world.run(&id, &["large"], None).await;
        if cut_off.status == StatusCode::CREATED {
            break;
        }
        world.delete_upload(&id).await;
        // All that the deletion calls for is done before the request goes on.
        world.deliver_all().await;
        proceed.notify_one();
        crate::claims::let_run().await;
        runs.push(world.rows().runs.len());
        world.assert_only_remembered(&id).await;
        let is_of_a_run =
            |job: &Job| job.parent.as_ref().is_some_and(|parent| parent.kind == ParentKind::Run);
        assert!(world.rows().jobs.iter().all(|job| !is_of_a_run(job) || job.output.is_none()));
    }
    assert!(runs.contains(&0) && runs.contains(&1), "both ways must be met: {runs:?}");
}

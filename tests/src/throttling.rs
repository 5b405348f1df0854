//! Keys of the table and of its indexes that are written more often than a partition takes.

use std::time::Duration;

use local::connector::InjectedFault;
use shared::job::State;

use crate::pictures;
use crate::world::World;

/// The due index has four keys. So few writes of each in a second stand for the 1,000 of AWS, and the uploads for 20,000.
const WRITES_PER_SECOND: u32 = 2;
const UPLOADS: usize = 40;

/// After its fifth attempt, a step that works on a stored file waits for an hour: in the due index.
const ATTEMPTS_BEFORE_DUE_INDEX: u32 = 5;

#[tokio::test]
async fn a_mass_failure_into_the_due_index_loses_no_job_and_kills_none() {
    let mut world = World::new().await;
    for _ in 0..UPLOADS {
        world.upload(&pictures::small(), &["thumb"]).await;
    }
    // Storage is down: all jobs fail, and all are tried again at the same times.
    world.injector.set(|call| {
        let is_down = call.function == "media" && call.operation.starts_with("GET ");
        if is_down { InjectedFault::Refused } else { InjectedFault::None }
    });
    let failed_before = |world: &World| {
        let jobs = world.rows().jobs;
        jobs.len() == UPLOADS && jobs.iter().all(|job| job.attempts + 1 >= ATTEMPTS_BEFORE_DUE_INDEX)
    };
    while !failed_before(&world) {
        world.pass(Duration::from_secs(60)).await;
    }
    // Media comes late to them, and so to all at once: otherwise their times are minutes apart.
    world.clock.advance(Duration::from_secs(15 * 60));
    world.aws.partitions.bound_by(WRITES_PER_SECOND);
    while world.rows().waiting < UPLOADS {
        world.pass(Duration::from_secs(60)).await;
    }
    let refused = world.aws.partitions.refused();
    assert!(refused.keys().any(|key| key.starts_with("due#")), "the index was never throttled: {refused:?}");
    let jobs = world.rows().jobs;
    assert!(jobs.iter().all(|job| job.state == State::Waiting), "{jobs:#?}");
    assert!(jobs.iter().all(|job| job.epoch == job.attempts), "a run ended without an outcome: {jobs:#?}");

    // Storage is up again, and the table as slow as before.
    world.injector.clear();
    world.settle().await;
    let rows = world.rows();
    assert!(rows.jobs.iter().all(|job| job.state == State::Succeeded), "{:#?}", rows.jobs);
    world.assert_at_rest().await;
}

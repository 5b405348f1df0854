//! How many jobs ended is counted by tenant, kind and hour: each once, whatever AWS does.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use local::connector::InjectedFault;
use serde_json::{Value, json};
use shared::activity::Counts;
use shared::job::State;

use crate::pictures;
use crate::world::World;

mod batches;
mod costs;
mod independence;
mod shown;

/// Rows of jobs that did not succeed are removed after this long, and can be counted anew no more.
const ROWS_STAY_FOR: Duration = Duration::from_secs(6 * 24 * 60 * 60);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// By tenant and kind, over all hours.
type Activity = BTreeMap<(String, String), Counts>;

impl World {
    /// Returns the counts, as they lie in the table.
    pub fn counted_jobs(&self) -> Activity {
        let mut activity = Activity::new();
        for row in self.items() {
            let pk = row["pk"]["S"].as_str().unwrap_or_default();
            let Some(tenant) = pk.strip_suffix("#activity") else { continue };
            for (kind, counted) in row["kinds"]["M"].as_object().into_iter().flatten() {
                let count = |name: &str| {
                    counted["M"][name]["N"].as_str().map_or(0, |count| count.parse().expect("a number"))
                };
                let sum: &mut Counts = activity.entry((tenant.to_owned(), kind.clone())).or_default();
                sum.succeeded += count("succeeded");
                sum.failed += count("failed");
                sum.retried += count("retried");
                sum.cancelled += count("cancelled");
            }
        }
        activity
    }

    /// Returns what really happened, by the jobs' own rows. They don't say which cancelled ones had been accepted.
    pub fn real_jobs(&self) -> Activity {
        let mut activity = Activity::new();
        let rows = self.rows();
        for job in rows.jobs.into_iter().chain(rows.removals) {
            let key = (job.tenant.to_string(), job.kind.as_str().to_owned());
            let sum = activity.entry(key).or_default();
            let crashed = job.failure.as_ref().is_some_and(|failure| failure.code == "crashed");
            let outcomes_that_ended_it = match job.state {
                State::Succeeded => 1,
                State::Dead if !crashed => 1,
                _ => 0,
            };
            sum.succeeded += u64::from(job.state == State::Succeeded);
            sum.failed += u64::from(job.state == State::Dead);
            sum.retried += u64::from(job.attempts - job.deferrals) - outcomes_that_ended_it;
        }
        activity.retain(|_, counts| *counts != Counts::default());
        activity
    }

    /// Asserts that the counts are what happened, unless the stream's records were thrown away.
    pub fn assert_activity_at_rest(&self) {
        if self.has_lost_changes.load(Ordering::SeqCst) || self.age() > ROWS_STAY_FOR {
            return;
        }
        let real = self.real_jobs();
        let mut counted = self.counted_jobs();
        // A payload that was recorded tells of a tenant that has no rows.
        counted.retain(|(tenant, _), _| real.keys().any(|(other, _)| other == tenant));
        for counts in counted.values_mut() {
            counts.cancelled = 0;
        }
        counted.retain(|_, counts| *counts != Counts::default());
        assert_eq!(counted, real, "the jobs that ended");
    }

    /// Returns the counts of one kind.
    pub fn counted_of(&self, kind: &str) -> Counts {
        self.counted_jobs().get(&("acme".to_owned(), kind.to_owned())).copied().unwrap_or_default()
    }

    /// Hands the changes that observer wants to it, those of each list as one batch.
    pub async fn hand_over_batches(&self, batches: &[Vec<Value>]) {
        for batch in batches {
            let payload = Bytes::from(json!({ "Records": batch }).to_string());
            self.invoker.invoke("observer", payload).await.expect("observer takes it");
        }
    }

    /// The changes so far that observer is invoked for.
    pub fn changes_for_observer(&self) -> Vec<Value> {
        let stream = self.sources.streams.iter().find(|stream| stream.function == "observer");
        let filter = &stream.expect("observer reads the stream").source.filter;
        let events = self.changes().into_iter().map(|record| record.event);
        events.filter(|event| filter.wants(event)).collect()
    }
}

fn counts(succeeded: u64, failed: u64, retried: u64, cancelled: u64) -> Counts {
    Counts { succeeded, failed, retried, cancelled }
}

#[tokio::test]
async fn a_job_counts_once_for_how_it_ended_and_once_for_each_retry() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["a", "b"]).await;
    world.settle().await;
    assert_eq!(world.counted_of("image_step"), counts(2, 0, 0, 0));
    // The next one fails for good, after five retries, one of which waits in the due index.
    world.injector.set(|call| {
        let is_read = call.function == "media" && call.operation.starts_with("GET ");
        if is_read { InjectedFault::Refused } else { InjectedFault::None }
    });
    world.upload(&pictures::small(), &["a"]).await;
    world.settle().await;
    world.injector.clear();
    assert_eq!(world.counted_of("image_step"), counts(2, 1, 5, 0));
    // One is deleted while its jobs wait for another try.
    world.injector.set(|call| {
        let is_read = call.function == "media" && call.operation.starts_with("GET ");
        if is_read { InjectedFault::Refused } else { InjectedFault::None }
    });
    let id = world.upload(&pictures::small(), &["a", "b"]).await;
    world.deliver_all().await;
    world.injector.clear();
    world.delete_upload(&id).await;
    world.settle().await;
    assert_eq!(world.counted_of("image_step"), counts(2, 1, 7, 2));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_job_that_is_cancelled_before_it_was_accepted_is_not_counted() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["a", "b"]).await;
    world.deliver_notifications().await;
    // So that its steps have no jobs yet.
    world.lose_changes();
    world.delete_upload(&id).await;
    world.settle().await;
    let cancelled = world.rows().jobs.iter().filter(|job| job.state == State::Cancelled).count();
    assert_eq!(cancelled, 2);
    assert_eq!(world.counted_of("image_step"), Counts::default());
    assert_eq!(world.counted_of("purge_upload"), counts(1, 0, 0, 0), "the job that removes it was accepted");
}

#[tokio::test]
async fn the_recorded_payload_counts_as_it_says() {
    let world = World::new().await;
    let path = format!("{}/../events/observer/jobs-ended.json", env!("CARGO_MANIFEST_DIR"));
    let payload = Bytes::from(std::fs::read(path).expect("a payload"));
    world.invoker.invoke("observer", payload).await.expect("observer takes it");
    let expected = [(("demo".to_owned(), "image_step".to_owned()), counts(0, 1, 1, 1))];
    assert_eq!(world.counted_jobs(), Activity::from(expected));
}

#[tokio::test]
async fn whatever_aws_does_each_outcome_counts_once() {
    for seed in 100..105 {
        let mut world = World::hostile(seed).await;
        for _ in 0..4 {
            world.upload(&pictures::small(), &["a", "b", "c"]).await;
            world.deliver_messages().await;
        }
        let id = world.upload(&pictures::small(), &["a", "b"]).await;
        world.deliver_all().await;
        world.delete_upload(&id).await;
        world.settle().await;
        assert!(world.counted_of("image_step").succeeded >= 12, "seed {seed}");
        world.assert_activity_at_rest();
    }
}

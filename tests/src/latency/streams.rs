//! The two readers of the stream, with batches of any changes that an upload ever goes through.

use std::collections::BTreeMap;
use std::time::Duration;

use local::dynamodb::Position;
use local::hostile::Hostility;
use serde_json::{Value, json};

use super::BAD_DAY;
use crate::imports::source::{Source, URL};
use crate::pictures;
use crate::usage::end;
use crate::world::{World, announcement};

/// A recipe of ten steps is the longest, and too long for the row.
const STEPS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j<a"];

/// How many mixes are tried.
const MIXES: u64 = 8;
const MIXES_OF_OBSERVER: usize = 2;

/// A world in which all that can become of an upload has become of one.
async fn busy() -> World {
    let mut world = World::new().await;
    for state in
        ["ready", "failed", "rejected", "corrupt", "aborted", "deleted", "deleted under way", "sent never"]
    {
        end(&mut world, state).await;
    }
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(world.upload(&pictures::small(), &STEPS).await);
    }
    world.settle().await;
    let recipe = announcement(&pictures::small(), &STEPS)["recipe"].clone();
    for id in &ids {
        let made = world.post(&format!("/v1/uploads/{id}/runs"), &json!({ "recipe": recipe }), None).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    Source::of(pictures::small(), "image/png").serve(&world);
    let import = json!({ "source": { "url": URL }, "recipe": recipe });
    assert_eq!(world.post("/v1/uploads", &import, None).await.status, 201);
    world.settle().await;
    world.delete_upload(&ids[0]).await;
    world.settle().await;
    world.assert_at_rest().await;
    world
}

impl World {
    /// The records that the stream ever held of those that `function` wants.
    fn records(&self, function: &str) -> Vec<Value> {
        let table = &self.template.tables[0].name;
        let records =
            self.aws.dynamodb.records(table, &Position::Start, usize::MAX).expect("the emulation works");
        let stream = self.sources.streams.iter().find(|stream| stream.function == function);
        let filter = &stream.expect("a function that reads the stream").source.filter;
        records.into_iter().map(|record| record.event).filter(|event| filter.wants(event)).collect()
    }

    fn batch_size(&self, function: &str) -> usize {
        let stream = self.sources.streams.iter().find(|stream| stream.function == function);
        stream.expect("a function that reads the stream").source.batch_size as usize
    }
}

/// The records by what they change, such as `upload: pending to received`.
fn by_change(records: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut changes = BTreeMap::<_, Vec<&Value>>::new();
    for record in records {
        let change = &record["dynamodb"];
        let state = |image: &str| change[image]["state"]["S"].as_str().unwrap_or("nothing").to_owned();
        let kind = change["Keys"]["sk"]["S"].as_str().unwrap_or_default();
        let kind = kind.split('#').next().unwrap_or_default();
        let name = format!("{kind}: {} to {}", state("OldImage"), state("NewImage"));
        changes.entry(name).or_default().push(record);
    }
    changes
}

fn event(records: impl IntoIterator<Item = Value>) -> Value {
    json!({ "Records": records.into_iter().collect::<Vec<_>>() })
}

fn full<'a>(records: &[&'a Value], batch_size: usize) -> Vec<&'a Value> {
    (0..batch_size).map(|index| records[index % records.len()]).collect()
}

/// A full batch of every change, and full batches of all of them mixed.
fn batches(records: &[Value], batch_size: usize) -> Vec<(String, Vec<&Value>)> {
    let changes = by_change(records);
    let mut batches: Vec<_> = changes.iter().map(|(name, of)| (name.clone(), full(of, batch_size))).collect();
    assert!(batches.len() > 10, "{:?}", changes.keys());
    for seed in 0..MIXES {
        let random = Hostility::seeded(seed);
        // Some changes are far more frequent than others.
        let of: Vec<&Vec<&Value>> = changes.values().collect();
        let mixed = (0..batch_size).map(|_| {
            let records = of[random.below(of.len())];
            records[random.below(records.len())]
        });
        batches.push((format!("mix {seed}"), mixed.collect()));
    }
    batches
}

/// Both in one world, which takes its time to make.
#[tokio::test]
async fn relay_and_observer_follow_full_batches_of_any_changes_in_time() {
    let world = busy().await;
    relay_is_in_time_even_on_a_bad_day(&world).await;
    observer_is_in_time_when_every_change_is_of_another_tenant(&world).await;
}

async fn relay_is_in_time_even_on_a_bad_day(world: &World) {
    let (records, half) = (world.records("relay"), world.half_of_timeout("relay"));
    let mut longest_in_sum = Duration::ZERO;
    world.longest.forget();
    world.aws.latency.multiply(BAD_DAY);
    for (name, batch) in batches(&records, world.batch_size("relay")) {
        let (answer, took, in_sum) = world.measure("relay", &event(batch.into_iter().cloned())).await;
        assert_eq!(answer["batchItemFailures"], json!([]), "{name}");
        println!("{name}: {took:?}, {in_sum:?} in sum");
        assert!(took <= half, "{name}: {took:?} of {half:?}");
        longest_in_sum = longest_in_sum.max(in_sum);
    }
    assert!(longest_in_sum > half, "following one after the other would do: {longest_in_sum:?}");
    assert_eq!(world.longest.of_function("relay").1, 100, "the batches were full");
    world.aws.latency.multiply(1);
}

async fn observer_is_in_time_when_every_change_is_of_another_tenant(world: &World) {
    let (records, half) = (world.records("observer"), world.half_of_timeout("observer"));
    let batches = batches(&records, world.batch_size("observer"));
    // The ends of jobs are counted by both projections.
    let dear = batches.iter().filter(|(name, _)| name == "job: running to succeeded");
    let mut longest_in_sum = Duration::ZERO;
    for (name, batch) in dear.chain(batches.iter().rev().take(MIXES_OF_OBSERVER)) {
        let of_others = batch.iter().enumerate().map(|(index, record)| {
            let text = record.to_string().replace("acme", &format!("tenant-{index}"));
            serde_json::from_str(&text).expect("JSON")
        });
        let (_, took, in_sum) = world.measure("observer", &event(of_others)).await;
        println!("{name}: {took:?}, {in_sum:?} in sum");
        assert!(took <= half, "{name}: {took:?} of {half:?}");
        longest_in_sum = longest_in_sum.max(in_sum);
    }
    assert!(longest_in_sum > half, "counting one after the other would do: {longest_in_sum:?}");
}

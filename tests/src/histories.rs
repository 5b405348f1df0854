//! An event that comes twice, late, out of order or never changes nothing but time: seeded histories of all events.

use shared::upload::key;
use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use local::dynamodb::{Position, Record};
use local::sqs::NewMessage;
use serde_json::{Value, json};
use shared::aws::table::RowKind;
use shared::id::digest;

use crate::pictures;
use crate::world::{MEDIA_QUEUE, World};

const SEEDS: u64 = 8;

/// So often some of the events so far are delivered out of turn.
const ROUNDS: usize = 12;

/// Numbers that are the same for the same seed.
struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.thrown += 1;
        let bits = digest(&["history", &self.seed.to_string(), &self.thrown.to_string()]);
        usize::from(u16::from_be_bytes([bits[0], bits[1]])) % end.max(1)
    }

    /// Some of `events`, in any order, some of them more than once.
    fn some<'a, T>(&mut self, events: &'a [T]) -> Vec<&'a T> {
        let count = self.below(events.len() + 3);
        (0..count).filter_map(|_| events.get(self.below(events.len()))).collect()
    }
}

impl World {
    /// Every change of a job or an upload so far, as the stream tells it.
    pub fn changes(&self) -> Vec<Record> {
        let table = &self.template.tables[0].name;
        let records =
            self.aws.dynamodb.records(table, &Position::Start, 10_000).expect("the emulation works");
        let is_followed = |record: &Record| {
            let sk = record.event["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap_or_default();
            RowKind::of(sk).is_some_and(RowKind::is_followed)
        };
        records.into_iter().filter(is_followed).collect()
    }

    /// Hands over events of all kinds that were told so far, out of turn.
    async fn deliver_out_of_turn(&mut self, dice: &mut Dice) {
        let changes = self.changes();
        let chosen: Vec<&Value> = dice.some(&changes).into_iter().map(|record| &record.event).collect();
        if !chosen.is_empty() {
            let payload = json!({ "Records": chosen }).to_string();
            self.invoker.invoke("relay", Bytes::from(payload)).await.expect("relay takes it");
        }
        let uploads = self.rows().uploads;
        for upload in dice.some(&uploads) {
            let event = object_created(&key::original(&upload.tenant, &upload.id));
            self.invoker.invoke("intake", event).await.expect("intake takes it");
        }
        let jobs = self.rows().jobs;
        for job in dice.some(&jobs) {
            let mut delivery = job.delivery();
            delivery.dispatch = 1 + dice.below(job.dispatch as usize) as u32;
            let body = serde_json::to_string(&delivery).expect("JSON");
            self.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body(body)).expect("the emulation works");
        }
    }

    /// The states that everything came to, and the objects that are left.
    fn outcome(&self) -> (BTreeMap<String, (Value, usize)>, Vec<String>) {
        let uploads = self.rows().uploads.into_iter();
        let states = uploads.map(|upload| (upload.id.to_string(), (json!(upload.state), upload.done.len())));
        let mut keys = self.aws.s3.keys(&self.template.buckets[0].name).expect("the store answers");
        keys.sort();
        (states.collect(), keys)
    }
}

fn object_created(key: &str) -> Bytes {
    let mut event: Value = serde_json::from_str(include_str!("../../events/intake/put.json")).expect("JSON");
    event["Records"][0]["s3"]["object"]["key"] = json!(key);
    Bytes::from(event.to_string())
}

#[tokio::test]
async fn an_event_that_comes_twice_late_reordered_or_never_changes_nothing_but_time() {
    for seed in 0..SEEDS {
        history(seed).await;
    }
}

async fn history(seed: u64) {
    let (mut world, mut dice) = (World::new().await, Dice { seed, thrown: 0 });
    let kept = world.upload(&pictures::png(9, 9), &["thumb", "large", "tiny<thumb"]).await;
    let plain = world.upload(&pictures::png(8, 9), &[]).await;
    let deleted = world.upload(&pictures::png(9, 8), &["thumb", "large", "tiny<thumb"]).await;
    let mut bytes = pictures::small();
    let rejected = world.announce(&bytes, &["thumb"]).await;
    bytes.fill(b'-');
    assert_eq!(world.put(&rejected, &bytes).await, StatusCode::OK);
    let expired = world.announce(&bytes, &["thumb"]).await.id;
    let deleted_in = dice.below(ROUNDS + 1);
    for round in 0..=ROUNDS {
        if round == deleted_in {
            world.delete_upload(&deleted).await;
        }
        world.deliver_out_of_turn(&mut dice).await;
        match dice.below(6) {
            0 => {
                world.deliver_notifications().await;
            }
            1 => {
                world.deliver_messages().await;
            }
            2 => {
                for stream in &mut world.sources.streams {
                    stream.deliver().await.expect("the emulation works");
                }
            }
            // Never: the audit makes up for it.
            3 => world.lose_changes(),
            _ => {}
        }
    }
    world.settle().await;
    let (states, keys) = world.outcome();
    let expected = [
        (&kept, "ready", 3),
        (&plain, "ready", 0),
        (&deleted, "deleted", 0),
        (&rejected.id, "rejected", 0),
        (&expired, "expired", 0),
    ];
    for (id, state, done) in expected {
        assert_eq!(states[id], (json!(state), done), "seed {seed}");
    }
    let of_kept = keys.iter().filter(|key| key.contains(&kept)).count();
    assert_eq!((of_kept, keys.len()), (4, 5), "seed {seed}: {keys:?}");
    world.assert_at_rest().await;

    // Once more, all of it, long after.
    let (uploads, jobs) = (world.rows().uploads, world.rows().jobs);
    for _ in 0..3 {
        world.deliver_out_of_turn(&mut dice).await;
        world.deliver_all().await;
    }
    assert_eq!((world.rows().uploads, world.rows().jobs), (uploads, jobs), "seed {seed}");
    assert_eq!(world.outcome(), (states, keys), "seed {seed}");
    world.assert_at_rest().await;
}

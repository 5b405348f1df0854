//! The scheduler in a minute in which everything is to be done at once.

use std::time::Duration;

use local::sqs::NewMessage;
use serde_json::{Value, json};

use crate::pictures;
use crate::world::{DEAD_LETTER_QUEUE, FAILURE_QUEUE, World};

const DUE_JOBS: usize = 200;
const STALE_UPLOADS: usize = 60;
const TENANTS: usize = 60;
const MESSAGES: usize = 40;

/// So many times slower than usual, all that is to be done would take far longer than an invocation.
const WORST_DAY: u32 = 20;

const MINUTES_MAX: usize = 10;

/// The same item under another name. Its ids occur in its keys and its attributes.
fn renamed(item: &Value, from: &str, to: &str) -> Value {
    serde_json::from_str(&item.to_string().replace(from, to)).expect("JSON")
}

/// A world in which jobs are due, messages wait in both kinds of failure queues, uploads stand still and recounts are due.
async fn neglected() -> World {
    let mut world = World::new().await;
    let ready = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let pending = world.announce(&pictures::small(), &["thumb"]).await.id;
    let (items, job) = (world.items(), world.rows().jobs[0].clone());
    let of_kind = |sk: &str, id: &str| {
        let is_it = |item: &&Value| item["sk"]["S"] == sk && item.to_string().contains(id);
        items.iter().find(is_it).cloned().expect("an item of this kind")
    };
    let (mut waiting, upload) = (of_kind("job", &ready), of_kind("upload", &pending));
    let now = world.clock.now();
    waiting["state"] = json!({ "S": "waiting" });
    waiting["due_at"] = json!({ "N": now.as_millis().to_string() });
    for index in 0..DUE_JOBS {
        let id = format!("job_{index:026}");
        waiting["due_shard"] = json!({ "S": format!("due#{}", index % 4) });
        world.put_item(&renamed(&waiting, job.id.as_str(), &id));
    }
    for index in 0..STALE_UPLOADS {
        world.put_item(&renamed(&upload, &pending, &format!("upl_{index:026}")));
    }
    let mut usage = items.iter().find(|item| item["sk"]["S"] == "usage").cloned().expect("a usage");
    usage["due_at"] = json!({ "N": now.as_millis().to_string() });
    for index in 0..TENANTS {
        world.put_item(&renamed(&usage, "acme", &format!("tenant-{index}")));
    }
    let given_up =
        json!({ "requestContext": { "functionArn": "observer" }, "DDBStreamBatchInfo": {} }).to_string();
    let of_a_job = serde_json::to_string(&job.delivery()).expect("JSON");
    for index in 0..MESSAGES {
        let send = |queue: &str, body: &str| {
            world.aws.sqs.send(queue, NewMessage::with_body(body)).expect("the emulation works");
        };
        send(FAILURE_QUEUE, &given_up);
        send(DEAD_LETTER_QUEUE, &of_a_job);
        send("millrace-WorkerDeadLetterQueue", &format!("of no job: {index}"));
    }
    world.clock.advance(Duration::from_secs(60 * 60));
    world.longest.forget();
    world
}

impl World {
    fn count_of(&self, is_it: impl Fn(&Value) -> bool) -> usize {
        self.items().iter().filter(|item| is_it(item)).count()
    }

    fn dead_letters_waiting(&self) -> u64 {
        let queues = [FAILURE_QUEUE, DEAD_LETTER_QUEUE, "millrace-WorkerDeadLetterQueue"];
        queues.map(|queue| self.aws.sqs.message_count(queue).expect("the emulation works")).iter().sum()
    }
}

fn is_due(item: &Value) -> bool {
    item["due_shard"]["S"].as_str().is_some_and(|shard| shard.starts_with("due#"))
}

#[tokio::test]
async fn the_scheduler_is_in_time_on_the_worst_day_and_does_the_rest_in_later_minutes() {
    let mut world = neglected().await;
    let before = world.aws.latency.in_sum();
    world.aws.latency.multiply(WORST_DAY);
    world.tick().await;
    let (took, _) = world.longest.of_function("scheduler");
    let (in_sum, half) = (world.aws.latency.in_sum() - before, world.half_of_timeout("scheduler"));
    println!("on the worst day: {took:?}, {in_sum:?} in sum");
    assert!(in_sum > half, "one after the other would do: {in_sum:?}");
    world.assert_in_time();

    world.aws.latency.multiply(1);
    world.longest.forget();
    let mut minutes = 0;
    while (world.count_of(is_due), world.dead_letters_waiting()) != (0, 0) {
        minutes += 1;
        assert!(minutes <= MINUTES_MAX, "it is never done");
        world.clock.advance(Duration::from_secs(60));
        world.tick().await;
    }
    let (took, _) = world.longest.of_function("scheduler");
    println!("on another: {took:?} at most, {minutes} times");
    world.assert_in_time();
}

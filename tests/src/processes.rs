//! Real processes: this test binary, started again to act as a function or as a whole stack.
//!
//! They run on the system's clock. Where a lost delivery comes back after its timeout, that is shorter than in the project's
//! template: nobody waits four minutes for a test.

mod acting;
mod client;
mod outside;
mod strangers;

use std::time::Duration;

use local::logs::Logs;
use local::stack::Stack;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use shared::clock::Clock;

use self::acting::{Folder, options, start_stack};
use self::client::Client;
use crate::pictures::{png, small};

/// Much longer than anything takes, and shorter than a lease of media's or the visibility timeout of its queue.
const WAIT_MAX: Duration = Duration::from_secs(100);

const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);

const STEPS: [&str; 4] = ["first", "second", "third", "fourth"];

/// So large that work on it can be interrupted, and so small that a slow machine does it in time.
fn large() -> Vec<u8> {
    png(1600, 1200)
}

/// Looks until `look` finds what it looks for.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    };
    tokio::time::timeout(WAIT_MAX, found).await.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

async fn until_ready(client: &Client, id: &str) -> Value {
    until("the upload is ready", async || {
        let shown = client.shown(id).await;
        assert!(!["failed", "rejected", "expired"].contains(&shown["state"].as_str().unwrap()), "{shown}");
        (shown["state"] == "ready").then_some(shown)
    })
    .await
}

async fn until_running(client: &Client, id: &str) {
    until("a job runs", async || {
        let shown = client.shown(id).await;
        let mut derivatives = shown["derivatives"].as_array().unwrap().iter();
        derivatives.any(|derivative| derivative["state"] == "running").then_some(())
    })
    .await;
}

async fn assert_whole(client: &Client, shown: &Value, steps: usize) {
    let derivatives = shown["derivatives"].as_array().unwrap();
    assert_eq!(derivatives.len(), steps);
    for derivative in derivatives {
        let (status, bytes) = client.download(derivative["url"].as_str().unwrap()).await.unwrap();
        assert_eq!((status, &json!(bytes.len())), (200, &derivative["size_bytes"]));
        assert_eq!(&bytes[8..12], b"WEBP");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_goes_in_and_its_derivatives_come_out() {
    let folder = Folder::new("main-job");
    let stack = Stack::start(&options(&folder), Logs::in_memory(Clock::system())).await.unwrap();
    let client = Client::of(&stack.ready);
    let bytes = small();
    let created = client.announce(&bytes, &["thumb", "large"], "a-key").await;
    client.put(&created, &bytes).await;
    let shown = until_ready(&client, &created.id).await;
    assert_whole(&client, &shown, 2).await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_function_is_made_up_for() {
    let folder = Folder::with_shorter_timeouts("killed-function");
    let stack = Stack::start(&options(&folder), Logs::in_memory(Clock::system())).await.unwrap();
    let client = Client::of(&stack.ready);
    let bytes = large();
    let created = client.announce(&bytes, &STEPS, "a-key").await;
    client.put(&created, &bytes).await;
    until_running(&client, &created.id).await;
    let killed = stack.processes()["media"].clone();
    assert!(!killed.is_empty());
    for process in &killed {
        kill_process(Pid::from_raw(process.cast_signed()).unwrap(), Signal::KILL).unwrap();
    }
    let shown = until_ready(&client, &created.id).await;
    assert_whole(&client, &shown, STEPS.len()).await;
    assert!(!killed.iter().any(|process| stack.processes()["media"].contains(process)));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_stack_goes_on_where_it_was() {
    let folder = Folder::new("killed-stack");
    let mut stack = start_stack(&folder);
    let client = until("the stack listens", async || Client::listening(&folder).await).await;
    let (large, small) = (large(), small());
    let announced = client.announce(&small, &["thumb"], "announced").await;
    let worked_on = client.announce(&large, &STEPS, "worked-on").await;
    client.put(&worked_on, &large).await;
    until_running(&client, &worked_on.id).await;
    let sent = client.announce(&small, &["thumb"], "sent").await;
    client.put(&sent, &small).await;
    stack.kill().await.unwrap();

    let mut stack = start_stack(&folder);
    let client = until("the stack listens again", async || Client::listening(&folder).await).await;
    assert_eq!(client.shown(&announced.id).await["state"], "pending");
    for (upload, steps) in [(&sent, 1), (&worked_on, STEPS.len())] {
        let shown = until_ready(&client, &upload.id).await;
        assert_whole(&client, &shown, steps).await;
    }
    let again = client.announce(&small, &["thumb"], "announced").await;
    assert_eq!(again.id, announced.id);
    client.put(&again, &small).await;
    until_ready(&client, &again.id).await;
    assert_eq!(client.get("/v1/uploads").await.unwrap().1["data"].as_array().unwrap().len(), 3);
    stack.kill().await.unwrap();
}

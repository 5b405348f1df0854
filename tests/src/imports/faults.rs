//! Every call of an import fails once, before and after it took effect: nothing is lost, doubled or left behind.

use local::connector::InjectedFault;
use serde_json::json;
use shared::upload::PART_SIZE_BYTES;

use super::file;
use super::source::{Source, URL};
use crate::world::{FAULTS, World};

/// Imports a file with `fault` injected into the call with this number; returns whether there was one.
async fn import_with(bytes: &[u8], fault: InjectedFault, number: u64) -> bool {
    let mut world = World::new().await;
    Source::of(bytes.to_vec(), "application/zip").serve(&world);
    let request = json!({ "source": { "url": URL } });
    let post = async || world.post("/v1/uploads", &request, Some("import")).await;
    let last = world.injector.calls() + number;
    let mut answer = world.insisting(fault.clone(), number, post).await.0;
    let calls = world.injector.calls();
    if calls < last {
        world.inject(fault, last - calls);
    }
    world.settle().await;
    answer = world.get(answer.json["links"]["self"].as_str().unwrap()).await;
    assert_eq!(answer.json["state"], "ready", "call {number}: {answer:?}");
    world.assert_at_rest().await;
    world.injector.calls() >= last
}

#[tokio::test]
async fn whatever_call_fails_the_file_is_stored_once() {
    for fault in FAULTS {
        let mut number = 1;
        while import_with(b"a small file", fault.clone(), number).await {
            number += 1;
        }
        assert!(number > 12, "an import makes more calls than {number}");
    }
}

#[tokio::test]
async fn whichever_call_kills_the_function_the_parts_are_stored_once() {
    let bytes = file(PART_SIZE_BYTES + 3);
    let mut number = 1;
    while import_with(&bytes, InjectedFault::DiesAfter, number).await {
        number += 1;
    }
    assert!(number > 15, "an import in parts makes more calls than {number}");
}

#[tokio::test]
async fn whatever_aws_does_every_import_is_ready() {
    for seed in 1..=2 {
        let mut world = World::hostile(seed).await;
        Source::of(file(PART_SIZE_BYTES + 3), "application/zip").serve(&world);
        let mut ids = Vec::new();
        for number in 0..3 {
            let request = json!({ "source": { "url": URL } });
            let key = format!("import-{number}");
            let mut answer = world.post("/v1/uploads", &request, Some(&key)).await;
            for _ in 0..20 {
                if answer.status == 201 {
                    break;
                }
                answer = world.post("/v1/uploads", &request, Some(&key)).await;
            }
            ids.push(answer.json["id"].as_str().expect("it is accepted at last").to_owned());
        }
        world.settle().await;
        for id in ids {
            assert_eq!(world.state_of(&id).await, "ready", "seed {seed}");
        }
        world.assert_at_rest().await;
    }
}

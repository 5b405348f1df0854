//! Every call of a job's life fails once, before and after it took effect: the job is done, and told of, once.

use local::connector::InjectedFault;
use serde_json::json;

use super::receiver::{Receiver, Reply};
use super::with;
use crate::world::{FAULTS, World};

/// Submits a job and lets it run, with `fault` in the call with this number; returns whether there were so many calls.
async fn a_job_with(fault: InjectedFault, number: u64) -> bool {
    let mut world = World::new().await;
    let told = Receiver::serve(&world, |_| Reply::of(200));
    told.be(&world, "told.example");
    let receiver = Receiver::serve(&world, |_| Reply::of(200).body("x".repeat(2000)));
    let mut request = with(json!({
        "on_success": { "url": "http://told.example/" },
        "retry": { "delays_seconds": vec![1; 10] },
    }));
    request["input"]["keep"] = json!({ "body_bytes": 4096 });
    request["input"]["body"] = json!("y".repeat(2000));
    let post = async || world.post("/v1/jobs", &request, Some("once")).await;
    let (answer, _) = world.insisting(fault.clone(), number, post).await;
    assert_eq!(answer.status, 202, "call {number}: {answer:?}");
    let id = answer.json["id"].as_str().unwrap().to_owned();
    world.settle().await;
    let shown = world.job(&id).await;
    assert_eq!(shown["state"], "succeeded", "{fault:?} in call {number}: {shown}");
    assert_eq!(shown["output"]["body"].as_str().map(str::len), Some(2000), "call {number}: {shown}");
    world.assert_at_rest().await;
    // A call to the world may be made again after a crash, under the same id.
    assert!((1..=2).contains(&receiver.count()), "{fault:?} in call {number}: {}", receiver.count());
    let mut ids = told.headers("webhook-id");
    ids.dedup();
    assert_eq!(ids.len(), 1, "{fault:?} in call {number}");
    assert_eq!((world.rows().submitted.len(), world.rows().callbacks.len()), (1, 1));
    world.injector.calls() >= number
}

#[tokio::test]
async fn each_call_may_fail_once() {
    for fault in FAULTS {
        let mut number = 1;
        while a_job_with(fault.clone(), number).await {
            number += 1;
        }
        assert!(number > 15, "a job makes more calls than {number}");
    }
}

#[tokio::test]
async fn hostile_worlds_lose_no_job_and_end_none_twice() {
    for seed in 0..6 {
        let mut world = World::hostile(seed).await;
        let receiver =
            Receiver::serve(&world, |received| Reply::of(if received.number % 5 == 0 { 500 } else { 200 }));
        let mut submitted = Vec::new();
        for index in 0..30_u64 {
            let request =
                with(json!({ "delay_seconds": index * 60, "retry": { "delays_seconds": vec![30; 20] } }));
            let key = format!("k{index}");
            let mut answer = world.post("/v1/jobs", &request, Some(&key)).await;
            while answer.status.is_server_error() {
                answer = world.post("/v1/jobs", &request, Some(&key)).await;
            }
            assert_eq!(answer.status, 202, "seed {seed}: {answer:?}");
            submitted.push(answer.json["id"].as_str().unwrap().to_owned());
        }
        world.settle().await;
        world.assert_at_rest().await;
        for id in submitted {
            let job = world.job_row(&id);
            assert_eq!(job.state, shared::job::State::Succeeded, "seed {seed}: {job:?}");
            let calls = receiver.headers("webhook-id").iter().filter(|called| **called == id).count();
            let most = job.epoch as usize;
            assert!((1..=most).contains(&calls), "seed {seed}: {calls} calls of {job:?}");
        }
    }
}

#[tokio::test]
async fn a_batch_with_poison_loses_nobody_else() {
    let mut world = World::new().await;
    let receiver = Receiver::serve(&world, |received| match received.path.as_str() {
        "/panic" => Reply::of(200).header("x-poison", "panic"),
        _ => Reply::of(200),
    });
    let mut ids = Vec::new();
    for path in ["/a", "/poison", "/b", "/c"] {
        let mut request = with(json!({ "retry": { "delays_seconds": [1, 1, 1, 1, 1] } }));
        request["input"]["url"] = json!(format!("http://{}{path}", super::receiver::HOST));
        ids.push(world.submit(&request).await);
    }
    world.injector.set(|call| {
        let is_poison = call.function == "worker" && call.operation.contains("/poison");
        if is_poison { InjectedFault::Panics } else { InjectedFault::None }
    });
    world.settle().await;
    world.assert_at_rest().await;
    let mut states = Vec::new();
    for id in &ids {
        states.push(world.job(id).await["state"].clone());
    }
    assert_eq!(states, ["succeeded", "dead", "succeeded", "succeeded"]);
    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn a_request_that_died_before_its_row_leaves_its_input_to_no_other() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    let with_body =
        |text: &str| with(json!({ "input": { "url": super::receiver::URL, "body": text.repeat(600) } }));
    world.injector.set(|call| {
        let is_row = call.function == "api" && call.operation == "PutItem" && call.body.contains("listed_at");
        if is_row { InjectedFault::Refused } else { InjectedFault::None }
    });
    let died = world.post("/v1/jobs", &with_body("a"), Some("once")).await;
    assert_eq!(died.status, 500, "{died:?}");
    world.injector.clear();
    let other = world.post("/v1/jobs", &with_body("b"), Some("once")).await;
    assert_eq!(other.status, 202, "{other:?}");
    world.settle().await;
    assert_eq!(receiver.received()[0].body, "b".repeat(600));
    assert_eq!(receiver.count(), 1);
}

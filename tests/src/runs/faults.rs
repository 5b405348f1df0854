//! Every AWS call on the way of a run fails once, before and after it took effect.

use local::connector::InjectedFault;

use super::*;
use crate::world::FAULTS;

#[tokio::test]
async fn asking_for_a_run_makes_one_whichever_call_fails() {
    for fault in FAULTS {
        let mut number = 1;
        loop {
            let mut world = World::new().await;
            let id = world.ready().await;
            let ask = async || world.run(&id, &["large"], Some("the-key")).await;
            let (answer, was_injected) = world.insisting(fault.clone(), number, ask).await;
            let told = format!("{fault:?} at call {number}");
            assert_eq!((answer.status, &answer.json["number"]), (StatusCode::CREATED, &json!(1)), "{told}");
            world.settle().await;
            assert_eq!(world.rows().runs.len(), 1, "{told}");
            world.assert_at_rest().await;
            if !was_injected {
                break;
            }
            number += 1;
        }
        assert!(number > 3, "asking for a run makes more calls than {number}");
    }
}

#[tokio::test]
async fn a_run_becomes_ready_whichever_call_fails() {
    for fault in [
        InjectedFault::RefusedAfter,
        InjectedFault::AnswerLost,
        InjectedFault::Dies,
        InjectedFault::DiesAfter,
    ] {
        let mut number = 1;
        loop {
            let mut world = World::new().await;
            let id = world.ready().await;
            world.run(&id, &["large", "tiny<large"], None).await;
            let last = world.inject(fault.clone(), number);
            world.settle().await;
            let was_injected = world.injector.calls() >= last;
            world.injector.clear();
            let run = world.get(&format!("/v1/uploads/{id}/runs/1")).await.json;
            assert_eq!(run["state"], "ready", "{fault:?} at call {number}: {run}");
            world.assert_at_rest().await;
            if !was_injected {
                break;
            }
            number += 1;
        }
        assert!(number > 10, "a run makes more calls than {number}");
    }
}

//! The system's own secrets: made once, by whoever needs them first, and never shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::connector::InjectedFault;
use local::ssm::Kind;
use shared::aws::{ASKED_AGAIN_AFTER, HELD_FOR};
use shared::secret::SecretName;

use crate::pictures::small;
use crate::world::World;

const PARAMETER: &str = "/millrace/cursor-signing";

/// A world with two uploads: its first page has a cursor, which is signed.
async fn world() -> World {
    let mut world = World::new().await.without_latency();
    for _ in 0..2 {
        world.announce(&small(), &[]).await;
    }
    world
}

async fn cursor(world: &World) -> String {
    let page = world.get("/v1/uploads?limit=1").await;
    page.json["next_cursor"].as_str().unwrap_or_else(|| panic!("{page:?}")).to_owned()
}

async fn takes(world: &World, cursor: &str) -> bool {
    world.get(&format!("/v1/uploads?limit=1&cursor={cursor}")).await.status == 200
}

/// How often each operation of the Parameter Store is called from now on.
fn counted(world: &World) -> Arc<Mutex<BTreeMap<String, u32>>> {
    let counts = Arc::new(Mutex::new(BTreeMap::new()));
    let counting = Arc::clone(&counts);
    world.injector.set(move |call| {
        if call.operation.ends_with("Parameter") {
            *counting.lock().unwrap().entry(call.operation.clone()).or_insert(0) += 1;
        }
        InjectedFault::None
    });
    counts
}

#[tokio::test]
async fn a_secret_is_made_when_it_is_first_needed_and_read_once() {
    let world = world().await;
    assert_eq!(world.aws.ssm.value(PARAMETER).unwrap(), None, "nothing needs it yet");
    let counts = counted(&world);
    for _ in 0..3 {
        cursor(&world).await;
    }
    let once = [("GetParameter".to_owned(), 1), ("PutParameter".to_owned(), 1)];
    assert_eq!(*counts.lock().unwrap(), BTreeMap::from(once));
    assert_eq!(world.aws.ssm.value(PARAMETER).unwrap().map(|secret| secret.len()), Some(52));
}

#[tokio::test]
async fn all_processes_have_the_same_secret() {
    let world = world().await;
    cursor(&world).await;
    let secret =
        world.developer.secrets.secret(SecretName::CursorSigning, &world.developer.ids).await.unwrap();
    assert_eq!(world.aws.ssm.value(PARAMETER).unwrap().as_deref(), Some(secret.reveal()));
}

#[tokio::test]
async fn of_two_that_make_a_secret_at_once_the_second_takes_the_firsts() {
    let world = world().await;
    let ssm = world.aws.ssm.clone();
    world.injector.set(move |call| {
        if call.operation == "PutParameter" {
            ssm.put(PARAMETER, Kind::SecureString, "of-another").unwrap();
        }
        InjectedFault::None
    });
    let cursor = cursor(&world).await;
    assert_eq!(world.aws.ssm.value(PARAMETER).unwrap().as_deref(), Some("of-another"));
    world.clock.advance(HELD_FOR);
    assert!(takes(&world, &cursor).await, "it was signed with the other's");
}

#[tokio::test]
async fn a_secret_whose_making_was_not_answered_is_found() {
    for fault in [InjectedFault::AnswerLost, InjectedFault::RefusedAfter, InjectedFault::DiesAfter] {
        let world = world().await;
        let mut fault = Some(fault);
        world.injector.set(move |call| match call.operation.as_str() {
            "PutParameter" => fault.take().unwrap_or_default(),
            _ => InjectedFault::None,
        });
        let cursor = cursor(&world).await;
        world.clock.advance(HELD_FOR);
        assert!(takes(&world, &cursor).await);
    }
}

#[tokio::test]
async fn a_new_secret_takes_effect_when_the_old_one_has_been_held_long_enough() {
    let world = world().await;
    let signed_before = cursor(&world).await;
    world.aws.ssm.put(PARAMETER, Kind::SecureString, "rotated").unwrap();
    world.clock.advance(HELD_FOR - Duration::from_millis(1));
    assert!(takes(&world, &signed_before).await);
    world.clock.advance(Duration::from_millis(1));
    assert!(!takes(&world, &signed_before).await);
    assert!(takes(&world, &cursor(&world).await).await);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_again_goes_on_being_used() {
    let world = world().await;
    let signed = cursor(&world).await;
    world.clock.advance(HELD_FOR);
    world.injector.set(|call| {
        if call.operation == "GetParameter" { InjectedFault::Refused } else { InjectedFault::None }
    });
    assert!(takes(&world, &signed).await);
    let counts = counted(&world);
    assert!(takes(&world, &signed).await);
    assert_eq!(*counts.lock().unwrap(), BTreeMap::new(), "it is not asked for by every request");
    world.clock.advance(ASKED_AGAIN_AFTER);
    assert!(takes(&world, &signed).await);
    assert_eq!(counts.lock().unwrap()["GetParameter"], 1);
}

#[tokio::test]
async fn without_the_secret_a_listing_fails_and_says_no_more() {
    let world = world().await;
    world.injector.set(|call| {
        if call.operation == "GetParameter" { InjectedFault::Refused } else { InjectedFault::None }
    });
    let authorization = format!("Bearer {}", world.key);
    let headers = [("authorization", authorization.as_str())];
    let answer = world.send(http::Method::GET, "/v1/uploads", &headers, "").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (500, "internal"));
    assert!(!answer.json.to_string().contains("millrace/"), "{answer:?}");
    world.injector.clear();
    assert_eq!(world.get("/v1/uploads").await.status, 200);
}

//! Keys that are made at the same moment: their number keeps its bound.

use local::connector::InjectedFault;
use shared::api_key::ApiKey;
use shared::scope::Scope;
use shared::tenant::Tenant;

use super::*;
use crate::claims::let_run;

/// A key's registration outlasts its request by this.
const UNDER_WAY: Duration = Duration::from_secs(35);

impl World {
    /// A world whose tenant has this many keys, made past the API.
    async fn with_keys(count: usize) -> Self {
        let world = Self::new().await;
        for _ in 1..count {
            world.add_key_with(&[Scope::UploadsRead]).await;
        }
        world
    }

    async fn keys(&self) -> Vec<ApiKey> {
        let tenant = Tenant::parse("acme").expect("a tenant's name");
        self.developer.table.list_api_keys(&tenant).await.expect("the table answers")
    }
}

fn body() -> Value {
    json!({ "name": "one of many", "scopes": ["uploads:read"] })
}

#[tokio::test]
async fn of_two_keys_that_are_made_at_once_with_room_for_one_one_is_made() {
    let mut paused = 0;
    for number in 1.. {
        let world = World::with_keys(KEYS_MAX - 2).await;
        assert_eq!(world.post("/v1/api-keys", &body(), None).await.status, StatusCode::CREATED);
        let proceed = world.pause("api", number);
        let first = world.post("/v1/api-keys", &body(), None).await;
        world.injector.clear();
        if first.status == StatusCode::CREATED {
            break;
        }
        let second = world.post("/v1/api-keys", &body(), None).await;
        assert!(matches!(second.code(), "" | "limit_reached"), "{second:?}");
        proceed.notify_one();
        let_run().await;
        assert_eq!(world.keys().await.len(), KEYS_MAX, "paused at call {number}");
        paused = number;
    }
    assert!(paused > 4, "a key is made with more calls than {paused}");
}

#[tokio::test]
async fn a_key_that_was_never_made_takes_no_room_for_long() {
    let world = World::with_keys(KEYS_MAX - 1).await;
    let mut is_entered = false;
    world.injector.set(move |call| {
        let puts_key = is_entered && call.function == "api" && call.operation.contains("PutItem");
        is_entered |= call.operation.contains("PutItem") && call.body.contains("#register#");
        if puts_key { InjectedFault::Dies } else { InjectedFault::None }
    });
    assert!(world.post("/v1/api-keys", &body(), None).await.status.is_server_error());
    world.injector.clear();
    assert_eq!(world.post("/v1/api-keys", &body(), None).await.code(), "limit_reached");
    world.clock.advance(UNDER_WAY);
    assert_eq!(world.post("/v1/api-keys", &body(), None).await.status, StatusCode::CREATED);
    assert_eq!(world.post("/v1/api-keys", &body(), None).await.code(), "limit_reached");
    assert_eq!(world.keys().await.len(), KEYS_MAX);
}

#[tokio::test]
async fn a_key_that_no_longer_works_makes_room() {
    let world = World::with_keys(KEYS_MAX - 1).await;
    let made = world.post("/v1/api-keys", &body(), None).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(world.delete(&path_of(&made), None).await.status, StatusCode::NO_CONTENT);
    world.clock.advance(UNDER_WAY);
    assert_eq!(world.post("/v1/api-keys", &body(), None).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn many_keys_that_are_made_at_once_are_all_made_while_there_is_room() {
    let world = World::new().await;
    let body = body();
    let made = futures_util::future::join_all((0..20).map(|_| world.post("/v1/api-keys", &body, None))).await;
    assert!(made.iter().all(|made| made.status == StatusCode::CREATED), "{made:?}");
    assert_eq!(world.keys().await.len(), 21);
}

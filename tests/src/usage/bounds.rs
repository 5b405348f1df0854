//! The bounds on what a tenant may announce.

use shared::usage::Bounds;

use super::*;
use crate::world::Answer;

const MIB: u64 = 1 << 20;

const BOUNDS: Bounds = Bounds {
    uploads_in_flight: Some(5),
    bytes_in_flight: Some(100 * MIB),
    bytes_stored: Some(1000 * MIB),
    uploads_stored: None,
};

fn file(size_bytes: u64) -> Value {
    json!({ "filename": "a.bin", "content_type": "application/octet-stream", "size_bytes": size_bytes })
}

impl World {
    /// Announces a file of this size; time passes.
    async fn ask_for(&self, size_bytes: u64, key: Option<&str>) -> Answer {
        self.clock.advance(Duration::from_millis(1));
        self.post("/v1/uploads", &file(size_bytes), key).await
    }

    async fn bounded() -> Self {
        let mut world = Self::new().await;
        world.bound(BOUNDS);
        world
    }
}

fn assert_refused(answer: &Answer, code: &str, seconds: &str, detail: &str) {
    assert_eq!((answer.status.as_u16(), answer.code()), (429, code), "{answer:?}");
    assert_eq!(answer.headers["retry-after"], seconds, "{answer:?}");
    assert_eq!(answer.json["detail"], detail);
}

#[tokio::test]
async fn over_each_bound_an_upload_is_refused_and_told_which_and_when_to_try_again() {
    let mut world = World::bounded().await;
    for _ in 0..5 {
        assert_eq!(world.ask_for(10, None).await.status, StatusCode::CREATED);
    }
    let detail = "at most 5 uploads may be in flight, and 5 are: one is until it has ended";
    let refused = world.ask_for(10, None).await;
    assert_refused(&refused, "too_many_uploads_in_flight", "60", detail);
    world.observe().await;
    assert_refused(&world.ask_for(10, None).await, "too_many_uploads_in_flight", "60", detail);
    assert_eq!(world.rows().uploads.len(), 5);

    let mut world = World::bounded().await;
    assert_eq!(world.ask_for(100 * MIB - 10, None).await.status, StatusCode::CREATED);
    let detail = "at most 104857600 bytes may be in flight; 104857590 are, and this upload would add 11: all count \
                  until it has ended";
    assert_refused(&world.ask_for(11, None).await, "too_many_bytes_in_flight", "60", detail);
    world.observe().await;
    assert_refused(&world.ask_for(11, None).await, "too_many_bytes_in_flight", "60", detail);
    assert_eq!(world.ask_for(10, None).await.status, StatusCode::CREATED, "just enough");

    let mut world = World::new().await;
    world.bound(Bounds { bytes_stored: Some(2000), bytes_in_flight: None, ..BOUNDS });
    let bytes = vec![b'-'; 1500];
    let made = world.ask_for(1500, None).await.created();
    assert_eq!(world.put(&made, &bytes).await, StatusCode::OK);
    world.settle().await;
    world.assert_counted("once it is stored").await;
    let detail = "at most 2000 bytes may be stored; 1500 are, or are in flight, and this would add 501: \
                  deleting uploads makes room";
    assert_refused(&world.ask_for(501, None).await, "storage_full", "3600", detail);
    assert_eq!(world.ask_for(500, None).await.status, StatusCode::CREATED);
    let refused = world.ask_for(1, None).await;
    assert_eq!(refused.code(), "storage_full", "what is in flight is about to be stored: {refused:?}");
    world.delete_upload(&made.id).await;
    world.settle().await;
    assert_eq!(world.ask_for(501, None).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn however_small_they_are_uploads_are_bounded_by_their_number() {
    let mut world = World::new().await;
    world.bound(Bounds { uploads_stored: Some(2), ..Bounds::NONE });
    let made = world.ask_for(1, None).await.created();
    assert_eq!(world.put(&made, b"-").await, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.ask_for(1, None).await.status, StatusCode::CREATED);
    let detail = "at most 2 uploads may be stored, and 2 are, or are in flight: deleting uploads makes room";
    assert_refused(&world.ask_for(1, None).await, "storage_full", "3600", detail);
    world.delete_upload(&made.id).await;
    world.settle().await;
    world.assert_counted("once one is deleted, and the other has expired").await;
    assert_eq!(world.ask_for(1, None).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_upload_that_alone_is_larger_than_a_bound_is_refused_like_any_other() {
    let world = World::bounded().await;
    assert_eq!(world.ask_for(100 * MIB + 1, None).await.code(), "too_many_bytes_in_flight");
    assert_eq!(world.ask_for(100 * MIB, None).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn room_comes_back_when_uploads_end() {
    let mut world = World::bounded().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(world.ask_for(10, None).await.created().id);
    }
    assert_eq!(world.ask_for(10, None).await.code(), "too_many_uploads_in_flight");
    let abort = format!("/v1/uploads/{}/abort", ids[0]);
    assert_eq!(world.post(&abort, &json!({}), None).await.status, StatusCode::OK);
    world.delete_upload(&ids[1]).await;
    world.deliver_all().await;
    for _ in 0..2 {
        assert_eq!(world.ask_for(10, None).await.status, StatusCode::CREATED);
    }
    assert_eq!(world.ask_for(10, None).await.code(), "too_many_uploads_in_flight");
}

#[tokio::test]
async fn what_a_key_made_before_is_answered_over_every_bound_and_a_refused_key_is_free() {
    let mut world = World::bounded().await;
    let made = world.ask_for(10, Some("first")).await;
    for number in 1..5 {
        world.ask_for(10, Some(&format!("other-{number}"))).await;
    }
    let large = world.ask_for(20 * MIB, Some("large")).await;
    assert_eq!(large.code(), "too_many_uploads_in_flight");
    for is_counted in [false, true] {
        let again = world.ask_for(10, Some("first")).await;
        assert_eq!(
            (again.status, &again.json["id"]),
            (StatusCode::CREATED, &made.json["id"]),
            "{is_counted}"
        );
        assert_eq!(again.headers["idempotency-replayed"], "true");
        let another = world.ask_for(11, Some("first")).await;
        assert_eq!(another.code(), "idempotency_key_reused", "{is_counted}");
        world.observe().await;
    }
    let open = world.aws.s3.open_uploads(&world.template.buckets[0].name).unwrap();
    assert!(open.is_empty(), "what was refused left parts behind: {open:?}");
    world.delete_upload(made.json["id"].as_str().unwrap()).await;
    world.deliver_all().await;
    let smaller = world.ask_for(10 * MIB, Some("large")).await;
    assert_eq!(smaller.status, StatusCode::CREATED, "the key was free for another request: {smaller:?}");
    let gone = world.ask_for(10, Some("first")).await;
    assert_eq!((gone.status, &gone.json["state"]), (StatusCode::CREATED, &json!("deleted")));
}

#[tokio::test]
async fn what_a_tenant_has_leaves_another_its_own_bounds() {
    let mut world = World::bounded().await;
    for _ in 0..5 {
        world.ask_for(10, None).await;
    }
    assert_eq!(world.ask_for(10, None).await.code(), "too_many_uploads_in_flight");
    // A name that begins alike.
    world.key = world.add_tenant("acme-2").await;
    for _ in 0..5 {
        assert_eq!(world.ask_for(10, None).await.status, StatusCode::CREATED);
    }
    world.observe().await;
    assert_eq!((world.counted("acme").uploads_in_flight, world.counted("acme-2").uploads_in_flight), (5, 5));
    assert_eq!(world.ask_for(10, None).await.code(), "too_many_uploads_in_flight");
}

#[tokio::test]
async fn a_process_goes_by_what_it_knows_while_usage_cannot_be_read() {
    for fault in [
        InjectedFault::Refused,
        InjectedFault::Throttled("ThrottlingException"),
        InjectedFault::AnswerLost,
        InjectedFault::Stalls,
    ] {
        let world = World::bounded().await;
        let (injected, clock) = (fault.clone(), world.clock.clone());
        world.injector.set(move |call| {
            let is_usage = call.operation == "GetItem" && call.body.contains("#usage");
            // Who waits for an answer sees time pass.
            clock.advance(Duration::from_millis(if is_usage { 600 } else { 0 }));
            if is_usage { injected.clone() } else { InjectedFault::None }
        });
        for _ in 0..5 {
            assert_eq!(world.ask_for(10, None).await.status, StatusCode::CREATED, "{fault:?}");
        }
        assert_eq!(world.ask_for(10, None).await.code(), "too_many_uploads_in_flight", "{fault:?}");
        world.injector.clear();
        assert_eq!(world.ask_for(10, None).await.code(), "too_many_uploads_in_flight", "{fault:?}");
    }
}

#[tokio::test]
async fn whatever_aws_does_what_a_key_made_is_answered_over_every_bound() {
    for seed in 0..5 {
        let mut world = World::hostile(seed).await;
        world.bound(BOUNDS);
        let mut made = Vec::new();
        for number in 0..30 {
            let key = format!("key-{number}");
            let mut answer = world.ask_for(10, Some(&key)).await;
            while answer.status.is_server_error() {
                answer = world.ask_for(10, Some(&key)).await;
            }
            match answer.status {
                StatusCode::CREATED => made.push((key, answer.json["id"].clone())),
                _ => assert_eq!(answer.code(), "too_many_uploads_in_flight", "seed {seed}"),
            }
            world.observe().await;
        }
        // Uploads that pass on a stale answer, or on none, are counted.
        assert!((5..20).contains(&made.len()), "seed {seed}: {} were accepted", made.len());
        for (key, id) in made {
            let mut again = world.ask_for(10, Some(&key)).await;
            while again.status.is_server_error() {
                again = world.ask_for(10, Some(&key)).await;
            }
            assert_eq!((again.status, &again.json["id"]), (StatusCode::CREATED, &id), "seed {seed}");
        }
    }
}

#[tokio::test]
async fn without_bounds_nothing_is_read_and_nothing_refused() {
    let mut world = World::new().await;
    world.bound(Bounds::NONE);
    world.injector.set(|call| {
        assert!(!call.body.contains("#usage"), "{call:?}");
        InjectedFault::None
    });
    for _ in 0..20 {
        assert_eq!(world.ask_for(5 << 30, None).await.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn the_templates_parameters_are_the_bounds() {
    let world = World::new().await;
    assert_eq!(world.environment("api", 1).bounds, Bounds::default());
    let function = world.template.function("api").unwrap();
    assert_eq!(function.environment["TENANT_UPLOADS_IN_FLIGHT_MAX"], "10000");
}

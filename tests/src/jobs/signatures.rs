//! Signing keys: receivers can tell who sent a request.

use serde_json::json;
use shared::signing_key::KNOWN_FOR;

use super::job;
use super::receiver::{Received, Receiver};
use crate::world::World;

/// Verifies a request as the specification of Standard Webhooks says, by code of its own.
fn is_signed_by(received: &Received, secret: &str) -> bool {
    use hmac::{Hmac, KeyInit, Mac};
    let key = base64_of(secret.strip_prefix("whsec_").expect("the prefix"));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("a key of any length");
    let (id, at) = (received.header("webhook-id"), received.header("webhook-timestamp"));
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(&received.body);
    let expected = mac.finalize().into_bytes();
    let signatures = received.header("webhook-signature").split(' ');
    signatures.filter_map(|one| one.strip_prefix("v1,")).any(|one| base64_of(one) == expected[..])
}

fn base64_of(text: &str) -> Vec<u8> {
    use base64::prelude::{BASE64_STANDARD, Engine};
    BASE64_STANDARD.decode(text).expect("base 64")
}

async fn create(world: &World) -> (String, String) {
    let created = world.post("/v1/signing-keys", &json!({}), None).await;
    assert_eq!(created.status, 201, "{created:?}");
    let text = |name: &str| created.json[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[tokio::test]
async fn requests_are_signed_by_every_key_so_that_one_can_be_replaced_without_a_gap() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    world.finish(&job()).await;
    assert_eq!(receiver.received()[0].header("webhook-signature"), "", "there is no key yet");
    let (old_id, old) = create(&world).await;
    world.clock.advance(KNOWN_FOR);
    world.finish(&job()).await;
    let (_, new) = create(&world).await;
    world.clock.advance(KNOWN_FOR);
    world.finish(&job()).await;
    assert_eq!(world.delete(&format!("/v1/signing-keys/{old_id}"), None).await.status, 204);
    world.clock.advance(KNOWN_FOR);
    world.finish(&job()).await;
    let received = receiver.received();
    let signed: Vec<_> =
        received[1..].iter().map(|one| (is_signed_by(one, &old), is_signed_by(one, &new))).collect();
    assert_eq!(signed, [(true, false), (true, true), (false, true)]);
    let at: i64 = received[3].header("webhook-timestamp").parse().unwrap();
    assert!((world.clock.now().as_secs() - at).abs() < 10);
}

#[tokio::test]
async fn each_attempt_is_signed_at_its_own_time() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[500, 200]);
    let (_, secret) = create(&world).await;
    let mut request = super::with(json!({ "retry": { "delays_seconds": [600] } }));
    request["input"]["body"] = json!("{\"amount\": 7}");
    world.finish(&request).await;
    let received = receiver.received();
    assert!(received.iter().all(|received| is_signed_by(received, &secret)), "{received:?}");
    let at: Vec<i64> = received.iter().map(|one| one.header("webhook-timestamp").parse().unwrap()).collect();
    assert!(at[1] >= at[0] + 600, "{at:?}");
    let mut changed = received[1].clone();
    changed.body = "{\"amount\": 8}".into();
    assert!(!is_signed_by(&changed, &secret));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_stored_sealed() {
    let world = World::new().await;
    let first = world.post("/v1/signing-keys", &json!({}), Some("once")).await;
    let secret = first.json["secret"].as_str().unwrap();
    let again = world.post("/v1/signing-keys", &json!({}), Some("once")).await;
    assert_eq!((again.status.as_u16(), &again.json["id"]), (201, &first.json["id"]));
    assert_eq!(
        (again.json.get("secret"), &again.headers["idempotency-replayed"]),
        (None, &"true".parse().unwrap())
    );
    let path = first.headers["location"].to_str().unwrap();
    let shown =
        format!("{:?} {:?} {:?}", world.get(path).await, world.get("/v1/signing-keys").await, world.items());
    assert!(!shown.contains(secret), "{shown}");
    let listed = world.get("/v1/signing-keys").await.json;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_tenant_has_few_keys_and_its_own_alone() {
    let mut world = World::new().await;
    let (id, _) = create(&world).await;
    for _ in 0..2 {
        create(&world).await;
    }
    assert_eq!(world.post("/v1/signing-keys", &json!({}), None).await.code(), "limit_reached");
    world.key = world.add_tenant("other").await;
    assert_eq!(world.get(&format!("/v1/signing-keys/{id}")).await.code(), "not_found");
    assert_eq!(world.delete(&format!("/v1/signing-keys/{id}"), None).await.code(), "not_found");
    create(&world).await;
}

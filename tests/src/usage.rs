//! The usage of tenants is counted, bounds what they may announce, and is given back however it ends.

use shared::upload::key;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use local::connector::InjectedFault;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::tenant::Tenant;
use shared::usage::Usage;

use crate::pictures;
use crate::world::World;

mod batches;
mod bounds;
mod costs;
mod overshoot;
mod recounts;
mod room;

pub use costs::bytes_of;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl World {
    /// Returns a tenant's count, as it lies in the table.
    pub fn counted(&self, tenant: &str) -> Usage {
        let key = format!("{tenant}#usage");
        let rows = self.items();
        let row = rows.iter().find(|row| row["pk"]["S"] == key.as_str());
        let count = |name: &str| {
            let count = row.and_then(|row| row[name]["N"].as_str());
            count.map_or(0, |count| count.parse().expect("a number"))
        };
        Usage {
            uploads_in_flight: count("uploads_in_flight"),
            bytes_in_flight: count("bytes_in_flight"),
            bytes_stored: count("bytes_stored"),
            uploads_stored: count("uploads_stored"),
        }
    }

    /// Returns a tenant's real usage: in flight by its rows, and stored by the bucket.
    pub async fn real(&self, tenant: &str) -> Usage {
        let tenant = Tenant::parse(tenant).expect("a tenant's name");
        let uploads = self.rows().uploads;
        let in_flight: Vec<_> = uploads
            .iter()
            .filter(|upload| upload.tenant == tenant && !upload.state.is_final() && !upload.state.is_gone())
            .collect();
        let mut real = Usage {
            uploads_in_flight: in_flight.len() as i64,
            bytes_in_flight: in_flight.iter().map(|upload| upload.size_bytes as i64).sum(),
            ..Usage::default()
        };
        for (prefix, is_of_originals) in
            [(key::originals_of(&tenant), true), (key::derivatives_of(&tenant), false)]
        {
            let bucket = &self.developer.bucket;
            let page = bucket.stored_under(&prefix, None, Timestamp::MAX).await.expect("the store answers");
            assert_eq!(page.last_key, None, "one page holds all of a test");
            real.bytes_stored += page.bytes;
            real.uploads_stored += if is_of_originals { page.objects } else { 0 };
        }
        real
    }

    pub async fn assert_counted(&self, when: &str) {
        assert_eq!(self.counted("acme"), self.real("acme").await, "{when}");
    }

    /// Delivers what the stream holds to observer alone.
    pub async fn observe(&mut self) {
        for stream in self.sources.streams.iter_mut().filter(|stream| stream.function == "observer") {
            while stream.deliver().await.expect("the emulation works") {}
        }
    }

    /// Lets a day pass, and the minute in which recounts are made.
    pub async fn recount(&mut self) {
        self.clock.advance(DAY + Duration::from_secs(60 * 60));
        self.tick().await;
    }

    pub async fn usage(&self) -> Value {
        self.get("/v1/usage").await.json
    }
}

fn of(uploads: i64, bytes_in_flight: usize, bytes_stored: usize) -> Usage {
    Usage {
        uploads_in_flight: uploads,
        bytes_in_flight: bytes_in_flight as i64,
        bytes_stored: bytes_stored as i64,
        uploads_stored: i64::from(bytes_stored > 0),
    }
}

#[tokio::test]
async fn what_is_accepted_is_in_flight_until_it_is_ready_and_stored_until_it_is_deleted() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb", "large"]).await;
    world.deliver_all().await;
    assert_eq!(world.counted("acme"), of(1, bytes.len(), 0));
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.deliver_notifications().await;
    world.observe().await;
    assert_eq!(world.counted("acme"), of(1, bytes.len(), bytes.len()));
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "ready");
    world.assert_counted("once it is ready").await;
    let with_derivatives = world.counted("acme");
    assert_eq!(with_derivatives.uploads_in_flight, 0);
    assert!(with_derivatives.bytes_stored > bytes.len() as i64, "derivatives are stored, too");
    world.delete_upload(&created.id).await;
    world.settle().await;
    assert_eq!(world.counted("acme"), Usage::default());
    world.assert_counted("once it is deleted").await;
}

/// Announces an upload, and brings it to an end of this kind.
pub async fn end(world: &mut World, state: &str) -> String {
    let mut bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    world.deliver_all().await;
    let path = format!("/v1/uploads/{}", created.id);
    match state {
        "ready" | "failed" => {
            if state == "failed" {
                world.injector.set(|call| {
                    let is_read = call.function == "media" && call.operation.starts_with("GET ");
                    if is_read { InjectedFault::Refused } else { InjectedFault::None }
                });
            }
            assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
        }
        "rejected" => {
            bytes.fill(b'-');
            assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
        }
        "corrupt" => {
            let end = bytes.len() - 20;
            bytes[end..].fill(b'-');
            assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
        }
        "aborted" => {
            assert_eq!(world.post(&format!("{path}/abort"), &json!({}), None).await.status, StatusCode::OK);
        }
        "deleted" => world.delete_upload(&created.id).await,
        "deleted under way" => {
            assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
            world.deliver_notifications().await;
            world.delete_upload(&created.id).await;
        }
        _ => {}
    }
    world.settle().await;
    world.injector.clear();
    created.id
}

#[tokio::test]
async fn what_is_in_flight_is_given_back_whatever_the_end_and_what_is_stored_once_it_is_gone() {
    let ends = [
        ("ready", "ready"),
        ("failed", "failed"),
        ("rejected", "rejected"),
        ("corrupt", "rejected"),
        ("aborted", "aborted"),
        ("expired", "expired"),
        ("deleted", ""),
        ("deleted under way", ""),
    ];
    for (kind, state) in ends {
        let mut world = World::new().await;
        let id = end(&mut world, kind).await;
        let shown = world.get(&format!("/v1/uploads/{id}")).await;
        assert_eq!(shown.json["state"].as_str().unwrap_or_default(), state, "{kind}");
        let counted = world.counted("acme");
        assert_eq!((counted.uploads_in_flight, counted.bytes_in_flight), (0, 0), "{kind}");
        let is_kept = ["ready", "failed"].contains(&kind);
        assert_eq!(counted.bytes_stored > 0, is_kept, "{kind}");
        world.assert_counted(kind).await;
        world.delete_upload(&id).await;
        world.settle().await;
        assert_eq!(world.counted("acme"), Usage::default(), "{kind}, then deleted");
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn what_a_tenant_has_is_shown_with_its_bounds() {
    let mut world = World::new().await.without_latency();
    let bounds =
        json!({ "stored": 1_099_511_627_776_u64, "uploads": 10_000_000, "bytes": 214_748_364_800_u64 });
    let shown = |stored: usize, uploads: usize, bytes: usize, as_of: Value| {
        json!({
            "stored": {
                "uploads": usize::from(stored > 0), "uploads_max": bounds["uploads"],
                "size_bytes": stored, "size_bytes_max": bounds["stored"],
            },
            "in_flight": {
                "uploads": uploads, "uploads_max": 10_000,
                "size_bytes": bytes, "size_bytes_max": bounds["bytes"],
            },
            "as_of": as_of,
            "links": { "self": "/v1/usage" },
        })
    };
    assert_eq!(world.usage().await, shown(0, 0, 0, Value::Null));
    let bytes = pictures::small();
    world.announce(&bytes, &[]).await;
    let at = world.clock.now();
    world.deliver_all().await;
    world.clock.advance(Duration::from_secs(3));
    assert_eq!(world.usage().await, shown(0, 1, bytes.len(), json!(at.to_rfc3339())));
    let other = world.add_tenant("other").await;
    let others = world.get_as(&other, "/v1/usage").await;
    assert_eq!((others.status, others.json), (StatusCode::OK, shown(0, 0, 0, Value::Null)));
    assert!(others.headers.contains_key("etag"));
}

#[tokio::test]
async fn the_recorded_payloads_amount_to_what_they_say() {
    let world = World::new().await;
    let payload = |name: &str| {
        let path = format!("{}/../events/observer/{name}.json", env!("CARGO_MANIFEST_DIR"));
        Bytes::from(std::fs::read(path).expect("a payload"))
    };
    let mut told = Vec::new();
    for name in ["upload-announced", "batch", "upload-deleted"] {
        world.invoker.invoke("observer", payload(name)).await.expect("observer takes it");
        told.push(world.counted("demo"));
    }
    assert_eq!(told, [of(1, 1_021_283, 0), of(0, 0, 1_021_283 + 48_216), Usage::default()]);
    world.assert_at_rest().await;
}

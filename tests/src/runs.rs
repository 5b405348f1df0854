//! Runs: an upload that is there is gone through once more, with another recipe.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::pictures;
use crate::world::{Answer, World, announcement};

mod faults;
mod races;

/// The body that asks for a run with these steps.
fn recipe_of(steps: &[&str]) -> Value {
    json!({ "recipe": announcement(&pictures::small(), steps)["recipe"] })
}

impl World {
    /// An upload that is ready, with the step `thumb`.
    async fn ready(&mut self) -> String {
        let id = self.upload(&pictures::small(), &["thumb"]).await;
        self.settle().await;
        assert_eq!(self.state_of(&id).await, "ready");
        id
    }

    async fn run(&self, id: &str, steps: &[&str], idempotency_key: Option<&str>) -> Answer {
        self.post(&format!("/v1/uploads/{id}/runs"), &recipe_of(steps), idempotency_key).await
    }
}

#[tokio::test]
async fn a_run_makes_derivatives_beside_those_that_are_there() {
    let mut world = World::new().await;
    let id = world.ready().await;
    let before = world.shown(&id).await;
    let created = world.run(&id, &["large", "tiny<large"], None).await;
    assert_eq!((created.status, &created.json["number"]), (StatusCode::CREATED, &json!(1)), "{created:?}");
    assert_eq!(created.json["state"], "received");
    let own = format!("/v1/uploads/{id}/runs/1");
    assert_eq!(created.headers["location"], own.as_str());
    world.settle().await;

    let shown = world.get(&own).await.json;
    assert_eq!(shown["state"], "ready", "{shown}");
    let names: Vec<_> = shown["derivatives"].as_array().unwrap().iter().map(|made| &made["name"]).collect();
    assert_eq!(names, ["large", "tiny"]);
    for made in shown["derivatives"].as_array().unwrap() {
        assert_eq!(world.download(made["url"].as_str().unwrap()).await.0, StatusCode::OK);
        let job = world.get(made["links"]["job"].as_str().unwrap()).await.json;
        assert_eq!(job["links"]["upload"], json!(format!("/v1/uploads/{id}")));
        assert_eq!((&job["upload"], &job["run"], &job["step"]), (&json!(id), &json!(1), &made["name"]));
        assert_eq!(job["links"]["run"], json!(own));
    }
    let url = format!("/v1/uploads/{id}/url?derivative=tiny");
    assert_eq!(world.get(&url).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(&format!("{url}&run=2")).await.status, StatusCode::NOT_FOUND);
    let url = world.get(&format!("{url}&run=1")).await.json;
    assert_eq!(world.download(url["url"].as_str().unwrap()).await.0, StatusCode::OK);

    assert_eq!(world.shown(&id).await, before, "the upload is as it was");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn runs_are_listed_newest_first_and_numbered_from_one() {
    let mut world = World::new().await;
    let id = world.ready().await;
    let path = format!("/v1/uploads/{id}/runs");
    assert_eq!(world.get(&path).await.json, json!({ "data": [] }));
    for steps in [["a"], ["b"], ["c"]] {
        world.run(&id, &steps, None).await;
    }
    let listed = world.get(&path).await.json;
    let numbers: Vec<_> =
        listed["data"].as_array().unwrap().iter().map(|run| run["number"].clone()).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert!(listed["data"][0].get("derivatives").is_none());
    assert_eq!(
        world.get("/v1/uploads").await.json["data"].as_array().unwrap().len(),
        1,
        "a run is no upload"
    );
    for number in ["0", "4", "x", "-1", "4294967296"] {
        assert_eq!(world.get(&format!("{path}/{number}")).await.status, StatusCode::NOT_FOUND, "{number}");
    }
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn the_same_step_again_makes_the_same_object() {
    let mut world = World::new().await;
    let id = world.ready().await;
    world.run(&id, &["thumb"], None).await;
    world.settle().await;
    let first = world.shown(&id).await["derivatives"][0].clone();
    let again = world.get(&format!("/v1/uploads/{id}/runs/1")).await.json["derivatives"][0].clone();
    let object = |made: &Value| made["url"].as_str().unwrap().split('?').next().unwrap().to_owned();
    assert_eq!(object(&first), object(&again));
    assert_ne!(first["links"]["job"], again["links"]["job"], "it was done by another job");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn an_idempotency_key_names_the_run_that_it_made() {
    let mut world = World::new().await;
    let id = world.ready().await;
    let first = world.run(&id, &["large"], Some("the-key")).await;
    world.settle().await;
    world.run(&id, &["other"], None).await;
    let again = world.run(&id, &["large"], Some("the-key")).await;
    assert_eq!((again.status, &again.json["number"]), (StatusCode::CREATED, &first.json["number"]));
    assert_eq!(
        (&again.json["state"], &again.headers["idempotency-replayed"]),
        (&json!("ready"), &"true".parse().unwrap())
    );
    let other = world.run(&id, &["medium"], Some("the-key")).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    assert_eq!(world.rows().runs.len(), 2);
}

#[tokio::test]
async fn a_run_may_use_a_recipe_that_is_kept() {
    let mut world = World::new().await;
    let id = world.ready().await;
    let kept = json!({ "steps": [{ "name": "kept", "image": { "width": 4 } }] });
    world.put_json("/v1/recipes/avatars", &kept, None).await;
    let path = format!("/v1/uploads/{id}/runs");
    let created = world.post(&path, &json!({ "recipe": "avatars" }), None).await;
    assert_eq!(created.json["recipe"], json!({ "name": "avatars", "version": 1 }), "{created:?}");
    let unknown = world.post(&path, &json!({ "recipe": "avatars@2" }), None).await;
    assert_eq!((unknown.code(), &unknown.json["errors"][0]["pointer"]), ("invalid", &json!("/recipe")));
    world.settle().await;
    assert_eq!(world.get(&format!("{path}/1")).await.json["state"], "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_long_recipe_is_carried_out_whole() {
    let mut world = World::new().await;
    let id = world.ready().await;
    let names: Vec<String> = (0..10).map(|index| format!("a-step-with-a-rather-long-name-{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.run(&id, &names, None).await;
    world.settle().await;
    let shown = world.get(&format!("/v1/uploads/{id}/runs/1")).await.json;
    assert_eq!((&shown["state"], shown["derivatives"].as_array().unwrap().len()), (&json!("ready"), 10));
    world.assert_at_rest().await;
    world.delete_upload(&id).await;
    world.assert_only_remembered(&id).await;
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_and_says_why() {
    let mut world = World::new().await;
    let pending = world.announce(&pictures::small(), &[]).await.id;
    let refused = world.run(&pending, &["a"], None).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "conflict"));
    assert!(refused.json["detail"].as_str().unwrap().contains("pending"), "{refused:?}");
    assert_eq!(world.run("upl_00000000000000000000000000", &["a"], None).await.status, StatusCode::NOT_FOUND);

    let id = world.ready().await;
    let path = format!("/v1/uploads/{id}/runs");
    for (body, pointer) in [
        (json!({}), "/recipe"),
        (json!({ "recipe": {} }), "/recipe/steps"),
        (
            json!({ "recipe": { "steps": [{ "name": "a", "image": { "width": 0 } }] } }),
            "/recipe/steps/0/image/width",
        ),
        (json!({ "recipe": { "steps": [] }, "priority": 1 }), "/priority"),
    ] {
        let refused = world.post(&path, &body, None).await;
        assert_eq!(
            (refused.code(), &refused.json["errors"][0]["pointer"]),
            ("invalid", &json!(pointer)),
            "{body}"
        );
    }
    let body = json!({ "filename": "a.pdf", "content_type": "application/pdf", "size_bytes": 3 });
    let text = world.post("/v1/uploads", &body, None).await.created();
    world.put(&text, b"%PD").await;
    world.settle().await;
    let refused = world.run(&text.id, &["a"], None).await;
    assert_eq!((refused.code(), &refused.json["errors"][0]["pointer"]), ("invalid", &json!("/recipe")));

    world.delete_upload(&id).await;
    assert_eq!(world.run(&id, &["a"], None).await.code(), "gone");
    assert_eq!(world.get(&path).await.code(), "gone");
    assert_eq!(world.get(&format!("{path}/1")).await.code(), "gone");
    assert!(world.rows().runs.is_empty());
}

#[tokio::test]
async fn an_upload_has_at_most_twenty_runs() {
    let mut world = World::new().await;
    let id = world.ready().await;
    for number in 1..=shared::upload::RUNS_MAX {
        let created = world.run(&id, &["thumb"], Some(&format!("run-{number}"))).await;
        assert_eq!(created.json["number"], json!(number));
    }
    let refused = world.run(&id, &["thumb"], None).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "conflict"));
    assert!(refused.json["detail"].as_str().unwrap().contains("20 runs"), "{refused:?}");
    assert_eq!(
        world.run(&id, &["thumb"], Some("run-3")).await.json["number"],
        json!(3),
        "a replay is none more"
    );
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_run_that_fails_leaves_the_upload_and_its_original_alone() {
    let mut world = World::new().await;
    // Whole by its header, and cut off when it is decoded.
    let bytes = &pictures::png(32, 16)[..60];
    let body = json!({ "filename": "a.png", "content_type": "image/png", "size_bytes": bytes.len(),
        "recipe": { "steps": [{ "name": "digest", "checksum": {} }] } });
    let created = world.post("/v1/uploads", &body, None).await.created();
    world.put(&created, bytes).await;
    world.settle().await;
    world.run(&created.id, &["thumb"], None).await;
    world.settle().await;
    let run = world.get(&format!("/v1/uploads/{}/runs/1", created.id)).await.json;
    assert_eq!(run["state"], "failed", "{run}");
    assert!(run["rejection"]["code"].as_str().unwrap().starts_with("image_"), "{run}");
    assert_eq!(world.state_of(&created.id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn deleting_an_upload_takes_its_runs_along() {
    let mut world = World::new().await;
    let id = world.ready().await;
    world.run(&id, &["large", "tiny<large"], None).await;
    world.settle().await;
    world.run(&id, &["medium"], None).await;
    world.delete_upload(&id).await;
    world.assert_only_remembered(&id).await;
    world.clock.advance(Duration::from_secs(8 * 24 * 60 * 60));
    world.aws.dynamodb.sweep().unwrap();
    let rows = world.rows();
    assert!(rows.runs.is_empty() && rows.jobs.is_empty() && rows.uploads.is_empty());
}

#[tokio::test]
async fn a_key_names_a_run_of_one_upload_and_not_of_another() {
    let mut world = World::new().await;
    let first = world.upload(&pictures::small(), &[]).await;
    let second = world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    assert_eq!(world.run(&first, &["a"], Some("the-key")).await.status, StatusCode::CREATED);
    let other = world.run(&second, &["a"], Some("the-key")).await;
    assert_eq!((other.status.as_u16(), other.code()), (422, "idempotency_key_reused"));
}

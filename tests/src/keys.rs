//! Idempotency keys over time: a key names what it made for as long as that exists, and something new afterwards.

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use crate::pictures;
use crate::world::{World, announcement};

impl World {
    /// Removes the upload's row, as its time to live does.
    fn forget(&self, id: &str) {
        let key = json!({ "pk": { "S": format!("acme#{id}") }, "sk": { "S": "upload" } });
        let body = json!({ "TableName": self.template.tables[0].name, "Key": key });
        let request = http::Request::builder()
            .header("x-amz-target", "DynamoDB_20120810.DeleteItem")
            .body(Bytes::from(body.to_string()))
            .expect("a request");
        assert!(self.aws.dynamodb.call(&request).status().is_success());
    }
}

#[tokio::test]
async fn the_failed_jobs_of_a_forgotten_upload_do_not_answer_for_a_new_one() {
    let mut world = World::new().await;
    let good = pictures::small();
    let mut bad = good.clone();
    let last = bad.len() - 1;
    bad[last / 2] ^= 0xff;
    let body = announcement(&good, &["thumb"]);
    let first = world.post("/v1/uploads", &body, Some("the-key")).await.created();
    assert_eq!(world.put(&first, &bad).await, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.state_of(&first.id).await, "rejected");

    world.forget(&first.id);
    world.clock.advance(std::time::Duration::from_secs(1));
    let second = world.post("/v1/uploads", &body, Some("the-key")).await.created();
    assert_eq!(second.id, first.id, "the id is derived from the key");
    assert_eq!(world.put(&second, &good).await, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.state_of(&second.id).await, "ready");
}

#[tokio::test]
async fn the_long_recipe_of_a_forgotten_upload_is_not_taken_for_a_new_ones() {
    let mut world = World::new().await;
    let names: Vec<String> = (0..10).map(|index| format!("a-step-with-a-rather-long-name-{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bytes = pictures::small();
    let ten = world.post("/v1/uploads", &announcement(&bytes, &names), Some("the-key")).await.created();
    world.forget(&ten.id);
    world.clock.advance(std::time::Duration::from_secs(1));
    let eight =
        world.post("/v1/uploads", &announcement(&bytes, &names[..8]), Some("the-key")).await.created();
    assert_eq!(eight.id, ten.id);
    assert_eq!(world.put(&eight, &bytes).await, StatusCode::OK);
    world.settle().await;
    let shown = world.shown(&eight.id).await;
    assert_eq!(shown["state"], "ready");
    assert_eq!(shown["derivatives"].as_array().unwrap().len(), 8);
}

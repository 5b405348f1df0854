//! Whatever is stored, the bound on storage is for it, too: derivatives, and what runs make.

use shared::usage::Bounds;

use super::*;

const TIB: u64 = 1 << 40;

impl World {
    /// Counts so many bytes as stored, whatever is there.
    fn count_stored(&self, bytes: u64) {
        let item = json!({
            "pk": { "S": "acme#usage" }, "sk": { "S": "usage" }, "bytes_stored": { "N": bytes.to_string() },
        });
        let body = json!({ "TableName": self.template.tables[0].name, "Item": item });
        let request = http::Request::builder()
            .method("POST")
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
            .body(Bytes::from(body.to_string()));
        let answer = self.aws.dynamodb.call(&request.expect("a request"));
        assert_eq!(answer.status(), StatusCode::OK);
    }

    fn derivatives(&self) -> usize {
        let keys = self.aws.s3.keys(&self.template.buckets[0].name).expect("the store answers");
        keys.iter().filter(|key| key.starts_with("derived/")).count()
    }
}

#[tokio::test]
async fn a_derivative_for_which_there_is_no_room_is_not_stored() {
    let mut body = crate::world::announcement(&pictures::small(), &["thumb"]);
    let steps = body["recipe"]["steps"].as_array_mut().expect("steps");
    steps.push(json!({ "name": "exif", "metadata": {} }));
    for (stored, expected) in [(TIB - 1, ("failed", 0)), (TIB / 2, ("ready", 2))] {
        let mut world = World::new().await;
        let created = world.post("/v1/uploads", &body, None).await.created();
        assert_eq!(world.put(&created, &pictures::small()).await, StatusCode::OK);
        world.deliver_notifications().await;
        world.count_stored(stored);
        world.settle().await;
        let shown = world.shown(&created.id).await;
        assert_eq!((shown["state"].as_str().unwrap(), world.derivatives()), expected, "{shown}");
        for made in shown["derivatives"].as_array().unwrap().iter().filter(|_| stored == TIB - 1) {
            assert_eq!(made["failure"]["code"], "storage_full", "{made}");
            let detail = made["failure"]["detail"].as_str().unwrap();
            assert!(detail.starts_with("at most 1099511627776 bytes may be stored"), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_run_is_refused_once_there_is_no_room() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let id = world.upload(&bytes, &[]).await;
    world.settle().await;
    let path = format!("/v1/uploads/{id}/runs");
    let body = json!({ "recipe": crate::world::announcement(&bytes, &["large"])["recipe"] });
    world.bound(Bounds { bytes_stored: Some(bytes.len() as u64), ..Bounds::NONE });
    let refused = world.post(&path, &body, Some("a run")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "storage_full"), "{refused:?}");
    assert_eq!(refused.headers["retry-after"], "3600");
    world.bound(Bounds { bytes_stored: Some(bytes.len() as u64 + 1), ..Bounds::NONE });
    let made = world.post(&path, &body, Some("a run")).await;
    assert_eq!(made.status, StatusCode::CREATED, "a key that was refused is free: {made:?}");
    world.bound(Bounds { bytes_stored: Some(1), ..Bounds::NONE });
    let again = world.post(&path, &body, Some("a run")).await;
    assert_eq!(again.json["number"], made.json["number"], "what was accepted before is never refused");
}

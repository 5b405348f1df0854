//! The steps of a recipe besides resizing: they work on each other, tell what a file says, and make several formats.

use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use shared::job::Job;

use crate::pictures;
use crate::world::World;

/// The body that announces a picture with a recipe of these steps.
fn announced(bytes: &[u8], steps: &Value) -> Value {
    json!({ "filename": "photo.png", "content_type": "image/png", "size_bytes": bytes.len(),
        "recipe": { "steps": steps } })
}

/// Sends a picture with a recipe of these steps, and returns the id of the upload at rest.
async fn send(world: &mut World, bytes: &[u8], steps: Value) -> String {
    let created = world.post("/v1/uploads", &announced(bytes, &steps), None).await.created();
    assert_eq!(world.put(&created, bytes).await, StatusCode::OK);
    world.settle().await;
    created.id
}

fn derivative<'a>(shown: &'a Value, name: &str) -> &'a Value {
    let mut all = shown["derivatives"].as_array().unwrap().iter();
    all.find(|derivative| derivative["name"] == name).unwrap()
}

#[tokio::test]
async fn a_step_works_on_what_an_earlier_one_made() {
    let mut world = World::new().await;
    let steps = json!([
        {"name": "square", "image": {"width": 16, "height": 16, "format": "png"}},
        {"name": "half", "from": "square", "image": {"width": 8}},
        {"name": "quarter", "from": "half", "image": {"width": 4}},
        {"name": "wide", "image": {"width": 12}},
    ]);
    let id = send(&mut world, &pictures::png(32, 16), steps).await;
    let shown = world.shown(&id).await;
    assert_eq!(shown["state"], "ready", "{shown}");
    for (name, width, height) in [("square", 16, 16), ("half", 8, 8), ("quarter", 4, 4), ("wide", 12, 6)] {
        let made = derivative(&shown, name);
        assert_eq!((&made["width"], &made["height"]), (&json!(width), &json!(height)), "{name}");
        assert_eq!(world.download(made["url"].as_str().unwrap()).await.0, StatusCode::OK);
    }
    // The image that is shown is the original.
    assert_eq!((&shown["image"]["width"], &shown["image"]["height"]), (&json!(32), &json!(16)));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn an_upload_is_decoded_once_whatever_image_comes_first_and_each_is_as_if_it_came_alone() {
    let steps = [
        json!({"name": "thumb", "image": {"width": 40, "height": 40, "format": "png"}}),
        json!({"name": "page", "image": {"width": 300, "format": "png"}}),
        json!({"name": "card", "image": {"width": 120, "format": "png"}}),
    ];
    let photo = pictures::jpeg_photo(900, 700);
    let mut made = Vec::new();
    for first in 0..steps.len() {
        let mut world = World::new().await;
        let mut turned = steps.to_vec();
        turned.rotate_left(first);
        let body = json!({ "filename": "photo.jpg", "content_type": "image/jpeg", "size_bytes": photo.len(),
            "recipe": { "steps": turned } });
        let created = world.post("/v1/uploads", &body, None).await.created();
        assert_eq!(world.put(&created, &photo).await, StatusCode::OK);
        world.aws.meter.reset();
        world.settle().await;
        let costs = world.aws.meter.costs();
        let reads = &costs[&("media".to_owned(), "s3:GetObject".to_owned())];
        assert_eq!(reads.calls, 1, "the original is read to be decoded alone");
        let shown = world.shown(&created.id).await;
        assert_eq!(shown["state"], "ready", "{shown}");
        let mut images = Vec::new();
        for name in ["thumb", "page", "card"] {
            let url = derivative(&shown, name)["url"].as_str().unwrap();
            images.push(world.download(url).await.1);
        }
        made.push((images, shown["image"].clone()));
    }
    assert!(made.iter().all(|one| one == &made[0]));
}

#[tokio::test]
async fn a_step_that_depends_on_another_is_put_once_that_has_ended_and_costs_what_any_does() {
    let mut world = World::new().await;
    let steps = json!([
        {"name": "first", "image": {"width": 16, "format": "png"}},
        {"name": "second", "from": "first", "image": {"width": 8}},
    ]);
    let bytes = pictures::small();
    let created = world.post("/v1/uploads", &announced(&bytes, &steps), None).await.created();
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.deliver_notifications().await;
    for stream in &mut world.sources.streams {
        while stream.deliver().await.unwrap() {}
    }
    // All has been followed, and no job has run yet.
    let put: Vec<_> = world.rows().jobs.iter().map(|job| step_of(job).to_owned()).collect();
    assert_eq!(put, ["first"], "a step was put before there was something to work on");
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "ready");
    let rows = world.rows();
    let job = |name: &str| rows.jobs.iter().find(|job| step_of(job) == name).unwrap();
    assert!(
        job("second").accepted_at >= job("first").updated_at,
        "it was put before there was something to work on"
    );
    assert!(rows.jobs.iter().all(|job| job.epoch == 1));
}

#[tokio::test]
async fn what_depends_on_a_step_that_failed_has_failed_with_it_and_the_rest_is_made() {
    let mut world = World::new().await;
    let steps = json!([
        {"name": "broken", "image": {"width": 16}},
        {"name": "child", "from": "broken", "image": {"width": 8}},
        {"name": "grandchild", "from": "child", "image": {"width": 4}},
        {"name": "other", "checksum": {}},
    ]);
    // Its header is right, so that it is found out only by who decodes it.
    let cut_off = &pictures::png(32, 16)[..60];
    let id = send(&mut world, cut_off, steps).await;
    let shown = world.shown(&id).await;
    assert_eq!(shown["state"], "failed", "{shown}");
    assert_eq!(derivative(&shown, "broken")["state"], "dead", "{shown}");
    for (name, source) in [("child", "broken"), ("grandchild", "child")] {
        let step = derivative(&shown, name);
        assert_eq!((&step["state"], &step["failure"]["code"]), (&json!("dead"), &json!("source_failed")));
        assert!(step["failure"]["detail"].as_str().unwrap().contains(source), "{step}");
    }
    assert_eq!(derivative(&shown, "other")["state"], "succeeded");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_deleted_upload_takes_the_steps_with_it_that_were_yet_to_be_put() {
    let mut world = World::new().await;
    let steps = json!([
        {"name": "first", "image": {"width": 16, "format": "png"}},
        {"name": "second", "from": "first", "image": {"width": 8}},
    ]);
    let body = announced(&pictures::small(), &steps);
    let created = world.post("/v1/uploads", &body, None).await.created();
    assert_eq!(world.put(&created, &pictures::small()).await, StatusCode::OK);
    world.deliver_notifications().await;
    world.delete_upload(&created.id).await;
    world.run_worker().await;
    world.settle().await;
    let rows = world.rows();
    assert_eq!(rows.jobs.len(), 2, "each step has a row that keeps it from being put");
    assert!(rows.jobs.iter().all(|job| job.state.is_final() && job.output.is_none()));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_metadata_step_tells_what_the_file_says_as_json() {
    let mut world = World::new().await;
    let steps = json!([{"name": "exif", "metadata": {}}]);
    let id = send(&mut world, &pictures::png(32, 16), steps).await;
    let shown = world.shown(&id).await;
    assert_eq!(shown["state"], "ready", "{shown}");
    let exif = derivative(&shown, "exif");
    let (status, body) = world.download(exif["url"].as_str().unwrap()).await;
    assert_eq!((status, body.len() as u64), (StatusCode::OK, exif["size_bytes"].as_u64().unwrap()));
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told, json!({"format": "png", "width": 32, "height": 16}));
    let url = world.get(&format!("/v1/uploads/{id}/url?derivative=exif&disposition=inline")).await.json;
    assert_eq!(
        (&url["content_type"], &url["filename"]),
        (&json!("application/json"), &json!("photo-exif.json"))
    );
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_checksum_step_tells_the_digest_of_any_file() {
    let mut world = World::new().await;
    let bytes = b"not an image".to_vec();
    let body = json!({ "filename": "a.txt", "content_type": "text/plain", "size_bytes": bytes.len(),
        "recipe": { "steps": [{"name": "digest", "checksum": {}}] } });
    let created = world.post("/v1/uploads", &body, None).await.created();
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.settle().await;
    let shown = world.shown(&created.id).await;
    assert_eq!(shown["state"], "ready", "{shown}");
    let digest = derivative(&shown, "digest");
    assert_eq!(digest["sha256"], json!(hex::encode(&Sha256::digest(&bytes)[..])));
    assert!(digest.get("url").is_none() && digest.get("size_bytes").is_none());
    let url = world.get(&format!("/v1/uploads/{}/url?derivative=digest", created.id)).await;
    assert_eq!(url.status, StatusCode::NOT_FOUND);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn auto_makes_what_everybody_reads_and_hands_out_what_the_client_takes() {
    let mut world = World::new().await;
    let steps = json!([{"name": "auto", "image": {"width": 64, "format": "auto"}}]);
    let id = send(&mut world, &pictures::photo(96, 64), steps).await;
    let shown = world.shown(&id).await;
    let auto = derivative(&shown, "auto");
    assert_eq!((&shown["state"], &auto["format"]), (&json!("ready"), &json!("png")), "{shown}");
    let alternatives = auto["alternatives"].as_array().unwrap();
    assert!(!alternatives.is_empty(), "{auto}");
    let mut size = auto["size_bytes"].as_u64().unwrap();
    for alternative in alternatives.iter().rev() {
        assert!(alternative["size_bytes"].as_u64().unwrap() < size, "the smallest comes first: {auto}");
        size = alternative["size_bytes"].as_u64().unwrap();
        let (status, body) = world.download(alternative["url"].as_str().unwrap()).await;
        assert_eq!((status, body.len() as u64), (StatusCode::OK, size));
    }
    let smallest = format!("image/{}", alternatives[0]["format"].as_str().unwrap());
    for (accept, chosen) in [
        ("", "image/png"),
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("image/avif,image/webp,image/*,*/*;q=0.8", smallest.as_str()),
    ] {
        let path = format!("/v1/uploads/{id}/url?derivative=auto&accept={accept}");
        let url = world.get(&path.replace(';', "%3B")).await.json;
        assert_eq!(url["content_type"], chosen, "{accept}: {url}");
        assert_eq!(world.download(url["url"].as_str().unwrap()).await.0, StatusCode::OK);
    }
    world.assert_at_rest().await;
    world.delete_upload(&id).await;
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_recipe_that_cannot_be_carried_out_is_refused_where_it_is_wrong() {
    let world = World::new().await;
    let refusals = async |content_type: &str, size_bytes: u64, steps: Value| {
        let body = json!({ "filename": "a", "content_type": content_type, "size_bytes": size_bytes,
            "recipe": { "steps": steps } });
        let refused = world.post("/v1/uploads", &body, None).await;
        let errors = refused.json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (step, pointer) in [
        (json!({"name": "a"}), "/recipe/steps/0"),
        (json!({"name": "a", "image": {}, "checksum": {}}), "/recipe/steps/0"),
        (json!({"name": "a", "image": {}, "from": "b"}), "/recipe/steps/0/from"),
        (json!({"name": "a", "image": null}), "/recipe/steps/0/image"),
        (json!({"name": "a", "imgae": {}}), "/recipe/steps/0/imgae"),
        (json!({"name": "a", "checksum": {"algorithm": "md5"}}), "/recipe/steps/0/checksum/algorithm"),
        (json!({"name": "a", "image": {"format": "auto", "quality": 80}}), "/recipe/steps/0/image/quality"),
    ] {
        assert_eq!(refusals("image/png", 1, json!([step])).await, [pointer], "{step}");
    }
    // Any file has a digest, of any size; only an image has metadata.
    let of_all = json!([{"name": "a", "checksum": {}}]);
    assert_eq!(refusals("video/mp4", 5 << 30, of_all).await, [""; 0]);
    let of_images = json!([{"name": "a", "metadata": {}}]);
    assert_eq!(refusals("video/mp4", 65 << 20, of_images).await, ["/size_bytes", "/content_type"]);
}

fn step_of(job: &Job) -> &str {
    job.parent.as_ref().map_or("", |parent| parent.step.as_str())
}

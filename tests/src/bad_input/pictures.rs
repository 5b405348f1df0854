//! Bytes that arrive as announced and are no picture, or none that is worked on.

use http::StatusCode;
use serde_json::json;

use super::files;
use crate::pictures;
use crate::world::World;
use crate::world::announcement;

/// Uploads the bytes, with a recipe of one step, and asserts that they are rejected, told why, and removed.
async fn assert_rejected(bytes: &[u8], content_type: &str, code: &str) {
    let mut world = World::new().await;
    let id = upload(&mut world, bytes, content_type).await;
    let shown = world.shown(&id).await;
    assert_eq!((&shown["state"], &shown["rejection"]["code"]), (&json!("rejected"), &json!(code)), "{shown}");
    assert!(!shown["rejection"]["detail"].as_str().unwrap().is_empty());
    world.assert_at_rest().await;
    let bucket = &world.template.buckets[0].name;
    assert!(world.aws.s3.keys(bucket).unwrap().is_empty(), "something is left of the original");
}

async fn upload(world: &mut World, bytes: &[u8], content_type: &str) -> String {
    let mut body = announcement(bytes, &["thumb"]);
    body["content_type"] = json!(content_type);
    let created = world.post("/v1/uploads", &body, None).await.created();
    assert_eq!(world.put(&created, bytes).await, StatusCode::OK);
    world.settle().await;
    created.id
}

#[tokio::test]
async fn a_whole_picture_of_each_kind_is_accepted() {
    for (bytes, content_type) in [(files::jpeg(64, 48), "image/jpeg"), (files::gif(3), "image/gif")] {
        let mut world = World::new().await;
        let id = upload(&mut world, &bytes, content_type).await;
        assert_eq!(world.state_of(&id).await, "ready");
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn text_is_no_jpeg() {
    assert_rejected(b"Dear sir or madam", "image/jpeg", "type_mismatch").await;
    assert_rejected(b"x", "image/jpeg", "type_mismatch").await;
}

#[tokio::test]
async fn a_png_that_is_called_a_jpeg_is_a_png() {
    let mut world = World::new().await;
    let id = upload(&mut world, &pictures::small(), "IMAGE/PJPEG").await;
    let shown = world.shown(&id).await;
    assert_eq!(shown["state"], "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_jpeg_cut_in_the_middle_is_rejected() {
    assert_rejected(&files::half(files::jpeg(64, 48)), "image/jpeg", "image_truncated").await;
}

#[tokio::test]
async fn a_png_cut_in_the_middle_is_rejected() {
    assert_rejected(&files::half(pictures::png(64, 48)), "image/png", "image_truncated").await;
}

#[tokio::test]
async fn a_signature_with_nothing_behind_it_is_rejected() {
    assert_rejected(b"\x89PNG\r\n\x1a\n", "image/png", "image_truncated").await;
    assert_rejected(b"\xff\xd8\xff", "image/jpeg", "image_truncated").await;
    assert_rejected(b"GIF89a", "image/gif", "image_truncated").await;
}

#[tokio::test]
async fn a_small_file_that_would_unfold_to_gigabytes_is_rejected() {
    let bytes = files::png_that_claims(50_000, 50_000);
    assert!(bytes.len() < 4096);
    assert_rejected(&bytes, "image/png", "image_too_large").await;
    assert_rejected(&files::png_that_claims(u32::MAX >> 1, 1), "image/png", "image_too_large").await;
}

#[tokio::test]
async fn an_endless_animation_is_rejected() {
    assert_rejected(&files::gif(10_000), "image/gif", "too_many_frames").await;
}

use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, Delete, MetadataDirective, ObjectIdentifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3s::crypto::Checksum as _;

use super::*;

fn sha256(content: &[u8]) -> String {
    BASE64.encode(s3s::crypto::Sha256::checksum(content))
}

#[tokio::test]
async fn an_object_comes_back_with_what_was_said_of_it() {
    let world = World::new();
    let put = world.client.put_object().bucket(BUCKET).key("a").body(Bytes::from("hello").into());
    let put = put.content_type("text/plain").metadata("colour", "blue").cache_control("no-store");
    put.send().await.unwrap();

    let got = world.client.get_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(got.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.cache_control(), Some("no-store"));
    assert_eq!(got.metadata().unwrap()["colour"], "blue");
    assert_eq!(got.last_modified().unwrap().secs(), START.as_secs());
    assert_eq!(got.body.collect().await.unwrap().into_bytes(), "hello");
}

#[tokio::test]
async fn any_key_is_just_a_key() {
    let world = World::new();
    let long = "ü".repeat(512);
    let keys = ["../zz", "/", "//a", "a b+c%2F", "aa", "aa/b", "aa/b/", "ключ\u{1F511}", "~'()*!?&=#", &long];
    for key in keys {
        let put = world.client.put_object().bucket(BUCKET).key(key).body(Bytes::from(key.to_owned()).into());
        put.send().await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
    for key in keys {
        assert_eq!(world.get(key).await, key);
    }
    let mut sorted = keys.map(str::to_owned);
    sorted.sort();
    assert_eq!(world.s3.keys(BUCKET).unwrap(), sorted);
    let too_long = "k".repeat(1025);
    let put = world.client.put_object().bucket(BUCKET).key(too_long).send().await;
    assert_eq!(refusal(put), (400, "KeyTooLongError".into()));
}

#[tokio::test]
async fn a_checksum_is_verified_kept_and_shown_in_checksum_mode() {
    let world = World::new();
    let put = || world.client.put_object().bucket(BUCKET).key("a").body(Bytes::from("hello").into());
    let wrong = put().checksum_sha256(sha256(b"other")).send().await;
    assert_eq!(refusal(wrong), (400, "BadDigest".into()));
    put().checksum_sha256(sha256(b"hello")).send().await.unwrap();

    let head = world.client.head_object().bucket(BUCKET).key("a");
    let shown = head.clone().checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(shown.checksum_sha256(), Some(&*sha256(b"hello")));
    assert_eq!(shown.content_length(), Some(5));
    assert_eq!(head.send().await.unwrap().checksum_sha256(), None);
}

#[tokio::test]
async fn an_object_that_came_without_a_checksum_gets_one() {
    let world = World::new();
    world.put("a", b"hello").await;
    let head = world.client.head_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
    assert!(head.send().await.unwrap().checksum_crc64_nvme().is_some());
}

#[tokio::test]
async fn the_checksum_that_the_sdk_adds_by_itself_is_verified() {
    let world = World::new();
    let client = client(&world.s3, &world.clock, ACCESS_KEY, RequestChecksumCalculation::WhenSupported);
    let put = client.put_object().bucket(BUCKET).key("a").body(Bytes::from("hello").into());
    put.send().await.unwrap();
    let folder = TemporaryFolder::make().unwrap();
    std::fs::write(folder.path().join("file"), vec![7; 300_000]).unwrap();
    let body = aws_sdk_s3::primitives::ByteStream::from_path(folder.path().join("file")).await.unwrap();
    let put = client.put_object().bucket(BUCKET).key("streamed").body(body);
    put.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let head = client.head_object().bucket(BUCKET).key("streamed").checksum_mode(ChecksumMode::Enabled);
    assert_eq!(head.send().await.unwrap().checksum_sha256(), Some(&*sha256(&vec![7; 300_000])));
    assert_eq!(world.get("streamed").await, vec![7; 300_000]);
}

#[tokio::test]
async fn content_md5_is_verified() {
    let world = World::new();
    let put = || world.client.put_object().bucket(BUCKET).key("a").body(Bytes::from("hello").into());
    assert_eq!(
        refusal(put().content_md5("XUFAKrxLKna5cZ2REBfFkg=x").send().await),
        (400, "InvalidDigest".into())
    );
    assert_eq!(
        refusal(put().content_md5("AAAAKrxLKna5cZ2REBfFkg==").send().await),
        (400, "BadDigest".into())
    );
    put().content_md5("XUFAKrxLKna5cZ2REBfFkg==").send().await.unwrap();
}

#[tokio::test]
async fn a_write_happens_only_under_its_conditions() {
    let world = World::new();
    let put = || world.client.put_object().bucket(BUCKET).key("a").body(Bytes::from("hello").into());
    assert_eq!(refusal(put().if_match("\"x\"").send().await), (404, "NoSuchKey".into()));
    let etag = put().if_none_match("*").send().await.unwrap().e_tag.unwrap();
    assert_eq!(refusal(put().if_none_match("*").send().await), (412, "PreconditionFailed".into()));
    assert_eq!(refusal(put().if_match("\"x\"").send().await), (412, "PreconditionFailed".into()));
    put().if_match(etag).send().await.unwrap();
}

#[tokio::test]
async fn a_read_happens_only_under_its_conditions() {
    let world = World::new();
    let etag = world.put("a", b"hello").await;
    let get = || world.client.get_object().bucket(BUCKET).key("a");
    assert_eq!(refusal(get().if_match("\"x\"").send().await), (412, "PreconditionFailed".into()));
    get().if_match(&etag).send().await.unwrap();
    assert_eq!(refusal(get().if_none_match(&etag).send().await).0, 304);
    get().if_none_match("\"x\"").send().await.unwrap();
}

#[tokio::test]
async fn a_range_gets_just_its_bytes() {
    let world = World::new();
    world.put("a", b"0123456789").await;
    let get = |range: &str| world.client.get_object().bucket(BUCKET).key("a").range(range).send();
    for (range, expected, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-1", "9", "bytes 9-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let got = get(range).await.unwrap();
        assert_eq!(got.content_range(), Some(content_range));
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), expected);
    }
    assert_eq!(refusal(get("bytes=10-").await), (416, "InvalidRange".into()));
}

#[tokio::test]
async fn a_reader_chooses_the_type_and_the_file_name() {
    let world = World::new();
    world.put("a", b"hello").await;
    let get = world.client.get_object().bucket(BUCKET).key("a").response_content_type("text/css");
    let got = get.response_content_disposition("attachment; filename=\"a b\"").send().await.unwrap();
    assert_eq!(got.content_type(), Some("text/css"));
    assert_eq!(got.content_disposition(), Some("attachment; filename=\"a b\""));
}

#[tokio::test]
async fn what_is_not_there_is_404_and_a_head_of_it_has_no_body() {
    let world = World::new();
    let get = world.client.get_object().bucket(BUCKET).key("a").send().await;
    assert_eq!(refusal(get), (404, "NoSuchKey".into()));
    let get = world.client.get_object().bucket("nowhere").key("a").send().await;
    assert_eq!(refusal(get), (404, "NoSuchBucket".into()));
    let head = world.client.head_object().bucket(BUCKET).key("a");
    let presigned = head.clone().presigned(presigning(&world.clock, Duration::from_secs(9))).await.unwrap();
    let answer = world.send(request(&presigned, b"")).await;
    assert_eq!((answer.status().as_u16(), answer.0.body().len()), (404, 0));
    assert!(head.send().await.unwrap_err().into_service_error().is_not_found());
    assert_eq!(refusal(world.client.head_bucket().bucket("nowhere").send().await).0, 404);
}

#[tokio::test]
async fn deleting_is_harmless_to_repeat() {
    let world = World::new();
    for key in ["a", "b", "c"] {
        world.put(key, b"x").await;
    }
    for _ in 0..2 {
        world.client.delete_object().bucket(BUCKET).key("a").send().await.unwrap();
        let named = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
        let delete = Delete::builder().objects(named("b")).objects(named("never")).build().unwrap();
        let deleted = world.client.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
        assert_eq!(deleted.deleted().len(), 2);
    }
    assert_eq!(world.s3.keys(BUCKET).unwrap(), ["c"]);
}

#[tokio::test]
async fn a_copy_is_an_object_of_its_own() {
    let world = World::new();
    let put = world.client.put_object().bucket(BUCKET).key("a +ü").body(Bytes::from("hello").into());
    put.content_type("text/plain").metadata("colour", "blue").send().await.unwrap();
    let copy = || world.client.copy_object().bucket(BUCKET).copy_source("uploads/a%20%2B%C3%BC");
    copy().key("b").send().await.unwrap();
    let replaced = copy().key("c").metadata_directive(MetadataDirective::Replace).content_type("text/css");
    replaced.send().await.unwrap();
    world.client.delete_object().bucket(BUCKET).key("a +ü").send().await.unwrap();

    assert_eq!(world.get("b").await, "hello");
    let head = |key: &str| world.client.head_object().bucket(BUCKET).key(key).send();
    let kept = head("b").await.unwrap();
    assert_eq!((kept.content_type(), &*kept.metadata().unwrap()["colour"]), (Some("text/plain"), "blue"));
    let replaced = head("c").await.unwrap();
    assert_eq!(replaced.content_type(), Some("text/css"));
    assert!(replaced.metadata().is_none_or(|metadata| metadata.is_empty()));
    assert_eq!(refusal(copy().key("d").send().await), (404, "NoSuchKey".into()));
}

#[tokio::test]
async fn metadata_over_two_kibibytes_is_refused() {
    let world = World::new();
    let put = world.client.put_object().bucket(BUCKET).key("a").metadata("long", "x".repeat(2048));
    assert_eq!(refusal(put.send().await), (400, "MetadataTooLarge".into()));
}

#[tokio::test]
async fn a_bucket_tells_where_it_is() {
    let world = World::new();
    world.client.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(world.client.list_buckets().send().await.unwrap().buckets()[0].name(), Some(BUCKET));
    world.client.get_bucket_location().bucket(BUCKET).send().await.unwrap();
}

use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
};

use super::*;

const PART_BYTES: usize = 5 * 1024 * 1024;

async fn create(world: &World, key: &str) -> String {
    let create = world.client.create_multipart_upload().bucket(BUCKET).key(key).content_type("video/mp4");
    create.send().await.unwrap().upload_id.unwrap()
}

async fn put_part(world: &World, key: &str, upload: &str, number: i32, content: Vec<u8>) -> CompletedPart {
    let put = world.client.upload_part().bucket(BUCKET).key(key).upload_id(upload).part_number(number);
    let etag = put.body(content.into()).send().await.unwrap().e_tag.unwrap();
    CompletedPart::builder().part_number(number).e_tag(etag).build()
}

async fn complete(
    world: &World,
    key: &str,
    upload: &str,
    parts: Vec<CompletedPart>,
) -> Result<String, (u16, String)> {
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = world.client.complete_multipart_upload().bucket(BUCKET).key(key).upload_id(upload);
    match complete.multipart_upload(parts).send().await {
        Ok(completed) => Ok(completed.e_tag.unwrap()),
        failed => Err(refusal(failed)),
    }
}

#[tokio::test]
async fn parts_become_an_object_in_their_order() {
    let world = World::new();
    let upload = create(&world, "in/a").await;
    let second = put_part(&world, "in/a", &upload, 2, b"end".to_vec()).await;
    put_part(&world, "in/a", &upload, 1, b"to be replaced".to_vec()).await;
    let first = put_part(&world, "in/a", &upload, 1, vec![1; PART_BYTES]).await;
    put_part(&world, "in/a", &upload, 3, b"not named in the end".to_vec()).await;
    let etag = complete(&world, "in/a", &upload, vec![first, second]).await.unwrap();
    assert!(etag.ends_with("-2\""), "{etag}");

    let got = world.get("in/a").await;
    assert_eq!(got.len(), PART_BYTES + 3);
    assert_eq!(got[PART_BYTES..], *b"end");
    let across = world.client.get_object().bucket(BUCKET).key("in/a").range("bytes=5242879-5242880");
    let across = across.send().await.unwrap();
    assert_eq!(across.content_type(), Some("video/mp4"));
    assert_eq!(&across.body.collect().await.unwrap().into_bytes()[..], [1, b'e']);
    let event = &world.s3.due_notifications(START, 10).unwrap()[0].event;
    assert_eq!(event["eventName"], "ObjectCreated:CompleteMultipartUpload");
    let again = complete(&world, "in/a", &upload, vec![]).await;
    assert_eq!(again, Err((404, "NoSuchUpload".into())));
}

#[tokio::test]
async fn an_upload_is_completed_only_with_parts_that_fit() {
    let world = World::new();
    let upload = create(&world, "a").await;
    let small = put_part(&world, "a", &upload, 1, b"small".to_vec()).await;
    let last = put_part(&world, "a", &upload, 2, b"last".to_vec()).await;
    let unknown = CompletedPart::builder().part_number(3).e_tag(last.e_tag().unwrap()).build();
    let other = CompletedPart::builder().part_number(1).e_tag("\"00000000000000000000000000000000\"").build();
    for (parts, code) in [
        (vec![], "MalformedXML"),
        (vec![small.clone(), last.clone()], "EntityTooSmall"),
        (vec![last.clone(), small.clone()], "InvalidPartOrder"),
        (vec![unknown], "InvalidPart"),
        (vec![other], "InvalidPart"),
    ] {
        assert_eq!(complete(&world, "a", &upload, parts).await, Err((400, code.to_owned())));
    }
    assert_eq!(complete(&world, "b", &upload, vec![small.clone()]).await, Err((404, "NoSuchUpload".into())));
    complete(&world, "a", &upload, vec![small]).await.unwrap();
}

#[tokio::test]
async fn an_aborted_upload_is_gone_with_its_parts() {
    let world = World::new();
    let upload = create(&world, "a").await;
    put_part(&world, "a", &upload, 1, b"part".to_vec()).await;
    let list = || world.client.list_multipart_uploads().bucket(BUCKET).send();
    assert_eq!(list().await.unwrap().uploads()[0].upload_id(), Some(&*upload));
    let parts = world.client.list_parts().bucket(BUCKET).key("a").upload_id(&upload);
    assert_eq!(parts.clone().send().await.unwrap().parts()[0].size(), Some(4));
    world.client.abort_multipart_upload().bucket(BUCKET).key("a").upload_id(&upload).send().await.unwrap();
    assert!(list().await.unwrap().uploads().is_empty());
    assert_eq!(refusal(parts.send().await), (404, "NoSuchUpload".into()));
}

#[tokio::test]
async fn checksums_of_parts_add_up() {
    let world = World::new();
    let create = world.client.create_multipart_upload().bucket(BUCKET).key("a");
    let created = create.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    assert_eq!(created.checksum_type(), Some(&ChecksumType::Composite));
    let upload = created.upload_id.unwrap();
    let put = || {
        let put = world.client.upload_part().bucket(BUCKET).key("a").upload_id(&upload).part_number(1);
        put.body(Bytes::from("hello").into())
    };
    assert_eq!(refusal(put().send().await), (400, "InvalidRequest".into()));
    assert_eq!(refusal(put().checksum_sha256("AAAA").send().await), (400, "BadDigest".into()));
    let adding = client(&world.s3, &world.clock, ACCESS_KEY, RequestChecksumCalculation::WhenSupported);
    let put = adding.upload_part().bucket(BUCKET).key("a").upload_id(&upload).part_number(1);
    let put = put.body(Bytes::from("hello").into());
    let part = put.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let completed = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag);
    let completed = completed.set_checksum_sha256(part.checksum_sha256).build();
    complete(&world, "a", &upload, vec![completed]).await.unwrap();
    let head = world.client.head_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
    let head = head.send().await.unwrap();
    // SHA-256 of SHA-256 of "hello".
    assert_eq!(head.checksum_sha256(), Some("lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=-1"));
    assert_eq!(head.checksum_type(), Some(&ChecksumType::Composite));
}

#[tokio::test]
async fn a_part_can_be_copied_out_of_an_object() {
    let world = World::new();
    world.put("source", b"0123456789").await;
    let upload = create(&world, "a").await;
    let copy = world.client.upload_part_copy().bucket(BUCKET).key("a").upload_id(&upload).part_number(1);
    let copied = copy.copy_source("uploads/source").copy_source_range("bytes=2-4").send().await.unwrap();
    let etag = copied.copy_part_result.unwrap().e_tag.unwrap();
    let part = CompletedPart::builder().part_number(1).e_tag(etag).build();
    complete(&world, "a", &upload, vec![part]).await.unwrap();
    assert_eq!(world.get("a").await, "234");
}

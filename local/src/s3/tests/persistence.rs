use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::*;

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = TemporaryFolder::make().unwrap();
    let clock = Clock::starting_at(START);
    let world = World::open(&folder.state(), clock.clone());
    world.put("in/a", b"hello").await;
    world.put("../zz", b"outside?").await;
    let create = world.client.create_multipart_upload().bucket(BUCKET).key("parts").send().await.unwrap();
    let upload = create.upload_id.unwrap();
    let part = world.client.upload_part().bucket(BUCKET).key("parts").upload_id(&upload).part_number(1);
    let etag = part.body(Bytes::from("part").into()).send().await.unwrap().e_tag.unwrap();
    let notifications = world.s3.due_notifications(START, 10).unwrap();
    drop(world);

    let world = World::open(&folder.state(), clock);
    assert_eq!(world.get("in/a").await, "hello");
    assert_eq!(world.get("../zz").await, "outside?");
    assert_eq!(world.s3.due_notifications(START, 10).unwrap(), notifications);
    let part = CompletedPart::builder().part_number(1).e_tag(etag).build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    let complete = world.client.complete_multipart_upload().bucket(BUCKET).key("parts").upload_id(&upload);
    complete.multipart_upload(parts).send().await.unwrap();
    assert_eq!(world.get("parts").await, "part");
    assert_eq!(world.s3.keys(BUCKET).unwrap(), ["../zz", "in/a", "parts"]);
}

#[tokio::test]
async fn what_a_crash_left_behind_is_removed() {
    let folder = TemporaryFolder::make().unwrap();
    let clock = Clock::starting_at(START);
    let world = World::open(&folder.state(), clock.clone());
    world.put("a", b"hello").await;
    world.put("a", b"hello again").await;
    let blobs = folder.path().join("s3-blobs");
    let count = || std::fs::read_dir(&blobs).unwrap().count();
    assert_eq!(count(), 1);
    std::fs::write(blobs.join("77"), b"no row").unwrap();
    std::fs::write(blobs.join("78.unfinished"), b"no row").unwrap();
    drop(world);

    let world = World::open(&folder.state(), clock);
    assert_eq!(count(), 1);
    assert_eq!(world.get("a").await, "hello again");
}

#[tokio::test]
async fn a_refused_write_keeps_no_bytes() {
    let folder = TemporaryFolder::make().unwrap();
    let world = World::open(&folder.state(), Clock::starting_at(START));
    world.put("a", b"hello").await;
    let put = world.client.put_object().bucket(BUCKET).key("a").if_none_match("*");
    assert_eq!(refusal(put.body(Bytes::from("other").into()).send().await).0, 412);
    assert_eq!(std::fs::read_dir(folder.path().join("s3-blobs")).unwrap().count(), 1);
}

//! A form that is sent again while its policy lives: what is handed out, processed and counted are the bytes that were
//! inspected, whichever they are.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::{announced, submit};
use crate::pictures;
use crate::world::{FAULTS, World, announcement};

const SEEDS: u64 = 6;

/// A form upload is ingested with so many calls: the row, the copy, the removal, HEAD and GET of the copy, the row again.
const CALLS_OF_INTAKE: u64 = 6;

/// As long as `bytes`, and what a browser would run if it were handed out to be shown.
fn script(bytes: &[u8]) -> Vec<u8> {
    let mut script = b"<script>alert(1)</script>".to_vec();
    script.resize(bytes.len(), b' ');
    script
}

impl World {
    /// Sends the form until S3 has taken it.
    async fn send_form(&self, request: &Value, file: &[u8]) {
        while submit(self, request, file).await.0 != StatusCode::NO_CONTENT {}
    }

    /// An upload by form with one step, asked for until it is accepted.
    async fn announce_form(&self, bytes: &[u8]) -> (String, Value) {
        let mut body = announcement(bytes, &["thumb"]);
        body["method"] = json!("post");
        loop {
            let answer = self.post("/v1/uploads", &body, Some("a form")).await;
            if answer.status == StatusCode::CREATED {
                let created = answer.created();
                return (created.id, created.request);
            }
        }
    }

    /// Asserts that a picture is handed out if the upload is ready, and that otherwise nothing is.
    async fn assert_only_inspected_is_handed_out(&self, id: &str, picture: &[u8]) {
        let url = self.get(&format!("/v1/uploads/{id}/url?disposition=inline")).await;
        match self.state_of(id).await.as_str() {
            "ready" => {
                let url = url.json["url"].as_str().expect("a URL");
                assert_eq!(self.download(url).await, (StatusCode::OK, Bytes::copy_from_slice(picture)));
            }
            "rejected" => assert_eq!(url.status, StatusCode::NOT_FOUND),
            other => panic!("the upload is {other}"),
        }
    }
}

#[tokio::test]
async fn a_form_that_is_sent_again_changes_nothing() {
    let mut world = World::new().await;
    let picture = pictures::small();
    let (id, request) = announced(&world, &picture, None).await;
    world.send_form(&request, &picture).await;
    world.settle().await;
    let shown = world.shown(&id).await;
    world.send_form(&request, &script(&picture)).await;
    world.assert_only_inspected_is_handed_out(&id, &picture).await;
    world.settle().await;
    world.assert_only_inspected_is_handed_out(&id, &picture).await;
    let strip = |mut shown: Value| {
        // Its URL is signed anew.
        shown["derivatives"][0]["url"] = Value::Null;
        shown
    };
    assert_eq!(strip(world.shown(&id).await), strip(shown));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_form_that_is_sent_again_before_it_was_inspected_is_inspected_as_it_is_then() {
    let mut world = World::new().await;
    let picture = pictures::small();
    let (id, request) = announced(&world, &picture, None).await;
    world.send_form(&request, &picture).await;
    world.send_form(&request, &script(&picture)).await;
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "rejected");
    world.send_form(&request, &picture).await;
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "rejected");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_form_that_is_sent_again_at_any_moment_of_the_inspection_changes_nothing_that_was_inspected() {
    for paused_at in 1..=CALLS_OF_INTAKE {
        let mut world = World::new().await;
        let picture = pictures::small();
        let (id, request) = announced(&world, &picture, None).await;
        world.send_form(&request, &picture).await;
        let proceed = world.pause("intake", paused_at);
        world.deliver_notifications().await;
        world.send_form(&request, &script(&picture)).await;
        proceed.notify_one();
        crate::claims::let_run().await;
        world.injector.clear();
        world.settle().await;
        world.assert_only_inspected_is_handed_out(&id, &picture).await;
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn two_inspections_at_once_inspect_the_same_bytes() {
    for paused_at in 1..=CALLS_OF_INTAKE {
        let mut world = World::new().await;
        let picture = pictures::small();
        let (id, request) = announced(&world, &script(&picture), None).await;
        world.send_form(&request, &script(&picture)).await;
        let proceed = world.pause("intake", paused_at);
        world.deliver_notifications().await;
        world.injector.clear();
        world.send_form(&request, &picture).await;
        world.deliver_notifications().await;
        proceed.notify_one();
        crate::claims::let_run().await;
        world.settle().await;
        world.assert_only_inspected_is_handed_out(&id, &picture).await;
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn whatever_aws_does_a_form_that_is_sent_again_and_again_is_one_file() {
    for seed in 0..SEEDS {
        let mut world = World::hostile(seed).await;
        let picture = pictures::small();
        let (id, request) = world.announce_form(&picture).await;
        world.send_form(&request, &picture).await;
        for round in 0..6 {
            world.deliver_notifications().await;
            if round % 2 == seed % 2 {
                world.send_form(&request, &script(&picture)).await;
            }
            world.deliver_messages().await;
            world.pass(Duration::from_secs(60)).await;
        }
        world.settle().await;
        world.assert_only_inspected_is_handed_out(&id, &picture).await;
        // The event of a file that was sent again may never have come.
        world.ask_for_audit();
        world.pass(Duration::from_secs(10 * 60)).await;
        world.settle().await;
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn each_call_of_an_inspection_may_fail() {
    for fault in FAULTS {
        for number in 1..=CALLS_OF_INTAKE {
            let mut world = World::new().await;
            let picture = pictures::small();
            let (id, request) = announced(&world, &picture, Some(&picture)).await;
            world.send_form(&request, &picture).await;
            world.inject(fault.clone(), number);
            world.settle().await;
            assert_eq!(world.state_of(&id).await, "ready", "{fault:?} in call {number}");
            // The event of what was not removed comes again.
            world.pass(Duration::from_secs(4 * 60)).await;
            world.assert_at_rest().await;
        }
    }
}

#[tokio::test]
async fn a_file_that_a_form_sends_while_its_upload_is_deleted_is_removed() {
    for paused_at in 1..=CALLS_OF_INTAKE {
        let mut world = World::new().await;
        let picture = pictures::small();
        let (id, request) = announced(&world, &picture, None).await;
        world.send_form(&request, &picture).await;
        let proceed = world.pause("intake", paused_at);
        world.deliver_notifications().await;
        world.delete_upload(&id).await;
        world.deliver_all().await;
        proceed.notify_one();
        crate::claims::let_run().await;
        world.injector.clear();
        world.send_form(&request, &picture).await;
        world.settle().await;
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn a_form_whose_events_are_lost_is_ingested_by_the_audit() {
    let mut world = World::new().await;
    let picture = pictures::small();
    let (id, request) = announced(&world, &picture, None).await;
    world.send_form(&request, &picture).await;
    for lost in world.aws.s3.due_notifications(world.clock.now(), 10).expect("the emulation works") {
        world.aws.s3.notification_done(lost.id).expect("the emulation works");
    }
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

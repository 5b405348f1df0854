//! Imports that are cut off, and go on.

use std::time::Duration;

use local::connector::InjectedFault;
use serde_json::{Value, json};
use shared::upload::PART_SIZE_BYTES;

use super::source::{Source, URL};
use super::{file, import};
use crate::world::World;

/// So much comes of a part that is not stored.
const BEYOND: u64 = 1024 * 1024;

fn range_from(parts: u64) -> Option<String> {
    Some(format!("bytes={}-", parts * PART_SIZE_BYTES))
}

fn plain() -> Value {
    json!({ "source": { "url": URL } })
}

/// A world in which an import was cut off within its third part. From now on the server sends all.
async fn world_cut_off(source: &Source) -> World {
    let mut world = World::new().await;
    source.set(|behaviour| behaviour.cut_off_after = Some(2 * PART_SIZE_BYTES + BEYOND));
    source.serve(&world);
    world.post("/v1/uploads", &plain(), Some("import")).await;
    world.deliver_all().await;
    source.set(|behaviour| behaviour.cut_off_after = None);
    world
}

async fn assert_stored(world: &World, shown: &Value, file: &[u8]) {
    assert_eq!((&shown["state"], &shown["size_bytes"]), (&json!("ready"), &json!(file.len())), "{shown}");
    let id = shown["id"].as_str().unwrap();
    let signed = world.get(&format!("/v1/uploads/{id}/url")).await.json;
    let (_, stored) = world.download(signed["url"].as_str().unwrap()).await;
    assert!(stored == file, "other bytes are stored");
}

#[tokio::test]
async fn a_file_that_was_cut_off_goes_on_where_it_stopped() {
    let bytes = file(3 * PART_SIZE_BYTES + 9);
    let source = Source::of(bytes.clone(), "application/zip");
    let mut world = world_cut_off(&source).await;
    let shown = import(&mut world, &plain()).await;
    assert_stored(&world, &shown, &bytes).await;
    assert_eq!(source.header("range"), [None, range_from(2)]);
    assert_eq!(source.header("if-range"), [None, Some("\"one\"".to_owned())]);
}

#[tokio::test]
async fn a_crash_at_any_part_costs_what_was_not_stored_alone() {
    for number in 1..=3 {
        let mut world = World::new().await;
        let bytes = file(3 * PART_SIZE_BYTES);
        let source = Source::of(bytes.clone(), "application/zip");
        source.serve(&world);
        let mut parts = 0;
        world.injector.set(move |call| {
            let is_part = call.function == "worker" && call.operation.starts_with("PUT ");
            parts += u64::from(is_part);
            if is_part && parts == number { InjectedFault::DiesAfter } else { InjectedFault::None }
        });
        let shown = import(&mut world, &plain()).await;
        assert_stored(&world, &shown, &bytes).await;
        let ranges = source.header("range");
        // Once all parts are stored, nothing is fetched.
        let expected = if number < 3 { vec![None, range_from(number)] } else { vec![None] };
        assert_eq!(ranges, expected);
    }
}

#[tokio::test]
async fn a_file_that_changed_is_fetched_from_its_start() {
    let source = Source::of(file(3 * PART_SIZE_BYTES), "application/zip");
    let mut world = world_cut_off(&source).await;
    let other: Vec<u8> = file(2 * PART_SIZE_BYTES + 1).into_iter().rev().collect();
    source.set(|behaviour| {
        behaviour.file = other.clone().into();
        behaviour.etag = Some("\"two\"");
    });
    let shown = import(&mut world, &plain()).await;
    assert_stored(&world, &shown, &other).await;
    assert_eq!(source.header("range"), [None, range_from(2)]);
}

#[tokio::test]
async fn a_range_of_another_size_is_no_rest_of_the_file() {
    let source = Source::of(file(3 * PART_SIZE_BYTES), "application/zip");
    let mut world = world_cut_off(&source).await;
    // The server takes any file under this name for the same.
    let other = file(4 * PART_SIZE_BYTES + 1);
    source.set(|behaviour| behaviour.file = other.clone().into());
    let shown = import(&mut world, &plain()).await;
    assert_stored(&world, &shown, &other).await;
}

#[tokio::test]
async fn a_server_without_ranges_or_a_strong_etag_sends_all_again() {
    for (etag, has_ranges) in [(None, true), (Some("W/\"one\""), true), (Some("\"one\""), false)] {
        let bytes = file(3 * PART_SIZE_BYTES);
        let source = Source::of(bytes.clone(), "application/zip");
        source.set(|behaviour| (behaviour.etag, behaviour.has_ranges) = (etag, has_ranges));
        let mut world = world_cut_off(&source).await;
        let shown = import(&mut world, &plain()).await;
        assert_stored(&world, &shown, &bytes).await;
    }
}

#[tokio::test]
async fn a_slow_server_is_read_over_several_invocations_without_using_up_tries() {
    let mut world = World::new().await;
    world.longest.stop();
    let bytes = file(7 * PART_SIZE_BYTES + 1);
    let source = Source::of(bytes.clone(), "application/zip");
    // A part takes 64 s: no more than one in an invocation.
    let clock = world.clock.clone();
    source.set(|behaviour| behaviour.pace = Some((clock, Duration::from_secs(2))));
    source.serve(&world);
    let shown = import(&mut world, &plain()).await;
    assert_stored(&world, &shown, &bytes).await;
    let rows = world.rows();
    let job = rows.jobs.iter().find(|job| job.kind.as_str() == "import").unwrap();
    assert!(job.deferrals >= 6 && job.attempts == job.deferrals + 1, "{job:?}");
}

#[tokio::test]
async fn a_server_that_sends_too_little_is_given_up() {
    let mut world = World::new().await;
    world.longest.stop();
    let source = Source::of(file(2 * PART_SIZE_BYTES), "application/zip");
    let clock = world.clock.clone();
    source.set(|behaviour| behaviour.pace = Some((clock, Duration::from_secs(9))));
    source.serve(&world);
    let shown = import(&mut world, &plain()).await;
    assert_eq!(shown["state"], "rejected", "{shown}");
    assert_eq!(shown["rejection"]["code"], "source_too_slow");
}

//! The listing of submitted jobs.

use std::time::Duration;

use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{job, with};
use crate::world::World;

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn jobs_are_listed_newest_first_in_pages_that_miss_none() {
    let mut world = World::new().await;
    Receiver::with(&world, &[200]);
    let mut submitted = Vec::new();
    for _ in 0..7 {
        submitted.push(world.submit(&job()).await);
        world.clock.advance(Duration::from_millis(1));
    }
    submitted.reverse();
    let (mut listed, mut path) = (Vec::new(), "/v1/jobs?limit=3".to_owned());
    loop {
        let page = world.get(&path).await.json;
        listed.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/jobs?limit=3&cursor={cursor}");
        // A job that changes its state or is added meanwhile moves nothing.
        world.settle().await;
        world.submit(&job()).await;
    }
    assert_eq!(listed, submitted);
}

#[tokio::test]
async fn a_listing_is_filtered_by_state_tag_and_time() {
    let mut world = World::new().await;
    Receiver::with(&world, &[400, 200]);
    let dead = world.finish(&with(json!({ "tags": ["billing", "eu"] }))).await;
    world.clock.advance(Duration::from_secs(60));
    let between = world.clock.now();
    let done = world.finish(&with(json!({ "tags": ["billing"] }))).await;
    let waiting = world.submit(&with(json!({ "tags": ["a,b #&"], "delay_seconds": 3600 }))).await;
    let (dead, done) = (dead["id"].as_str().unwrap(), done["id"].as_str().unwrap());
    for (query, expected) in [
        ("state=dead", vec![dead]),
        ("state=dead,succeeded", vec![done, dead]),
        ("tag=billing", vec![done, dead]),
        ("tag=eu", vec![dead]),
        ("tag=billing&state=succeeded", vec![done]),
        ("tag=a%2Cb%20%23%26", vec![&waiting]),
        ("tag=none", vec![]),
        (&format!("created_from={}", between.to_rfc3339()), vec![&waiting, done]),
        (&format!("created_before={}", between.to_rfc3339()), vec![dead]),
    ] {
        let page = world.get(&format!("/v1/jobs?{query}")).await;
        assert_eq!(page.status, 200, "{query}: {page:?}");
        let mut found = ids(&page.json);
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
    for wrong in ["tag=", "state=finished", "state=", "limit=0", "limit=101", "cursor=x", "sort=asc"] {
        let answer = world.get(&format!("/v1/jobs?{wrong}")).await;
        assert_eq!(answer.code(), "invalid", "{wrong}: {answer:?}");
    }
}

#[tokio::test]
async fn a_cursor_works_with_its_own_filters_alone() {
    let world = World::new().await;
    for _ in 0..2 {
        world.submit(&with(json!({ "tags": ["a"] }))).await;
    }
    let page = world.get("/v1/jobs?limit=1&tag=a").await.json;
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(world.get(&format!("/v1/jobs?limit=1&tag=a&cursor={cursor}")).await.status, 200);
    assert_eq!(world.get(&format!("/v1/jobs?limit=1&cursor={cursor}")).await.code(), "invalid");
}

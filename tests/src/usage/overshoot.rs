//! How far many environments of `api` can go over a bound together: seeded arrivals on the moved clock.
//!
//! `--nocapture` shows the figures.

use std::collections::BTreeSet;

use shared::api_key::Caller;
use shared::app::App;
use shared::id::{ApiKeyId, Ids};
use shared::operations::uploads::create_upload;
use shared::request_id::RequestId;
use shared::upload::UploadRequest;
use shared::usage::Bounds;

use super::*;

/// The stream's window of five seconds, and what it takes to come through it.
const LAG: Duration = Duration::from_secs(6);

/// Requests that a tenant's rate limit lets through: so many at once, and so many a second.
const BURST: u64 = 500;
const PER_SECOND: u64 = 50;

const FLOOD_SECS: u64 = 15;

/// For how long an environment relies on what it read, far from the bound.
const GOOD_FOR: Duration = Duration::from_secs(2);

struct Outcome {
    accepted: u64,
    refused: u64,
    reads: f64,
}

/// As many uploads as a tenant's rate limit lets through, each at one of the environments, for a while.
async fn flood(environments: u64, most: u64) -> Outcome {
    let mut world = World::new().await;
    let bounds = Bounds { uploads_in_flight: Some(most), ..Bounds::NONE };
    let apps: Vec<App> =
        (0..environments).map(|seed| App { bounds, ..world.environment("api", 1000 + seed) }).collect();
    let (random, mut outcome) = (Ids::seeded(7), Outcome { accepted: 0, refused: 0, reads: 0.0 });
    let caller = Caller {
        tenant: Tenant::parse("acme").expect("a tenant's name"),
        key: ApiKeyId::random(&random),
        scopes: BTreeSet::new(),
        rate_limit: None,
        valid_until: None,
    };
    let mut counted_at = world.clock.now();
    for number in 0..BURST + FLOOD_SECS * PER_SECOND {
        let app = &apps[usize::from(random.next()[0]) % apps.len()];
        let id = RequestId::random(&random);
        match create_upload(app, &caller, &id, None, request()).await {
            Ok(_) => outcome.accepted += 1,
            Err(_) => outcome.refused += 1,
        }
        world.clock.advance(Duration::from_millis(if number < BURST { 1 } else { 1000 / PER_SECOND }));
        if world.clock.now().since(counted_at) >= LAG {
            counted_at = world.clock.now();
            world.observe().await;
        }
    }
    let costs = world.aws.meter.costs();
    let reads = costs.get(&("api".to_owned(), "dynamodb:GetItem".to_owned()));
    outcome.reads = reads.map_or(0.0, |cost| cost.read_units);
    world.observe().await;
    assert_eq!(world.counted("acme").uploads_in_flight, outcome.accepted as i64);
    outcome
}

fn request() -> UploadRequest {
    let request = json!({ "filename": "a", "content_type": "application/octet-stream", "size_bytes": 1 });
    serde_json::from_value(request).expect("a request")
}

#[tokio::test]
async fn a_bound_is_passed_by_no_more_than_what_is_not_counted_yet() {
    for (environments, most) in [(10, 100), (50, 100), (50, 1000)] {
        let Outcome { accepted, refused, reads } = flood(environments, most).await;
        println!("| {environments} | {most} | {accepted} | {refused} | {reads} R");
        assert!(accepted >= most, "{accepted} of {most} were accepted");
        let unseen = BURST + PER_SECOND * (LAG + GOOD_FOR).as_secs();
        let room = most * (environments - 1);
        assert!(accepted <= most + unseen.min(room), "{environments} environments: {accepted} of {most}");
        assert!(reads <= (accepted + refused) as f64 / 2.0, "{reads} read units");
    }
}

#[tokio::test]
async fn one_environment_keeps_a_bound_to_the_upload() {
    assert_eq!(flood(1, 1000).await.accepted, 1000);
}

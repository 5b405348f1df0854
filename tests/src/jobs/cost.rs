//! The cost of a job, counted at the wire, failed conditions included.

use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{job, with};
use crate::world::World;

/// After so many, tokens of the rate limit are at hand.
const WARMING_REQUESTS: usize = 20;

/// The write units from the request until the end, without what many jobs share: counts that the observer keeps.
async fn units(request: &Value, statuses: &'static [u16]) -> f64 {
    let mut world = World::new().await;
    Receiver::with(&world, statuses);
    for _ in 0..WARMING_REQUESTS {
        world.get("/v1/jobs/x").await;
    }
    world.aws.meter.reset();
    world.submit(request).await;
    world.settle().await;
    let costs = world.aws.meter.costs();
    costs.iter().filter(|((caller, _), _)| caller != "observer").map(|(_, cost)| cost.write_units).sum()
}

#[tokio::test]
async fn a_plain_job_costs_at_most_four_write_units() {
    assert!(units(&job(), &[200]).await <= 4.0);
    let usual = with(json!({
        "delay_seconds": 60, "tags": ["billing"], "metadata": { "order": "7" }, "retry": { "attempts": 5 },
        "expires_after_seconds": 60,
    }));
    assert!(units(&usual, &[200]).await <= 4.0);
}

#[tokio::test]
async fn each_surcharge_is_what_the_guide_says() {
    let plain = units(&job(), &[200]).await;
    let more = async |fields: Value, statuses| units(&with(fields), statuses).await - plain;
    assert!(
        more(json!({ "retry": { "delays_seconds": [1] } }), &[500, 200]).await <= 2.0,
        "an attempt that fails"
    );
    assert!(more(json!({ "delay_seconds": 7200 }), &[200]).await <= 3.0, "a delay of over 15 minutes");
    let callback = json!({ "on_success": { "url": "http://app.example/told" } });
    assert!(more(callback, &[200]).await <= 5.0, "a callback");
    let body = json!({ "input": { "url": super::receiver::URL, "body": "x".repeat(800) } });
    assert!(more(body, &[200]).await <= 1.0, "an input of a kilobyte");
}

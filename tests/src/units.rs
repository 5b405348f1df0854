//! The cost of the main job, counted at the wire, failed conditions included.

use serde_json::json;

use crate::imports::source::{Source, URL};
use crate::pictures;
use crate::world::{World, announcement};

/// After so many, tokens of the rate limit are at hand.
const WARMING_REQUESTS: usize = 20;

async fn write_units_of_an_upload(steps: usize) -> f64 {
    let names: Vec<String> = (0..steps).map(|index| format!("s{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = World::new().await;
    // The first use of a key on a day is recorded, and whoever asks seldom pays a unit for each request's tokens: neither
    // is an upload's.
    for _ in 0..WARMING_REQUESTS {
        world.get("/v1/jobs/x").await;
    }
    world.aws.meter.reset();
    let id = world.upload(&pictures::small(), &names).await;
    world.settle().await;
    let units = world.units_without_usage();
    assert_eq!(world.state_of(&id).await, "ready");
    units
}

impl World {
    /// All write units, but those of tenants' usage: they are shared by all that happens within some seconds, and
    /// [`crate::usage`] counts them.
    fn units_without_usage(&self) -> f64 {
        let costs = self.aws.meter.costs();
        let others = costs.iter().filter(|((caller, _), _)| caller != "observer");
        others.map(|(_, cost)| cost.write_units).sum()
    }
}

#[tokio::test]
async fn an_upload_costs_at_most_four_write_units_and_four_for_each_step() {
    for steps in [1, 2, 3, 5, 10] {
        let units = write_units_of_an_upload(steps).await;
        let most = (4 + 4 * steps) as f64;
        assert!(units <= most, "{steps} steps cost {units} units, more than {most}");
    }
}

#[tokio::test]
async fn a_step_is_put_claimed_and_finished_with_one_unit_each() {
    let one = write_units_of_an_upload(1).await;
    let two = write_units_of_an_upload(2).await;
    assert!(two - one <= 4.0, "a second step costs {} units", two - one);
    assert!(two - one >= 3.0, "the meter must count: a second step cost {} units", two - one);
}

#[tokio::test]
async fn a_run_costs_at_most_two_write_units_and_four_for_each_step() {
    for steps in [&["a"][..], &["a", "b", "c"], &["a", "b<a", "c<b"]] {
        let mut world = World::new().await;
        let id = world.upload(&pictures::small(), &[]).await;
        world.settle().await;
        for _ in 0..WARMING_REQUESTS {
            world.get("/v1/jobs/x").await;
        }
        world.aws.meter.reset();
        let recipe = json!({ "recipe": announcement(&[], steps)["recipe"] });
        world.post(&format!("/v1/uploads/{id}/runs"), &recipe, None).await;
        world.settle().await;
        let (units, most) = (world.units_without_usage(), (2 + 4 * steps.len()) as f64);
        assert!(units <= most, "a run with {steps:?} costs {units} units, more than {most}");
    }
}

#[tokio::test]
async fn a_file_that_is_fetched_costs_five_write_units_more() {
    const SENT: f64 = 4.0;
    let declared = json!({ "content_type": "image/png", "size_bytes": pictures::small().len() });
    for (fields, more) in [(json!({}), 5.0), (declared, 4.0)] {
        let mut world = World::new().await;
        Source::of(pictures::small(), "image/png").serve(&world);
        // The secret that seals is made once.
        let mut request = json!({ "source": { "url": URL } });
        request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        world.post("/v1/uploads", &request, None).await;
        world.settle().await;
        for _ in 0..WARMING_REQUESTS {
            world.get("/v1/jobs/x").await;
        }
        world.aws.meter.reset();
        world.post("/v1/uploads", &request, None).await;
        world.settle().await;
        let units = world.units_without_usage();
        assert!(units <= SENT + more, "{request}: {units} units");
    }
}

#[tokio::test]
async fn a_change_of_a_kept_recipe_costs_two_write_units_and_none_where_nothing_changes() {
    let world = World::new().await;
    let path = "/v1/recipes/avatars";
    // Updates are of tokens.
    let write_units = || -> f64 {
        let costs = world.aws.meter.costs().into_iter();
        let of_recipes = costs.filter(|((_, operation), _)| operation != "dynamodb:UpdateItem");
        of_recipes.map(|(_, cost)| cost.write_units).sum()
    };
    // The first version enters its name, too.
    for (width, expected) in [(1, 3.0), (1, 0.0), (2, 2.0), (2, 0.0), (3, 2.0)] {
        let body = json!({ "steps": [{ "name": "thumb", "image": { "width": width } }] });
        world.aws.meter.reset();
        assert!(world.put_json(path, &body, None).await.status.is_success());
        assert_eq!(write_units(), expected, "for a width of {width}");
    }
    world.aws.meter.reset();
    assert_eq!(world.delete(path, None).await.status.as_u16(), 204);
    assert_eq!(write_units(), 4.0, "the counter, the listing, and two earlier versions");
}

async fn write_units_of_a_deletion(steps: usize) -> f64 {
    let names: Vec<String> = (0..steps).map(|index| format!("s{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &names).await;
    world.settle().await;
    // A client that asks seldom pays a unit for each request's tokens.
    for _ in 0..WARMING_REQUESTS {
        world.get("/v1/jobs/x").await;
    }
    world.aws.meter.reset();
    world.delete_upload(&id).await;
    world.settle().await;
    world.units_without_usage()
}

#[tokio::test]
async fn a_deletion_costs_five_write_units_and_one_for_each_step() {
    for steps in [0, 1, 3, 5] {
        let (units, expected) = (write_units_of_a_deletion(steps).await, (5 + steps) as f64);
        assert!(units <= expected, "deleting {steps} steps costs {units} units, more than {expected}");
    }
}

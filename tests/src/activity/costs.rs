//! The cost of counting activity.

use shared::kinds::Kind;

use super::*;

/// One write unit carries this many bytes of an item.
const WRITE_UNIT_BYTES: usize = 1024;

/// Dollars for a million units, on demand in us-east-1.
const WRITE_UNITS_MILLION: f64 = 0.625;
const READ_UNITS_MILLION: f64 = 0.125;

/// As many records as a batch of observer holds.
const BATCH: usize = 1000;

/// Most that a million jobs may add, in batches of a thousand.
const DOLLARS_MAX: f64 = 0.05;

/// A change that says that a job succeeded, as the stream says it, with a name of its own.
async fn success() -> Value {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["a"]).await;
    world.settle().await;
    let mut changes = world.changes_for_observer();
    changes.retain(|change| change["dynamodb"]["Keys"]["sk"]["S"] == "job");
    changes.remove(0)
}

fn named(change: &Value, name: usize) -> Value {
    let mut change = change.clone();
    change["eventID"] = json!(format!("{name:032x}"));
    change
}

/// Write units, read units and dollars a job, once an hour's memory is as full as it gets.
async fn cost_of(change: &Value, batch: usize) -> (f64, f64, f64) {
    const MEASURED: usize = 2;
    // Sixteen batches, 64 records and at most 4,096 are remembered.
    let warming = match batch {
        1 => 65,
        BATCH => 5,
        _ => 17,
    };
    let world = World::new().await;
    for index in 0..warming + MEASURED {
        if index == warming {
            world.aws.meter.reset();
        }
        let records = (0..batch).map(|record| named(change, index * batch + record)).collect();
        world.hand_over_batches(&[records]).await;
    }
    let costs = world.aws.meter.costs();
    // Updates are of usage.
    let own = costs.iter().filter(|((_, operation), _)| operation != "dynamodb:UpdateItem");
    let (writes, reads) = own
        .fold((0.0, 0.0), |(writes, reads), (_, cost)| (writes + cost.write_units, reads + cost.read_units));
    let jobs = (MEASURED * batch) as f64;
    assert_eq!(world.counted_of("image_step").succeeded as usize, (warming + MEASURED) * batch);
    let dollars = (writes * WRITE_UNITS_MILLION + reads * READ_UNITS_MILLION) / jobs;
    (writes / jobs, reads / jobs, dollars)
}

#[tokio::test]
async fn a_million_jobs_of_a_tenant_add_cents() {
    let change = success().await;
    for batch in [1, 10, 100, BATCH] {
        let (writes, reads, dollars) = cost_of(&change, batch).await;
        println!("{batch} jobs a batch: {writes:.3} W, {reads:.3} R a job, ${dollars:.3} a million");
        let most = if batch == 1 { 1.0 } else { 0.25 };
        assert!(writes <= most, "{batch} jobs a batch: {writes} W a job");
        assert!(batch < BATCH || dollars <= DOLLARS_MAX, "{dollars}");
    }
}

#[tokio::test]
async fn all_that_a_tenant_did_within_a_batch_and_an_hour_is_one_read_and_one_write() {
    let mut world = World::new().await;
    for _ in 0..20 {
        world.upload(&pictures::small(), &["a", "b"]).await;
    }
    world.settle().await;
    let changes = world.changes_for_observer();
    let again = World::new().await;
    again.aws.meter.reset();
    again.hand_over_batches(&[changes]).await;
    let costs = again.aws.meter.costs();
    let of = |operation: &str| {
        let cost = costs.get(&("observer".to_owned(), operation.to_owned()));
        cost.map(|cost| (cost.calls, cost.write_units, cost.read_units))
    };
    assert_eq!(of("dynamodb:PutItem"), Some((1, 1.0, 0.0)));
    assert_eq!(of("dynamodb:GetItem").map(|(calls, ..)| calls), Some(1));
}

#[tokio::test]
async fn a_row_stays_under_a_write_unit_where_batches_are_small() {
    let change = success().await;
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let world = World::new().await;
    world.clock.advance(HOUR);
    let long = "a-tenant-with-the-longest-name-x";
    world.add_tenant(long).await;
    let mut name = 0;
    for state in ["succeeded", "dead", "cancelled", "queued"] {
        for kind in &kinds {
            for _ in 0..5 {
                name += 1;
                let mut change = named(&change, name);
                for image in ["OldImage", "NewImage"] {
                    change["dynamodb"][image]["tenant"] = json!({ "S": long });
                    change["dynamodb"][image]["kind"] = json!({ "S": kind });
                }
                change["dynamodb"]["NewImage"]["state"] = json!({ "S": state });
                world.hand_over_batches(&[vec![change]]).await;
            }
        }
    }
    let rows = world.items();
    let row = rows.iter().find(|row| row["pk"]["S"] == format!("{long}#activity").as_str()).expect("a row");
    assert_eq!(row["kinds"]["M"].as_object().map(serde_json::Map::len), Some(kinds.len()));
    let bytes = crate::usage::bytes_of(row);
    println!("the row of an hour is {bytes} bytes at most while batches are small");
    assert!(bytes <= WRITE_UNIT_BYTES, "{bytes} bytes: {row}");
}

#[tokio::test]
async fn a_month_is_read_for_less_than_a_hundred_read_units() {
    let change = success().await;
    let world = World::new().await;
    let began = world.clock.now();
    let mut batch = Vec::new();
    for hour in 0..31 * 24_u32 {
        let at = (began + hour * HOUR).as_millis().to_string();
        let mut change = named(&change, hour as usize);
        change["dynamodb"]["NewImage"]["updated_at"] = json!({ "N": at });
        batch.push(change);
    }
    world.hand_over_batches(&[batch]).await;
    world.aws.meter.reset();
    let to = (began + 31 * 24 * HOUR).to_rfc3339();
    let shown = world.get(&format!("/v1/activity?from={}&to={to}", began.to_rfc3339())).await;
    assert_eq!(shown.json["data"].as_array().map(Vec::len), Some(31 * 24));
    let costs = world.aws.meter.costs();
    let cost = &costs[&("api".to_owned(), "dynamodb:Query".to_owned())];
    assert!(cost.read_units <= 100.0, "{cost:?}");
}

//! The cost of counting.

use super::*;
use shared::upload::key;

/// One write unit carries this many bytes of an item.
const WRITE_UNIT_BYTES: usize = 1024;

/// Write units of observer, and how many writes they were.
fn of_observer(world: &World) -> (f64, u64) {
    let costs = world.aws.meter.costs();
    let cost = costs.get(&("observer".to_owned(), "dynamodb:UpdateItem".to_owned()));
    cost.map_or((0.0, 0), |cost| (cost.write_units, cost.calls))
}

#[tokio::test]
async fn all_that_a_tenant_did_within_a_batch_is_one_write() {
    let mut world = World::new().await;
    // The first write of a tenant also makes its row's entry in the due index.
    world.announce(&pictures::small(), &[]).await;
    world.observe().await;
    world.aws.meter.reset();
    for _ in 0..50 {
        world.upload(&pictures::small(), &[]).await;
    }
    world.deliver_notifications().await;
    world.observe().await;
    assert_eq!(of_observer(&world), (1.0, 1));
    world.settle().await;
    world.assert_counted("after all").await;
}

#[tokio::test]
async fn what_amounts_to_nothing_is_no_write() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    world.aws.meter.reset();
    // It is stored until its objects are gone.
    world.delete_upload(&id).await;
    world.observe().await;
    assert_eq!(of_observer(&world), (0.0, 0));
    world.settle().await;
    assert_eq!(of_observer(&world), (1.0, 1));
}

#[tokio::test]
async fn an_upload_by_itself_costs_at_most_three_writes_of_usage_and_one_for_each_step() {
    for steps in [0, 1, 3] {
        let names: Vec<String> = (0..steps).map(|step| format!("s{step}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = World::new().await;
        world.upload(&pictures::small(), &names).await;
        world.settle().await;
        world.aws.meter.reset();
        world.upload(&pictures::small(), &names).await;
        world.settle().await;
        let (units, writes) = of_observer(&world);
        println!("{steps} steps, each change by itself: {units} units of usage");
        assert!(units <= 3.0 + steps as f64, "{steps} steps: {units} units in {writes} writes");
    }
}

#[tokio::test]
async fn the_row_stays_under_a_write_unit_whatever_it_remembers() {
    let mut world = World::new().await;
    let long = "a-tenant-with-the-longest-name-x";
    world.key = world.add_tenant(long).await;
    for _ in 0..200 {
        world.announce(&pictures::small(), &[]).await;
        world.observe().await;
    }
    let tenant = Tenant::parse(long).expect("a tenant's name");
    let now = world.clock.now() + 2 * DAY;
    let due = world.developer.table.due_recount(&tenant, now).await.expect("the table answers");
    let due = due.expect("it is due by then");
    let mut recount = shared::usage::Recount::begin(due.counted, now);
    let key =
        format!("{}{}/{}-{}", key::derivatives_of(&tenant), "u".repeat(30), "s".repeat(32), "h".repeat(26));
    recount.next = shared::usage::Part::Derivatives { after: Some(key) };
    recount.found = of(i64::MAX, usize::MAX / 2, usize::MAX / 2);
    recount.counted = recount.found;
    world.developer.table.keep_recount(&due, &recount, now).await.expect("the table answers");
    let rows = world.items();
    let row = rows.iter().find(|row| row["sk"]["S"] == "usage").expect("a row");
    let slots = row.as_object().unwrap().keys().filter(|name| name.starts_with("batch_")).count();
    assert_eq!(slots, usize::from(shared::usage::SLOTS));
    // As JSON with its types it is longer than DynamoDB counts it.
    let bytes = bytes_of(row);
    println!("the row of a tenant's usage is {bytes} bytes at most");
    assert!(bytes <= WRITE_UNIT_BYTES, "{bytes} bytes: {row}");
}

/// As DynamoDB counts: names, texts, bytes and digits, and some bytes for each map and list.
pub fn bytes_of(value: &Value) -> usize {
    let fields = |fields: &serde_json::Map<String, Value>| -> usize {
        fields.iter().map(|(name, value)| name.len() + 1 + bytes_of(value)).sum()
    };
    let object = value.as_object().expect("an item, or an attribute");
    match object.iter().next() {
        Some((kind, Value::String(text))) if kind == "S" => text.len(),
        Some((kind, Value::String(digits))) if kind == "N" => digits.len().div_ceil(2) + 1,
        Some((kind, Value::Object(map))) if kind == "M" => 3 + fields(map),
        Some((kind, Value::String(base64))) if kind == "B" => base64.trim_end_matches('=').len() * 3 / 4,
        Some((kind, Value::Array(list))) if kind == "L" => {
            3 + list.iter().map(|value| 1 + bytes_of(value)).sum::<usize>()
        }
        Some((kind, _)) if kind == "NULL" => 1,
        _ => fields(object),
    }
}

#[tokio::test]
async fn far_from_every_bound_usage_is_read_once_in_two_seconds() {
    let mut world = World::new().await;
    world.bound(shared::usage::Bounds::default());
    let reads = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counted = std::sync::Arc::clone(&reads);
    world.injector.set(move |call| {
        let is_read = call.operation == "GetItem" && call.body.contains("#usage");
        counted.fetch_add(u64::from(is_read), std::sync::atomic::Ordering::SeqCst);
        InjectedFault::None
    });
    for _ in 0..100 {
        world.announce(&pictures::small(), &[]).await;
        world.clock.advance(Duration::from_millis(200));
    }
    assert_eq!(reads.load(std::sync::atomic::Ordering::SeqCst), 10);
}

//! The engine's file: what happens in it is counted in steps of SQLite.

use std::path::Path;

use http::HeaderValue;
use serde_json::{Value, json};

use super::*;
use crate::state::TemporaryFolder;
use crate::steps;
use crate::template::{Deployment, Table};

/// Rows by which the table grows between two counts.
const FEW: usize = 100;
const MANY: usize = 1000;

/// Steps may grow with the depth of a tree of rows, not with their number.
const GROWTH_MAX_PERCENT: u64 = 130;

fn table() -> Table {
    let deployment = Deployment::new("millrace", "http://aws.local");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    template::load(&path, &deployment).unwrap().tables.remove(0)
}

struct World {
    dynamodb: DynamoDb,
    table: Table,
    _folder: TemporaryFolder,
}

impl World {
    fn new() -> Self {
        steps::count();
        let folder = TemporaryFolder::make().unwrap();
        let dynamodb = DynamoDb::open(&folder.state(), Clock::system()).unwrap();
        let table = table();
        dynamodb.create_table(&table).unwrap();
        Self { dynamodb, table, _folder: folder }
    }

    fn call(&self, operation: &str, mut body: Value) -> Value {
        body["TableName"] = json!(self.table.name);
        let mut request = Request::new(body.to_string().into());
        let target = format!("DynamoDB_20120810.{operation}");
        request.headers_mut().insert("x-amz-target", HeaderValue::from_str(&target).unwrap());
        let answer = self.dynamodb.call(&request);
        assert!(answer.status().is_success(), "{operation}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap()
    }

    fn put(&self, number: usize, expires_at: u64) {
        let item = json!({
            "pk": { "S": format!("row{number}") },
            "sk": { "S": "job" },
            "listing": { "S": "all" },
            "listed_at": { "S": format!("{number:010}") },
            "expires_at": { "N": expires_at.to_string() },
        });
        self.call("PutItem", json!({ "Item": item }));
    }

    fn numbers(&self, after: &Position) -> Vec<String> {
        let records = self.dynamodb.records(&self.table.name, after, 1000).unwrap();
        records.into_iter().map(|record| record.sequence_number).collect()
    }

    fn newest(&self) -> Position {
        let mut position = Position::Start;
        while let Some(last) = self.numbers(&position).pop() {
            position = Position::After(last);
        }
        position
    }
}

/// The steps of `work` on this thread.
fn steps_of(work: impl FnOnce()) -> u64 {
    let before = steps::of_this_thread();
    work();
    steps::of_this_thread() - before
}

fn far_future() -> u64 {
    4_000_000_000
}

#[test]
fn no_call_takes_more_steps_because_more_is_stored() {
    let world = World::new();
    let mut counts: Vec<Vec<(&str, u64)>> = Vec::new();
    let mut stored = 0;
    for rows in [FEW, MANY] {
        for number in stored..rows {
            world.put(number, far_future());
        }
        stored = rows;
        let newest = world.newest();
        let key = json!({ "pk": { "S": "row7" }, "sk": { "S": "job" } });
        let update = json!({ "Key": key, "UpdateExpression": "SET touched = :t", "ExpressionAttributeValues": { ":t": { "S": "x" } } });
        let list = json!({
            "IndexName": "by_time", "KeyConditionExpression": "listing = :l", "Limit": 20, "ScanIndexForward": false,
            "ExpressionAttributeValues": { ":l": { "S": "all" } },
        });
        counts.push(vec![
            ("putting", steps_of(|| world.put(rows, far_future()))),
            ("updating", steps_of(|| drop(world.call("UpdateItem", update)))),
            ("getting", steps_of(|| drop(world.call("GetItem", json!({ "Key": key }))))),
            ("listing", steps_of(|| drop(world.call("Query", list)))),
            ("reading the stream", steps_of(|| assert_eq!(world.numbers(&newest).len(), 2))),
            ("sweeping", steps_of(|| world.dynamodb.sweep().unwrap())),
            ("trimming", steps_of(|| world.dynamodb.trim(&world.table.name, &Position::Start).unwrap())),
        ]);
    }
    for ((what, few), (_, many)) in counts[0].iter().zip(&counts[1]) {
        assert!(*few > 0, "{what} runs statements");
        assert!(
            many * 100 <= few * GROWTH_MAX_PERCENT,
            "{what}: {few} steps at {FEW} rows, {many} at {MANY}"
        );
    }
}

#[test]
fn a_page_of_a_segment_visits_no_other_segment() {
    let world = World::new();
    for number in 0..MANY {
        world.put(number, far_future());
    }
    let scan = json!({ "Segment": 7, "TotalSegments": 100, "Limit": 10 });
    let steps = steps_of(|| drop(world.call("Scan", scan)));
    assert!(steps < MANY as u64, "{steps} steps for a hundredth of {MANY} rows");
}

#[test]
fn records_that_every_reader_has_passed_are_gone_and_later_ones_follow_on_them() {
    let world = World::new();
    for number in 0..5 {
        world.put(number, far_future());
    }
    let numbers = world.numbers(&Position::Start);
    let name = &world.table.name;

    world.dynamodb.trim(name, &Position::Start).unwrap();
    assert_eq!(world.numbers(&Position::Start), numbers, "a reader is still to come");
    world.dynamodb.trim(name, &Position::After(numbers[2].clone())).unwrap();
    assert_eq!(world.numbers(&Position::Start), numbers[3..]);
    world.dynamodb.trim(name, &Position::After(numbers[4].clone())).unwrap();
    assert_eq!(world.numbers(&Position::Start), numbers[4..], "the newest stays");

    world.put(9, far_future());
    let after = Position::After(numbers[4].clone());
    assert_eq!(world.numbers(&after).len(), 1, "a reader goes on where it was");
}

#[test]
fn what_has_expired_is_swept() {
    let world = World::new();
    world.put(1, 1_000_000_000);
    world.put(2, far_future());
    world.dynamodb.sweep().unwrap();
    let left = world.call("Scan", json!({}));
    assert_eq!(left["Items"][0]["pk"]["S"], "row2");
    assert_eq!(left["Count"], 1);
}

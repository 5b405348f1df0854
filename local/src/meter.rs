//! Counts what calls cost, at the wire: DynamoDB's units as the engine reports them, and the number of calls.
//!
//! A failed conditional write costs what a made one does, and neither AWS nor the engine reports it: it is counted here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;
use serde_json::{Value, json};

use crate::dynamodb;
use crate::http::{Request, Response};
use crate::iam::credentials::Principal;

/// One write unit carries this many bytes of an item.
const WRITE_UNIT_BYTES: usize = 1024;

/// Counts since the start. Clones share them.
#[derive(Clone, Default)]
pub struct Meter(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    costs: BTreeMap<(String, String), Cost>,
    refusals: Vec<String>,
}

/// The cost of the calls of one kind by one caller.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    pub calls: u64,
    pub write_units: f64,
    pub read_units: f64,
}

impl Meter {
    /// Costs by caller and operation.
    pub fn costs(&self) -> BTreeMap<(String, String), Cost> {
        self.counts().costs.clone()
    }

    /// Lists the refusals of IAM, in its words.
    pub fn refusals(&self) -> Vec<String> {
        self.counts().refusals.clone()
    }

    pub fn count_refusal(&self, refusal: &str) {
        self.counts().refusals.push(refusal.to_owned());
    }

    pub fn write_units(&self) -> f64 {
        self.costs().values().map(|cost| cost.write_units).sum()
    }

    pub fn reset(&self) {
        self.counts().costs.clear();
    }

    /// The same request, asking the engine to report what it consumed.
    pub fn ask_for_capacity(request: &Request) -> Request {
        let mut asking = request.clone();
        if let Ok(Value::Object(mut body)) = serde_json::from_slice(request.body()) {
            body.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
            *asking.body_mut() = Value::Object(body).to_string().into();
        }
        asking
    }

    /// The answer as it would have been, had the request not been changed by [`Meter::ask_for_capacity`].
    pub fn without_capacity(request: &Request, answer: Response) -> Response {
        let asked: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        if asked.get("ReturnConsumedCapacity").is_some() {
            return answer;
        }
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if body.as_object_mut().and_then(|body| body.remove("ConsumedCapacity")).is_none() {
            return answer;
        }
        let (mut parts, _) = answer.into_parts();
        parts.headers.remove("x-amz-crc32");
        Response::from_parts(parts, body.to_string().into())
    }

    pub fn count_dynamodb(&self, request: &Request, answer: &Response, caller: Option<&Principal>) {
        let operation = dynamodb::operation(request).unwrap_or_default();
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let is_write = operation.starts_with("Put")
            || operation.starts_with("Update")
            || operation.starts_with("Delete");
        let units = if answer.status().is_success() { consumed(&body) } else { refused(&body) };
        let mut cost = Cost { calls: 1, ..Cost::default() };
        if is_write {
            cost.write_units = units;
        } else {
            cost.read_units = units;
        }
        self.add(caller, format!("dynamodb:{operation}"), cost);
    }

    pub fn count_s3(&self, request: &Request, caller: Option<&Principal>) {
        let operation = match *request.method() {
            Method::GET if request.uri().query().is_some_and(|query| query.contains("list-type=")) => {
                "s3:ListObjects"
            }
            Method::GET => "s3:GetObject",
            Method::HEAD => "s3:HeadObject",
            Method::PUT if request.headers().contains_key("x-amz-copy-source") => "s3:CopyObject",
            Method::PUT => "s3:PutObject",
            Method::DELETE => "s3:DeleteObject",
            _ => "s3:other",
        };
        self.add(caller, operation.to_owned(), Cost { calls: 1, ..Cost::default() });
    }

    pub fn count_sqs(&self, request: &Request, caller: Option<&Principal>) {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
        self.add(caller, format!("sqs:{operation}"), Cost { calls: 1, ..Cost::default() });
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, caller: Option<&Principal>, operation: String, cost: Cost) {
        let caller = match caller {
            Some(Principal::Function(function)) => function.clone(),
            _ => "outside".to_owned(),
        };
        let mut counts = self.counts();
        let sum = counts.costs.entry((caller, operation)).or_default();
        sum.calls += cost.calls;
        sum.write_units += cost.write_units;
        sum.read_units += cost.read_units;
    }
}

/// Returns the units that the engine reports: one object, or one for each table of a batch.
fn consumed(body: &Value) -> f64 {
    match &body["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or(0.0),
    }
}

/// Returns the cost of a failed condition: the units of the item, one at the least. Other errors cost nothing.
fn refused(body: &Value) -> f64 {
    let kind = body["__type"].as_str().unwrap_or_default();
    let is_condition = kind.ends_with("ConditionalCheckFailedException");
    if !is_condition {
        return 0.0;
    }
    let bytes = body["Item"].as_object().map_or(0, |item| Value::Object(item.clone()).to_string().len());
    bytes.div_ceil(WRITE_UNIT_BYTES).max(1) as f64
}

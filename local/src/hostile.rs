//! Hostile mode: seeded, it does what AWS does now and then and emulators hide.
//!
//! | what | where |
//! | --- | --- |
//! | stale answers to reads that do not ask for consistency | [`Hostility::instead_of`] |
//! | throttles at random | [`Hostility::instead_of`], [`Hostility::throttle`], [`Hostility::slow_down`] |
//! | throttles of a key that is written too often | [`crate::partitions`] |
//! | indexes that lag | [`Hostility::bend`] |
//! | messages, records, events and scheduled invocations that come twice, late, reordered or never; receives that come back empty | the event sources, by [`Hostility::strikes`] |
//! | functions that die at any point, answers that are lost | [`crate::connector`], by the test |

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::dynamodb::{self, DynamoDb};
use crate::http::{Request, Response};

/// How likely something is, in percent.
pub type Percent = u32;

const THROTTLED: Percent = 3;
const SLOWED_DOWN: Percent = 2;
const STALE: Percent = 30;
const INDEX_LAGS: Percent = 20;

/// No hostility, or a seeded one. Clones share it.
#[derive(Clone, Default)]
pub struct Hostility(Option<Arc<Mutex<State>>>);

struct State {
    random: StdRng,
    /// Each row as it was before its latest write, by its key.
    before: HashMap<String, Value>,
}

impl Hostility {
    pub fn none() -> Self {
        Self(None)
    }

    pub fn seeded(seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self(Some(Arc::new(Mutex::new(State { random, before: HashMap::new() }))))
    }

    pub fn is_hostile(&self) -> bool {
        self.0.is_some()
    }

    /// Whether something that is this likely happens now. Never, without hostility.
    pub fn strikes(&self, likely: Percent) -> bool {
        self.with(|state| state.random.random_range(0..100) < likely).unwrap_or(false)
    }

    /// A number below `end`; zero without hostility.
    pub fn below(&self, end: usize) -> usize {
        self.with(|state| state.random.random_range(0..end.max(1))).unwrap_or(0)
    }

    /// Brings `items` into another order, and now and then doubles one.
    pub fn reorder<T: Clone>(&self, items: &mut Vec<T>, doubled: Percent) {
        for index in (1..items.len()).rev() {
            let other = self.with(|state| state.random.random_range(0..=index)).unwrap_or(index);
            items.swap(index, other);
        }
        if self.strikes(doubled)
            && let Some(item) = items.get(self.below(items.len())).cloned()
        {
            items.push(item);
        }
    }

    /// A throttle, or what a row was before its latest write, instead of the answer.
    pub fn instead_of(&self, dynamodb: &DynamoDb, request: &Request) -> Option<Response> {
        if !self.is_hostile() {
            return None;
        }
        if self.strikes(THROTTLED) {
            let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
            return Some(dynamodb::failure(
                kind,
                "The level of configured provisioned throughput was exceeded.",
            ));
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match dynamodb::operation(request)? {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                let key = key(&body)?;
                let before = current(dynamodb, request, &body["TableName"], &key);
                self.with(|state| state.before.insert(key.to_string(), before));
                None
            }
            "GetItem" if body["ConsistentRead"] != json!(true) && self.strikes(STALE) => {
                let before = self.with(|state| state.before.get(&key(&body)?.to_string()).cloned())??;
                Some(Response::new(Bytes::from(before.to_string())))
            }
            _ => None,
        }
    }

    /// The answer of a service other than DynamoDB that is asked too often.
    pub fn throttle(&self) -> Option<Response> {
        let throttled = || dynamodb::failure("ThrottlingException", "Rate exceeded");
        self.strikes(THROTTLED).then(throttled)
    }

    /// The response of S3, now and then, to many requests for one prefix.
    pub fn slow_down(&self) -> Option<Response> {
        self.strikes(SLOWED_DOWN).then(|| {
            let body =
                "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
            let mut response = Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            response
        })
    }

    /// The answer, with the newest entry of an index not there yet.
    pub fn bend(&self, request: &Request, answer: Response) -> Response {
        let is_index = dynamodb::operation(request) == Some("Query") && answer.status().is_success();
        if !is_index || !self.strikes(INDEX_LAGS) {
            return answer;
        }
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if let Some(items) = body["Items"].as_array_mut() {
            items.pop();
        }
        // Without the checksum of the answer that was.
        Response::new(Bytes::from(body.to_string()))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> Option<T> {
        let state = self.0.as_ref()?;
        Some(act(&mut state.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The key of the row that a request is about.
pub(crate) fn key(body: &Value) -> Option<Value> {
    let row = body.get("Key").or_else(|| body.get("Item"))?;
    Some(json!({ "pk": row["pk"], "sk": row["sk"] }))
}

/// The answer to a consistent read of a row.
pub(crate) fn current(dynamodb: &DynamoDb, request: &Request, table: &Value, key: &Value) -> Value {
    let mut get = request.clone();
    *get.body_mut() = json!({ "TableName": table, "Key": key }).to_string().into();
    let target = http::HeaderValue::from_static("DynamoDB_20120810.GetItem");
    get.headers_mut().insert("x-amz-target", target);
    serde_json::from_slice(dynamodb.call(&get).body()).unwrap_or_else(|_| json!({}))
}

//! Rows as they are stored, those of layout 1 included.
//!
//! Layout 1 had one attribute `work`, tagged by kind, in which the upload, its run and the step stood beside the input,
//! and an untagged `product`. An update leaves a row in the layout that it has, so both forms are read for ever.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Attempt, Failure, Job, KindName, Parent, ParentKind, State, Submission};
use crate::clock::Timestamp;
use crate::id::JobId;
use crate::request_id::RequestId;
use crate::tenant::Tenant;

/// In layout 1, the verification of a checksum was called this among the steps of its upload.
const CHECKSUM_STEP: &str = ":checksum";

#[derive(Deserialize)]
pub(super) struct StoredJob {
    tenant: Tenant,
    id: JobId,
    request_id: Option<RequestId>,
    kind: Option<KindName>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    input_apart: bool,
    parent: Option<Parent>,
    submission: Option<Submission>,
    state: State,
    dispatch: u32,
    epoch: u32,
    attempts: u32,
    #[serde(default)]
    deferrals: u32,
    accepted_at: Timestamp,
    updated_at: Timestamp,
    due_at: Option<Timestamp>,
    start_by: Option<Timestamp>,
    #[serde(default)]
    cancel_requested: bool,
    change: Option<String>,
    lease_until: Option<Timestamp>,
    claim: Option<String>,
    output: Option<Value>,
    #[serde(default)]
    stored_bytes: u64,
    failure: Option<Failure>,
    #[serde(default)]
    timeline: Vec<Attempt>,
    /// In layout 1: the kind, and its task.
    #[serde(default)]
    work: Map<String, Value>,
    /// In layout 1: the result.
    product: Option<Value>,
}

impl TryFrom<StoredJob> for Job {
    type Error = &'static str;

    fn try_from(stored: StoredJob) -> Result<Self, Self::Error> {
        let earlier = stored.work.into_iter().next().map(|(kind, work)| earlier_work(kind, work));
        let (earlier_kind, earlier_input, earlier_parent) = match earlier {
            Some((kind, input, parent)) => (Some(kind), Some(input), parent),
            None => (None, None, None),
        };
        let kind = stored.kind.or(earlier_kind).ok_or("the row of a job names no kind")?;
        let made_nothing =
            || (stored.state == State::Succeeded && kind.as_str() == "checksum").then_some(Value::Null);
        let product = if earlier_input.is_some() { stored.product.or_else(made_nothing) } else { None };
        let earlier_bytes = product.as_ref().map_or(0, earlier_stored_bytes);
        let earlier_output = product.map(|product| json!({ kind.as_str(): product }));
        Ok(Self {
            tenant: stored.tenant,
            id: stored.id,
            request_id: stored.request_id,
            input: earlier_input.unwrap_or(stored.input),
            input_apart: stored.input_apart,
            parent: stored.parent.or(earlier_parent),
            submission: stored.submission,
            state: stored.state,
            dispatch: stored.dispatch,
            epoch: stored.epoch,
            attempts: stored.attempts,
            deferrals: stored.deferrals,
            accepted_at: stored.accepted_at,
            updated_at: stored.updated_at,
            due_at: stored.due_at,
            start_by: stored.start_by,
            cancel_requested: stored.cancel_requested,
            change: stored.change,
            lease_until: stored.lease_until,
            claim: stored.claim,
            output: stored.output.or(earlier_output),
            stored_bytes: stored.stored_bytes.max(earlier_bytes),
            failure: stored.failure,
            timeline: stored.timeline,
            kind,
        })
    }
}

/// How much a product of layout 1 takes up in the bucket.
fn earlier_stored_bytes(product: &Value) -> u64 {
    let bytes = |of: &Value, name: &str| of[name].as_u64().unwrap_or(0);
    let alternatives = product["alternatives"].as_array().into_iter().flatten();
    let alternatives: u64 = alternatives.map(|other| bytes(other, "size_bytes")).sum();
    bytes(product, "size_bytes") + alternatives + bytes(product, "json_size_bytes")
}

/// The kind, the input and the parent that `work` of layout 1 stands for.
fn earlier_work(kind: String, work: Value) -> (KindName, Value, Option<Parent>) {
    let mut work = match work {
        Value::Object(work) => work,
        _ => Map::new(),
    };
    let upload = work.remove("upload").and_then(|upload| upload.as_str().map(str::to_owned));
    let run = work.remove("run").and_then(|run| run.as_u64());
    let mut step = match work.remove("step") {
        Some(Value::Object(step)) => step,
        _ => Map::new(),
    };
    let name = step.remove("name").and_then(|name| name.as_str().map(str::to_owned));
    work.extend(step);
    let parent = upload.map(|upload| Parent {
        kind: if run.is_some() { ParentKind::Run } else { ParentKind::Upload },
        id: run.map_or_else(|| upload.clone(), |run| format!("{upload}/{run}")),
        at: None,
        step: name.unwrap_or_else(|| CHECKSUM_STEP.to_owned()),
    });
    (KindName::new(&kind), Value::Object(work), parent)
}

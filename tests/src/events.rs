//! The payloads in `events/`: each function takes all of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::pictures;
use crate::world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[tokio::test]
async fn every_payload_is_taken() {
    let mut refused = Vec::new();
    for function in paths(&folder()) {
        for file in paths(&function) {
            let world = World::new().await;
            let payload = Bytes::from(fs::read(&file).unwrap());
            let answer = world.invoker.invoke(&name(&function), payload).await;
            match answer.map(|answer| serde_json::from_slice(&answer).unwrap()) {
                Ok(answer) if is_taken(&answer) => {}
                Ok(answer) => refused.push(format!("{}: {answer}", file.display())),
                Err(error) => refused.push(format!("{}: {error}", file.display())),
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

/// Whether an HTTP request, if it was one, did not end in a fault.
fn is_taken(answer: &Value) -> bool {
    answer.get("statusCode").is_none_or(|status| status.as_u64().is_some_and(|status| status < 500))
}

#[tokio::test]
async fn each_function_has_payloads_and_each_payload_a_function() {
    let world = World::new().await;
    let functions: BTreeSet<String> =
        world.template.functions.iter().map(|function| function.name.clone()).collect();
    let folders = paths(&folder());
    assert_eq!(folders.iter().map(|folder| name(folder)).collect::<BTreeSet<_>>(), functions);
    for folder in folders {
        let files = paths(&folder);
        assert!(!files.is_empty(), "{} is empty", folder.display());
        assert!(files.iter().all(|file| name(file).ends_with(".json")), "{files:?}");
    }
}

/// A key as S3 may spell it: everything but letters, digits and slashes percent-encoded, and a space as `+`.
fn spelt_out(key: &str) -> String {
    key.replace('%', "%25").replace('_', "%5F").replace('-', "%2D").replace(' ', "+")
}

#[tokio::test]
async fn whatever_kind_of_creation_s3_tells_of_the_bytes_are_ingested() {
    let mut kinds = BTreeSet::new();
    for file in paths(&folder().join("intake")) {
        let event: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        for encode in [str::to_owned, spelt_out] {
            let mut event = event.clone();
            let mut world = World::new().await;
            for record in event.get_mut("Records").and_then(Value::as_array_mut).into_iter().flatten() {
                kinds.insert(record["eventName"].as_str().unwrap().to_owned());
                let bytes = pictures::small();
                let created = world.announce(&bytes, &[]).await;
                assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
                record["s3"]["object"]["key"] = encode(&format!("uploads/acme/{}", created.id)).into();
            }
            let payload = Bytes::from(event.to_string());
            world.invoker.invoke("intake", payload).await.unwrap_or_else(|error| panic!("{file:?}: {error}"));
            let states: Vec<_> = world.rows().uploads.iter().map(|upload| upload.state.as_str()).collect();
            assert!(states.iter().all(|state| *state == "ready"), "{file:?}: {states:?}");
        }
    }
    let documented = ["CompleteMultipartUpload", "Copy", "Post", "Put"];
    assert_eq!(kinds, documented.iter().map(|kind| format!("ObjectCreated:{kind}")).collect());
}

/// Fields that AWS sends, be it to some functions or now and then: `[]` is any entry of a list. Compared with the recorded events
/// of others.
const FIELDS: [(&str, &[&str]); 7] = [
    (
        "api",
        &[
            "cookies[]",
            "queryStringParameters",
            "pathParameters.proxy",
            "stageVariables",
            "body",
            "isBase64Encoded",
            "requestContext.authentication.clientCert.validity.notAfter",
            "requestContext.http.sourceIp",
            "requestContext.timeEpoch",
        ],
    ),
    (
        "intake",
        &[
            "Event",
            "Records[].eventName",
            "Records[].responseElements.x-amz-id-2",
            "Records[].s3.configurationId",
            "Records[].s3.object.key",
            "Records[].s3.object.urlDecodedKey",
            "Records[].s3.object.versionId",
            "Records[].s3.object.sequencer",
        ],
    ),
    ("relay", &STREAM),
    ("observer", &STREAM),
    ("media", &QUEUE),
    ("worker", &QUEUE),
    ("scheduler", &["detail-type", "resources[]", "detail", "replay-name"]),
];

const STREAM: [&str; 6] = [
    "Records[].userIdentity.principalId",
    "Records[].eventSourceARN",
    "Records[].dynamodb.ApproximateCreationDateTime",
    "Records[].dynamodb.Keys.pk.S",
    "Records[].dynamodb.NewImage",
    "Records[].dynamodb.SequenceNumber",
];

const QUEUE: [&str; 8] = [
    "Records[].receiptHandle",
    "Records[].attributes.ApproximateReceiveCount",
    "Records[].attributes.MessageGroupId",
    "Records[].attributes.AWSTraceHeader",
    "Records[].attributes.DeadLetterQueueSourceArn",
    "Records[].messageAttributes.sender.dataType",
    "Records[].md5OfMessageAttributes",
    "Records[].eventSourceARN",
];

fn has(value: &Value, path: &str) -> bool {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, is_list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
    let Some(value) = value.get(name) else { return false };
    match value.as_array().filter(|_| is_list) {
        Some(entries) => entries.iter().any(|entry| rest.is_empty() || has(entry, rest)),
        None => !is_list && (rest.is_empty() || has(value, rest)),
    }
}

#[test]
fn some_payload_of_each_function_has_each_field_that_aws_sends() {
    let mut missing = Vec::new();
    for (function, fields) in FIELDS {
        let payloads: Vec<Value> = paths(&folder().join(function))
            .iter()
            .map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap())
            .collect();
        let lacks = fields.iter().filter(|field| !payloads.iter().any(|payload| has(payload, field)));
        missing.extend(lacks.map(|field| format!("{function}: {field}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

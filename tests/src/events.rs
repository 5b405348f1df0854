//! The payloads in `events/`: each function takes all of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value;

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

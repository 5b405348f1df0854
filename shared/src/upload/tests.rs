use serde_json::{Value, json};

use super::*;
use crate::error::Rejected;

mod conclusion;
mod fingerprints;
mod following_up;
mod inspection;
mod multipart;
mod requests;
mod rows;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The first bytes of a PNG of 640 × 480 pixels.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1A\n\x00\x00\x00\x0DIHDR\x00\x00\x02\x80\x00\x00\x01\xE0\x08\x02\x00\x00\x00";

/// The first bytes of a PNG of 65,536 × 480 pixels.
const PNG_TOO_WIDE: &[u8] =
    b"\x89PNG\r\n\x1A\n\x00\x00\x00\x0DIHDR\x00\x01\x00\x00\x00\x00\x01\xE0\x08\x02\x00\x00\x00";

fn request(fields: Value) -> UploadRequest {
    let mut request = json!({"filename": "photo.png", "content_type": "image/png", "size_bytes": 1000});
    for (name, value) in fields.as_object().unwrap() {
        request[name] = value.clone();
    }
    serde_json::from_value(request).unwrap()
}

fn steps(names: &[&str]) -> Value {
    let steps = names.iter().map(|name| json!({"name": name, "image": {"width": 200}}));
    json!({"steps": steps.collect::<Vec<_>>()})
}

fn id() -> UploadId {
    UploadId::parse("upl_00000000000000000000000001").unwrap()
}

fn tenant() -> Tenant {
    Tenant::parse("acme").unwrap()
}

fn pending(fields: Value) -> Upload {
    made_of(request(fields)).0
}

/// The upload that a request with a recipe of its own makes.
fn made_of(request: UploadRequest) -> (Upload, Option<Recipe>) {
    let recipe = request.recipe.inline().cloned().unwrap();
    request.into_upload(recipe.into(), tenant(), id(), NOW)
}

/// With two steps, `thumb` and `large`.
fn in_state(state: State) -> Upload {
    Upload { state, ..pending(json!({"recipe": steps(&["thumb", "large"])})) }
}

fn ended(done: &[&str], failed: &[&str]) -> Upload {
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Upload { done: set(done), failed: set(failed), ..in_state(State::Processing) }
}

fn rejected(upload: Upload) -> Upload {
    Upload { rejection: Some(Rejection::new("image_corrupt", "cut off")), ..upload }
}

fn stored(head: &[u8]) -> StoredObject {
    StoredObject {
        etag: "\"e1\"".to_owned(),
        size_bytes: 1000,
        sha256: None,
        content_encoding: None,
        head: head.to_vec(),
    }
}

fn rejection_code(upload: &Upload, object: &StoredObject) -> Option<String> {
    match inspect(upload, object) {
        Inspection::Accepted => None,
        Inspection::Rejected(rejection) => Some(rejection.code),
    }
}

fn pointers(fields: Value) -> Vec<String> {
    match request(fields).validate() {
        Ok(()) => Vec::new(),
        Err(Rejected::Invalid { errors }) => errors.into_iter().map(|error| error.pointer).collect(),
        Err(other) => panic!("{other:?}"),
    }
}

//! The names in rows, which never change.

use super::*;

/// Rows of every age are read for ever: a name that changes here is a row that is lost.
#[test]
fn stored_names_never_change() {
    let job = Job {
        request_id: RequestId::parse("req-1"),
        dispatch: 3,
        epoch: 5,
        attempts: 2,
        deferrals: 1,
        due_at: Some(NOW),
        output: Some(output()),
        stored_bytes: 2284,
        failure: Some(Failure::new(Cause::Transient, "storage_unavailable", "timed out")),
        timeline: vec![Attempt {
            epoch: 4,
            ended_at: NOW,
            code: "panicked".to_owned(),
            ms: None,
            status: None,
            wait_ms: None,
        }],
        ..running()
    };
    let stored = json!({
        "tenant": "acme",
        "id": "job_00000000000000000000000002",
        "request_id": "req-1",
        "kind": "image_step",
        "input": {"image": {"width": 200}, "etag": "\"e1\""},
        "parent": {
            "kind": "upload", "id": "upl_00000000000000000000000001", "at": 1_800_000_000_000_i64,
            "step": "thumb",
        },
        "state": "running",
        "dispatch": 3,
        "epoch": 5,
        "attempts": 2,
        "deferrals": 1,
        "accepted_at": 1_800_000_000_000_i64,
        "updated_at": 1_800_000_000_000_i64,
        "due_at": 1_800_000_000_000_i64,
        "lease_until": 1_800_000_125_000_i64,
        "claim": "invocation-1/0",
        "output": output(),
        "stored_bytes": 2284,
        "failure": {"cause": "transient", "code": "storage_unavailable", "detail": "timed out"},
        "timeline": [{"epoch": 4, "ended_at": 1_800_000_000_000_i64, "code": "panicked"}],
    });
    assert_eq!(serde_json::to_value(&job).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), job);
}

#[test]
fn a_job_as_it_is_accepted_stores_only_what_it_has() {
    let stored = serde_json::to_value(Job { parent: None, ..accepted() }).unwrap();
    let names: Vec<&str> = stored.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "accepted_at",
        "attempts",
        "dispatch",
        "epoch",
        "id",
        "input",
        "kind",
        "state",
        "tenant",
        "updated_at",
    ];
    assert_eq!(names, expected);
    let apart = Job { input: Value::Null, input_apart: true, ..accepted() };
    let stored = serde_json::to_value(&apart).unwrap();
    assert_eq!((stored.get("input"), &stored["input_apart"]), (None, &json!(true)));
    assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), apart);
}

#[test]
fn a_row_that_names_no_kind_is_refused() {
    let mut stored = serde_json::to_value(accepted()).unwrap();
    stored.as_object_mut().unwrap().remove("kind");
    assert!(serde_json::from_value::<Job>(stored).unwrap_err().to_string().contains("names no kind"));
}

#[test]
fn stored_words_never_change() {
    let states = [
        State::Queued,
        State::Waiting,
        State::Running,
        State::Succeeded,
        State::Dead,
        State::Cancelled,
        State::Expired,
        State::Paused,
    ];
    let states = states.map(|state| {
        // Conditions compare with the same word that rows hold.
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        state.as_str()
    });
    assert_eq!(
        states,
        ["queued", "waiting", "running", "succeeded", "dead", "cancelled", "expired", "paused"]
    );
    let causes = [Cause::Rejected, Cause::Impossible, Cause::Transient, Cause::Panicked, Cause::Lost];
    assert_eq!(json!(causes), json!(["rejected", "impossible", "transient", "panicked", "lost"]));
    assert_eq!(json!(Cause::External), json!("external"));
    let parents = [ParentKind::Upload, ParentKind::Run, ParentKind::Import, ParentKind::Job];
    assert_eq!(json!(parents), json!(["upload", "run", "import", "job"]));
}

/// A row as version 1 of the layout has it.
fn of_layout_1(work: Value, product: Value) -> Job {
    let mut stored = serde_json::to_value(Job { epoch: 1, attempts: 1, ..accepted() }).unwrap();
    let row = stored.as_object_mut().unwrap();
    for later in ["kind", "input", "parent"] {
        row.remove(later);
    }
    row.insert("state".to_owned(), json!("succeeded"));
    row.insert("work".to_owned(), work);
    if !product.is_null() {
        row.insert("product".to_owned(), product);
    }
    serde_json::from_value(stored).unwrap()
}

#[test]
fn rows_of_layout_1_are_read() {
    let upload = "upl_00000000000000000000000001";
    let image = json!({
        "format": "jpeg", "width": 200, "height": 150, "size_bytes": 2284,
        "alternatives": [{"format": "avif", "size_bytes": 9}],
    });
    let job = of_layout_1(
        json!({"image_step": {"upload": upload, "etag": "\"e1\"",
            "step": {"name": "thumb", "from": "large", "image": {"width": 200}}}}),
        image.clone(),
    );
    let input = json!({"from": "large", "image": {"width": 200}, "etag": "\"e1\""});
    assert_eq!((job.kind.as_str(), &job.input), ("image_step", &input));
    assert_eq!(job.parent, Some(Parent { at: None, ..parent() }));
    assert_eq!((job.output, job.stored_bytes), (Some(json!({ "image_step": image })), 2293));

    let work = json!({"metadata_step": {"upload": upload, "run": 2, "etag": "\"e1\"",
        "step": {"name": "exif", "metadata": {"gps": false}}}});
    let job = of_layout_1(work, json!({"json_size_bytes": 7}));
    let run = Parent { kind: ParentKind::Run, id: format!("{upload}/2"), at: None, step: "exif".to_owned() };
    assert_eq!((job.kind.as_str(), job.parent), ("metadata_step", Some(run)));
    assert_eq!((job.output, job.stored_bytes), (Some(json!({"metadata_step": {"json_size_bytes": 7}})), 7));

    let work = json!({"checksum": {"upload": upload, "etag": "\"e1\"", "size_bytes": 5, "sha256": "0a"}});
    let job = of_layout_1(work, Value::Null);
    assert_eq!(job.input, json!({"etag": "\"e1\"", "size_bytes": 5, "sha256": "0a"}));
    assert_eq!(job.parent, Some(Parent { at: None, step: ":checksum".to_owned(), ..parent() }));
    assert_eq!((job.output, job.stored_bytes), (Some(json!({"checksum": null})), 0));
}

#[test]
fn a_row_of_layout_1_that_was_finished_by_this_version_has_its_output() {
    let mut stored = serde_json::to_value(succeeded()).unwrap();
    let row = stored.as_object_mut().unwrap();
    for later in ["kind", "input", "parent"] {
        row.remove(later);
    }
    let upload = "upl_00000000000000000000000001";
    let step = json!({"name": "thumb", "image": {"width": 200}});
    row.insert("work".to_owned(), json!({"image_step": {"upload": upload, "etag": "\"e1\"", "step": step}}));
    let job: Job = serde_json::from_value(stored).unwrap();
    assert_eq!(job, Job { parent: Some(Parent { at: None, ..parent() }), ..succeeded() });
}

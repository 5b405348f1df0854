//! What rows say, which never changes.

use super::*;
use crate::image::{Fit, MetadataOptions, TargetFormat};
use crate::media::Alternative;
use crate::recipe::ChecksumOptions;

/// Rows of every age are read for ever: a name that changes here is a row that is lost.
#[test]
fn stored_names_never_change() {
    let step = Step {
        name: "thumb".to_owned(),
        from: None,
        action: Action::Image(Transform {
            width: Some(200),
            height: Some(150),
            fit: Some(Fit::Inside),
            format: Some(TargetFormat::WebP),
            quality: Some(75),
            background: Some("#ffffff".to_owned()),
            ..Transform::default()
        }),
    };
    let job = Job {
        request_id: RequestId::parse("req-1"),
        work: Work::ImageStep(StepWork { step, ..image_step() }),
        dispatch: 3,
        epoch: 5,
        attempts: 2,
        due_at: Some(NOW),
        product: Some(product()),
        failure: Some(Failure::new(Cause::Transient, "storage_unavailable", "timed out")),
        timeline: vec![Attempt { epoch: 4, ended_at: NOW, code: "panicked".to_owned() }],
        ..running()
    };
    let stored = json!({
        "tenant": "acme",
        "id": "job_00000000000000000000000002",
        "request_id": "req-1",
        "work": {"image_step": {
            "upload": "upl_00000000000000000000000001",
            "step": {"name": "thumb", "image": {
                "width": 200, "height": 150, "fit": "inside", "format": "webp", "quality": 75,
                "background": "#ffffff",
            }},
            "etag": "\"e1\"",
        }},
        "state": "running",
        "dispatch": 3,
        "epoch": 5,
        "attempts": 2,
        "accepted_at": 1_800_000_000_000_i64,
        "updated_at": 1_800_000_000_000_i64,
        "due_at": 1_800_000_000_000_i64,
        "lease_until": 1_800_000_125_000_i64,
        "claim": "invocation-1/0",
        "product": {
            "format": "webp", "width": 200, "height": 150, "size_bytes": 2284,
            "original": {
                "width": 4000, "height": 3000, "dominant_color": "#dadee0", "thumbhash": "6PcNBIB5",
            },
        },
        "failure": {"cause": "transient", "code": "storage_unavailable", "detail": "timed out"},
        "timeline": [{"epoch": 4, "ended_at": 1_800_000_000_000_i64, "code": "panicked"}],
    });
    assert_eq!(serde_json::to_value(&job).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), job);
}

#[test]
fn stored_names_of_other_steps_and_products_never_change() {
    let step = |action| StepWork {
        run: Some(2),
        step: Step { name: "b".to_owned(), from: None, action },
        ..image_step()
    };
    let digest = Work::of_step(step(Action::Checksum(ChecksumOptions::default())));
    let exif = Work::of_step(step(Action::Metadata(MetadataOptions::default())));
    let thumb = Work::of_step(StepWork {
        step: Step { from: Some("a".to_owned()), ..image_step().step },
        ..image_step()
    });
    let upload = "upl_00000000000000000000000001";
    for (work, stored) in [
        (
            digest,
            json!({"checksum_step": {"upload": upload, "run": 2, "etag": "\"e1\"",
            "step": {"name": "b", "checksum": {"algorithm": "sha256"}}}}),
        ),
        (
            exif,
            json!({"metadata_step": {"upload": upload, "run": 2, "etag": "\"e1\"",
            "step": {"name": "b", "metadata": {"gps": false}}}}),
        ),
        (
            thumb,
            json!({"image_step": {"upload": upload, "etag": "\"e1\"",
            "step": {"name": "thumb", "from": "a", "image": {"width": 200}}}}),
        ),
    ] {
        assert_eq!(serde_json::to_value(&work).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Work>(stored).unwrap(), work);
    }
    let alternatives = vec![Alternative { format: OutputFormat::Avif, size_bytes: 9 }];
    let Product::Image(image) = product() else { panic!("it is an image") };
    for (product, stored) in [
        (Product::Metadata { json_size_bytes: 7 }, json!({"json_size_bytes": 7})),
        (Product::Checksum { sha256: "0a".to_owned() }, json!({"sha256": "0a"})),
        (
            Product::Image(Image { alternatives, original: None, ..image }),
            json!({"format": "webp", "width": 200, "height": 150, "size_bytes": 2284,
                "alternatives": [{"format": "avif", "size_bytes": 9}]}),
        ),
    ] {
        assert_eq!(serde_json::to_value(&product).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Product>(stored).unwrap(), product);
    }
}

#[test]
fn a_job_as_it_is_accepted_stores_only_what_it_has() {
    let stored = serde_json::to_value(accepted()).unwrap();
    let names: Vec<&str> = stored.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["accepted_at", "attempts", "dispatch", "epoch", "id", "state", "tenant", "updated_at", "work"];
    assert_eq!(names, expected);
}

#[test]
fn stored_words_never_change() {
    let states =
        [State::Queued, State::Waiting, State::Running, State::Succeeded, State::Dead, State::Cancelled];
    let states = states.map(|state| {
        // What conditions compare with is what rows say.
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        state.as_str()
    });
    assert_eq!(states, ["queued", "waiting", "running", "succeeded", "dead", "cancelled"]);
    let work = Work::ImageStep(image_step());
    assert!(serde_json::to_value(&work).unwrap().get(work.kind()).is_some());
    let causes = [Cause::Rejected, Cause::Transient, Cause::Panicked, Cause::Lost];
    assert_eq!(json!(causes), json!(["rejected", "transient", "panicked", "lost"]));
}

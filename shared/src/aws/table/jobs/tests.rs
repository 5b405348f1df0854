use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::aws::table::{Attributes, item, row_of};
use crate::derivative::{Alternative, Image, StepWork};
use crate::image::{
    BLUR_SIGMA_PX_MAX, Demand, Facts, Fit, OutputFormat, SourceFormat, TARGET_SIDE_PX_MAX,
    TRIM_TOLERANCE_MAX, TargetFormat, Transform, most_demanding,
};
use crate::job::{Attempt, Cause, DETAIL_CHARS_MAX, KindName, Parent, ParentKind, TIMELINE_LENGTH_MAX};
use crate::kinds::step::RETRY;
use crate::recipe::{Action, Step};
use crate::request_id::{self, RequestId};
use crate::tenant;
use crate::upload::RUNS_MAX;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A write of a larger row costs another unit.
const UNIT_BYTES: usize = 1024;

/// Returns the size that DynamoDB counts: names and values, and a little more for maps and lists.
fn bytes(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + bytes_of(value)).sum()
}

fn bytes_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        // Two digits to a byte, and one more; another for a sign.
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::Bool(_) => 1,
        AttributeValue::M(map) => 3 + map.len() + bytes(map),
        AttributeValue::L(list) => 3 + list.len() + list.iter().map(bytes_of).sum::<usize>(),
        other => panic!("a job has no {other:?}"),
    }
}

fn row_bytes(job: &Job) -> usize {
    bytes(&item(&key(&job.tenant, &job.id), row_of(job).unwrap()))
}

/// With names of usual lengths.
fn usual() -> Job {
    let action = Action::Image(Transform { width: Some(200), ..Transform::default() });
    let step = Step { name: "thumb".to_owned(), from: None, action };
    let etag = format!("\"{}\"", "e".repeat(32));
    let page = Transform { width: Some(1600), ..Transform::default() };
    let demands = most_demanding([&page]);
    job("acme", RequestId::random(&crate::id::Ids::seeded(1)), step, None, etag, &demands)
}

/// With names and a transform as long as they may be.
fn longest() -> Job {
    let image = Transform {
        width: Some(TARGET_SIDE_PX_MAX),
        height: Some(TARGET_SIDE_PX_MAX),
        fit: Some(Fit::Contain),
        // No fit but `cover` takes a gravity.
        gravity: None,
        enlarge: Some(true),
        rotate: Some(270),
        trim: Some(TRIM_TOLERANCE_MAX),
        blur: Some(BLUR_SIGMA_PX_MAX),
        animated: Some(true),
        format: Some(TargetFormat::WebP),
        quality: Some(100),
        background: Some("#ffffff".to_owned()),
    };
    let shapes = [(16_000, 1000), (12_000, 1001), (10_000, 10_001)].map(|(width, height)| Transform {
        width: Some(width),
        height: Some(height),
        fit: Some(Fit::Inside),
        ..Transform::default()
    });
    let step = Step { name: "s".repeat(32), from: Some("f".repeat(32)), action: Action::Image(image) };
    let request_id = RequestId::parse(&"r".repeat(request_id::CHARS_MAX)).unwrap();
    // With a source, the ETag is a hash of ours.
    job(
        &"t".repeat(tenant::NAME_CHARS_MAX),
        request_id,
        step,
        Some(RUNS_MAX),
        "e".repeat(26),
        &most_demanding(&shapes),
    )
}

fn job(
    tenant: &str,
    request_id: RequestId,
    step: Step,
    run: Option<u32>,
    etag: String,
    demands: &[Demand],
) -> Job {
    let demands = demands.to_vec();
    let upload = crate::id::UploadId::derived(&["u"]);
    let (kind, id) = match run {
        None => (ParentKind::Upload, upload.to_string()),
        Some(run) => (ParentKind::Run, format!("{upload}/{run}")),
    };
    let parent = Parent { kind, id, at: Some(NOW), step: step.name.clone() };
    let input = StepWork { upload, step, etag, demands }.to_input();
    let tenant = Tenant::parse(tenant).unwrap();
    let job = Job::accept(tenant, JobId::derived(&["j"]), KindName::new("image_step"), input, NOW);
    Job { request_id: Some(request_id), parent: Some(parent), ..job }
}

fn running(job: Job) -> Job {
    let claim = Some("8476a536-e9f4-11e8-9739-2dfe598c3fcd/4".to_owned());
    Job { state: State::Running, epoch: job.epoch + 1, lease_until: Some(NOW), claim, ..job }
}

fn succeeded(job: Job) -> Job {
    let original = Facts {
        format: Some(SourceFormat::Jpeg),
        width: 4000,
        height: 3000,
        dominant_color: "#dadee0".to_owned(),
        thumbhash: "t".repeat(34),
    };
    let alternative = |format| Alternative { format, size_bytes: 1_228_400 };
    let image = Image {
        format: OutputFormat::Jpeg,
        width: 200,
        height: 150,
        size_bytes: 1_228_400,
        alternatives: [OutputFormat::Avif, OutputFormat::WebP].map(alternative).to_vec(),
        original: Some(original),
    };
    let (output, stored_bytes) = (serde_json::json!({ "image_step": image }), image.stored_bytes());
    let timeline =
        job.timeline_with(Ended { code: State::Succeeded.as_str(), status: None, due_at: None }, NOW);
    Job {
        state: State::Succeeded,
        epoch: 1,
        attempts: 1,
        output: Some(output),
        stored_bytes,
        timeline,
        ..job
    }
}

/// After as many attempts, saying as much as it may.
fn failed(job: Job, attempts: u32) -> Job {
    let failure = Failure::new(Cause::Transient, "storage_unavailable", &"x".repeat(DETAIL_CHARS_MAX));
    let attempt = |epoch| {
        let (ms, status, wait_ms) = (None, None, None);
        Attempt { epoch, ended_at: NOW, code: failure.code.clone(), ms, status, wait_ms }
    };
    let first = 1 + attempts.saturating_sub(TIMELINE_LENGTH_MAX as u32);
    let timeline: Vec<_> = (first..=attempts).map(attempt).collect();
    Job { epoch: attempts, attempts, dispatch: attempts, failure: Some(failure), timeline, ..job }
}

/// In its last attempt.
fn running_again(job: Job) -> Job {
    let attempts = RETRY.waits.len() as u32;
    let failed = failed(job, attempts);
    Job { due_at: Some(NOW), ..running(failed) }
}

fn dead(job: Job) -> Job {
    Job { state: State::Dead, ..failed(job, RETRY.waits.len() as u32 + 1) }
}

#[test]
fn a_row_stays_under_a_write_unit_whatever_happens_to_its_job() {
    let rows = [
        ("usual, running", running(usual())),
        ("usual, succeeded", succeeded(usual())),
        ("usual, running again", running_again(usual())),
        ("longest, succeeded", succeeded(longest())),
        ("longest, running again", running_again(longest())),
        ("longest, dead", dead(longest())),
    ];
    // A dead job's row also says when it expires.
    let sizes = rows.map(|(name, job)| {
        let expires_at = if job.state == State::Dead { "expires_at".len() + 6 } else { 0 };
        (name, row_bytes(&job) + expires_at)
    });
    println!("{sizes:?}");
    assert!(sizes.iter().all(|(_, bytes)| *bytes <= UNIT_BYTES), "{sizes:?}");
}

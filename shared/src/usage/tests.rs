use std::time::Duration;

use super::*;
use crate::error::Bound;
use crate::id::{Ids, JobId};
use crate::job::KindName;
use crate::tenant::Tenant;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const BYTES: i64 = 1000;

const STATES: [State; 10] = [
    State::Pending,
    State::Received,
    State::Processing,
    State::Ready,
    State::Rejected,
    State::Failed,
    State::Expired,
    State::Aborted,
    State::Deleting,
    State::Deleted,
];

mod estimates;
mod recounts;

fn acme() -> Tenant {
    Tenant::parse("acme").unwrap()
}

/// An upload of [`BYTES`] in this state, as its row says it.
fn upload(state: State, has_arrived: bool) -> Upload {
    let row = serde_json::json!({
        "tenant": "acme", "id": "upl_00000000000000000000000000", "state": state, "filename": "a.bin",
        "content_type": "application/octet-stream", "size_bytes": BYTES, "step_count": 0, "fingerprint": "f",
        "created_at": NOW, "updated_at": NOW, "etag": has_arrived.then_some("e"),
    });
    serde_json::from_value(row).unwrap()
}

fn in_flight(uploads: i64) -> Usage {
    Usage { uploads_in_flight: uploads, bytes_in_flight: uploads * BYTES, ..Usage::default() }
}

fn stored(bytes: i64) -> Usage {
    Usage { bytes_stored: bytes, ..Usage::default() }
}

/// The original of one upload.
fn original() -> Usage {
    Usage { uploads_stored: 1, ..stored(BYTES) }
}

#[test]
fn an_upload_is_in_flight_until_it_has_ended_and_stored_until_it_is_removed() {
    let expected = STATES.map(|state| match state {
        State::Pending => in_flight(1),
        State::Received | State::Processing => in_flight(1) + original(),
        State::Ready | State::Failed | State::Deleting => original(),
        State::Rejected | State::Expired | State::Aborted | State::Deleted => Usage::default(),
    });
    let amounts = STATES.map(|state| Usage::of_upload(&upload(state, state != State::Pending)));
    assert_eq!(amounts, expected);
    assert_eq!(Usage::of_upload(&upload(State::Deleting, false)), Usage::default());
    let run = Upload { run: Some(1), ..upload(State::Received, true) };
    assert_eq!(Usage::of_upload(&run), Usage::default(), "its bytes are the upload's");
}

#[test]
fn a_derivative_is_stored_from_its_jobs_success_until_it_goes_with_its_upload() {
    let (id, kind) = (JobId::random(&Ids::seeded(1)), KindName::new("image_step"));
    let mut job = Job::accept(acme(), id, kind, serde_json::json!({}), NOW);
    assert_eq!(Usage::of_job(&job, false), Usage::default());
    job.stored_bytes = 70;
    assert_eq!(Usage::of_job(&job, false), Usage::default(), "not before it is recorded");
    job.state = job::State::Succeeded;
    assert_eq!(Usage::of_job(&job, false), stored(70));
    assert_eq!(Usage::of_job(&job, true), Usage::default());
}

fn changes(count: usize) -> Vec<Change> {
    let change = |index: usize| Change {
        event_id: format!("event-{index}"),
        tenant: acme(),
        at: NOW + Duration::from_secs(index as u64),
        delta: in_flight(1),
    };
    (0..count).map(change).collect()
}

#[test]
fn of_a_batch_that_comes_again_what_came_to_it_is_left() {
    let all = changes(5);
    let batch = |length: usize| Batch::of(&all[..length]).unwrap();
    let (first, longer) = (batch(3), batch(5));
    assert_eq!((first.name(), first.slot()), (longer.name(), longer.slot()));
    assert!(first.mark().starts_with(&first.name()) && first.mark() != longer.mark());
    assert!(batch(3).after(&first.mark()).is_nothing(), "it came as it was");
    assert!(batch(3).after(&longer.mark()).is_nothing(), "all of it was counted with more");
    let rest = batch(5).after(&first.mark());
    assert_eq!((rest.delta(), rest.counted_to()), (in_flight(2), NOW + Duration::from_secs(4)));
    assert_eq!((rest.mark(), rest.seen()), (longer.mark(), Some(first.mark().as_str())));
    let overtaken = rest.after("another#7");
    assert_eq!((overtaken.delta(), overtaken.seen()), (in_flight(2), None), "what was counted stays so");
    assert!(Batch::of(&[]).is_none());
}

#[test]
fn names_of_batches_fit_their_row_and_never_change() {
    let all = changes(1000);
    let batch = Batch::of(&all).unwrap();
    assert_eq!(batch.mark(), format!("{}#1000", batch.name()));
    assert_eq!(batch.name().len(), 13);
    let slots: std::collections::BTreeSet<u8> =
        all.iter().filter_map(|change| Some(Batch::of(std::slice::from_ref(change))?.slot())).collect();
    assert_eq!(slots, (0..SLOTS).collect());
}

const BOUNDS: Bounds = Bounds {
    uploads_in_flight: Some(10),
    bytes_in_flight: Some(5000),
    bytes_stored: Some(8000),
    uploads_stored: Some(20),
};

fn broken(used: Usage, wanted: Usage) -> Option<Bound> {
    BOUNDS.check(used, wanted).err().map(|exceeded| exceeded.bound)
}

#[test]
fn a_bound_is_broken_by_what_is_used_and_wanted_together() {
    let small = |uploads| Usage { uploads_in_flight: uploads, ..Usage::default() };
    assert_eq!(broken(small(9), small(1)), None);
    assert_eq!(broken(small(10), small(1)), Some(Bound::UploadsInFlight));
    assert_eq!(broken(in_flight(4), in_flight(1)), None);
    assert_eq!(broken(in_flight(5), in_flight(1)), Some(Bound::BytesInFlight));
    assert_eq!(broken(in_flight(0), in_flight(6)), Some(Bound::BytesInFlight), "alone it is too large");
    assert_eq!(broken(stored(7000), in_flight(1)), None);
    assert_eq!(broken(stored(7001), in_flight(1)), Some(Bound::BytesStored));
    assert_eq!(broken(stored(6000) + in_flight(2), in_flight(1)), Some(Bound::BytesStored));
    let kept = |uploads| Usage { uploads_stored: uploads, ..Usage::default() };
    assert_eq!(broken(kept(19), small(1)), None);
    assert_eq!(broken(kept(20), small(1)), Some(Bound::UploadsStored));
    assert_eq!(broken(kept(16) + small(4), small(1)), Some(Bound::UploadsStored));
    assert_eq!(broken(stored(-5000), in_flight(1)), None, "less than nothing makes no room");
    assert_eq!(broken(in_flight(-100), in_flight(6)), Some(Bound::BytesInFlight));
    assert_eq!(Bounds::NONE.check(in_flight(i64::MAX / BYTES), in_flight(1)), Ok(()));
}

#[test]
fn bounds_are_as_configured_and_zero_is_none() {
    assert_eq!(Bounds::new(0, 0, 0, 0), Bounds::NONE);
    assert_eq!(Bounds::new(10_000, 200, 1024, 10_000_000), Bounds::default());
    let largest = Bounds::new(u32::MAX, u32::MAX, u32::MAX, u32::MAX);
    assert_eq!(largest.bytes_stored, Some(u64::from(u32::MAX) << 30));
    assert!(!largest.are_near(stored(i64::MAX / 4), in_flight(1)));
}

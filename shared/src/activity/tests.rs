use serde_json::json;

use super::*;
use crate::id::{Ids, JobId};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_123_456);

fn job(state: State, attempts: u32) -> Job {
    let (tenant, id) = (Tenant::parse("acme").unwrap(), JobId::random(&Ids::seeded(1)));
    let job = Job::accept(tenant, id, KindName::new("image_step"), json!({}), NOW);
    Job { state, attempts, ..job }
}

fn change(name: u32, outcome: Outcome) -> Change {
    let tenant = Tenant::parse("acme").unwrap();
    let (event_id, kind) = (format!("event-{name}"), KindName::new("image_step"));
    Change { event_id, tenant, at: NOW, kind, outcome }
}

fn changes(names: impl IntoIterator<Item = u32>) -> Vec<Change> {
    names.into_iter().map(|name| change(name, Outcome::Succeeded)).collect()
}

impl Hour {
    /// The hour as it is after these changes came, counted or not.
    fn after(&self, names: impl IntoIterator<Item = u32>) -> Self {
        self.with(&changes(names)).unwrap_or_else(|| self.clone())
    }

    fn succeeded(&self) -> u64 {
        self.kinds[&KindName::new("image_step")].succeeded
    }
}

#[test]
fn a_change_is_what_became_of_the_job() {
    use Outcome::{Cancelled, Failed, Retried, Succeeded};
    use State::{Dead, Queued, Running, Waiting};
    let cases = [
        (job(Running, 0), job(State::Succeeded, 1), Some(Succeeded)),
        (job(Running, 0), job(Dead, 1), Some(Failed)),
        (job(Queued, 0), job(Dead, 0), Some(Failed)),
        (job(Waiting, 1), job(State::Cancelled, 1), Some(Cancelled)),
        (job(Running, 0), job(Queued, 1), Some(Retried)),
        (job(Running, 4), job(Waiting, 5), Some(Retried)),
        (job(Waiting, 5), job(Queued, 5), None),
        (job(Queued, 1), job(Running, 1), None),
        // Its time had not come.
        (job(Running, 0), Job { deferrals: 1, ..job(Waiting, 1) }, None),
        (Job { deferrals: 1, ..job(Running, 1) }, Job { deferrals: 1, ..job(Queued, 2) }, Some(Retried)),
        // Its upload was deleted, so that its row expires.
        (job(State::Succeeded, 1), job(State::Succeeded, 1), None),
    ];
    for (old, new, expected) in cases {
        assert_eq!(Outcome::of(Some(&old), &new), expected, "{:?} to {:?}", old.state, new.state);
    }
    for state in [Queued, State::Cancelled] {
        assert_eq!(Outcome::of(None, &job(state, 0)), None, "a new row that is {state:?}");
    }
}

#[test]
fn every_outcome_is_counted_for_its_kind() {
    use Outcome::{Cancelled, Failed, Retried, Succeeded};
    let mut all: Vec<Change> =
        [Succeeded, Failed, Failed, Retried, Retried, Retried, Cancelled, Cancelled, Cancelled, Cancelled]
            .into_iter()
            .zip(0..)
            .map(|(outcome, name)| change(name, outcome))
            .collect();
    all.push(Change { kind: KindName::new("checksum"), ..change(100, Succeeded) });
    let hour = Hour::default().with(&all).unwrap();
    let of_image = Counts { succeeded: 1, failed: 2, retried: 3, cancelled: 4 };
    assert_eq!(hour.kinds[&KindName::new("image_step")], of_image);
    assert_eq!(hour.kinds[&KindName::new("checksum")], Counts { succeeded: 1, ..Counts::default() });
}

#[test]
fn a_record_counts_once_whichever_batch_it_comes_in() {
    let cases: [&[&[u32]]; 6] = [
        &[&[0, 1, 2, 3], &[0, 1, 2, 3]],
        &[&[0, 1], &[0, 1, 2, 3]],
        &[&[0, 1, 2, 3], &[0, 1], &[2, 3]],
        &[&[0, 1, 2, 3], &[2, 3], &[1, 2]],
        &[&[3, 1], &[2, 0], &[0, 1, 2, 3]],
        &[&[0, 0, 1, 1, 2, 3, 0]],
    ];
    for batches in cases {
        let hour = batches.iter().fold(Hour::default(), |hour, names| hour.after(names.iter().copied()));
        assert_eq!(hour.succeeded(), 4, "{batches:?}");
    }
}

#[test]
fn what_is_remembered_already_is_no_write() {
    let hour = Hour::default().after(0..3);
    assert_eq!(hour.with(&changes(1..3)), None);
    assert_eq!(hour.with(&changes(2..4)).unwrap().revision, 2);
    assert_eq!(Hour::default().with(&[]), None);
}

#[test]
fn the_latest_sixteen_batches_and_sixty_four_records_are_remembered() {
    let single = (0..100).fold(Hour::default(), |hour, name| hour.after([name]));
    assert_eq!(single.after(36..100).succeeded(), 100);
    let batches = (0..30).fold(Hour::default(), |hour, batch| hour.after(batch * 100..batch * 100 + 100));
    let again = batches.after(1400..3000);
    assert_eq!(again.succeeded(), 3000);
    assert_eq!(again.after(1300..1400).succeeded(), 3100, "an earlier one is forgotten");
}

#[test]
fn the_memory_is_bounded_whatever_comes() {
    let full = (0..30).fold(Hour::default(), |hour, batch| hour.after(batch * 1000..batch * 1000 + 1000));
    assert_eq!(full.after(26_000..30_000).succeeded(), 30_000, "four full batches are remembered");
    assert!(serde_json::to_value(&full).unwrap()["batches"].as_array().unwrap().len() <= 5);
    let huge = full.after(50_000..60_000);
    assert_eq!(huge.with(&changes(50_000..60_000)), None, "a batch is remembered whole, however large");
    assert_eq!(huge.after([70_000]).after([50_000]).succeeded(), 40_002, "and forgotten after the next");
}

#[test]
fn stored_names_never_change() {
    let hour = Hour::default().with(&[change(0, Outcome::Retried)]).unwrap();
    let stored = serde_json::to_value(&hour).unwrap();
    let expected = json!({
        "revision": 1,
        "kinds": { "image_step": { "retried": 1 } },
        "batches": [[218, 240, 15, 17, 133]],
    });
    assert_eq!(stored, expected);
}

#[test]
fn a_range_is_a_day_up_to_the_hour_under_way_unless_said_otherwise() {
    let at = Timestamp::from_rfc3339;
    let now = at("2026-11-21T12:30:00Z").unwrap();
    let range = |from: &str, to: &str| {
        let range = Range::new(at(from), at(to), now);
        range.map(|Range { from, to }| [from.to_rfc3339(), to.to_rfc3339()]).map_err(|error| error.detail)
    };
    let both = |from: &str, to: &str| Ok([from.to_owned(), to.to_owned()]);
    assert_eq!(range("", ""), both("2026-11-20T13:00:00.000Z", "2026-11-21T13:00:00.000Z"));
    assert_eq!(
        range("", "2026-11-01T00:00:00Z"),
        both("2026-10-31T00:00:00.000Z", "2026-11-01T00:00:00.000Z")
    );
    assert_eq!(
        range("2026-11-21T00:10:00Z", ""),
        both("2026-11-21T00:10:00.000Z", "2026-11-21T13:00:00.000Z")
    );
    assert!(range("2026-10-21T13:00:00Z", "").is_ok());
    assert!(range("2026-10-21T12:59:59Z", "").unwrap_err().contains("31 days"));
    for from in ["2026-11-21T13:00:00Z", "2027-01-01T00:00:00Z"] {
        assert!(range(from, "").unwrap_err().contains("earlier than `to`"), "{from}");
    }
}

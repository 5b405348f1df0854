use super::*;
use crate::id::UploadId;
use crate::log_format::tests::captured;
use crate::request_id::RequestId;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

const OUTCOMES: [Outcome; 10] = [
    Outcome::Succeeded,
    Outcome::Skipped,
    Outcome::Deferred,
    Outcome::Refused,
    Outcome::Rejected,
    Outcome::Retried,
    Outcome::Overtaken,
    Outcome::Unknown,
    Outcome::Dead,
    Outcome::Faulted,
];

/// A log whose process has begun its first unit, so that nothing is logged for that reason.
fn warm(success_every: u32) -> WorkLog {
    let log = WorkLog::new(Clock::starting_at(NOW), success_every);
    log.has_begun.store(true, Ordering::SeqCst);
    log
}

/// Work on so many uploads, all under one id of a client's.
fn uploads(count: u64) -> Vec<About> {
    let about = |number: u64| About {
        request_id: RequestId::parse("never-logged"),
        upload: Some(UploadId::derived(&[&number.to_string()])),
        ..About::default()
    };
    (0..count).map(about).collect()
}

fn ends(log: &WorkLog, kind: Kind, outcome: Outcome, about: &About) {
    let mut unit = log.begin(kind, about.clone());
    unit.outcome = outcome;
    unit.end();
}

#[test]
fn a_unit_is_one_line_with_its_level_and_its_fields() {
    let log = WorkLog::new(Clock::starting_at(NOW), 1);
    let lines = captured(|| {
        let mut unit = log.begin(
            Kind::JobRun,
            About { request_id: RequestId::parse("r-1"), job_attempt: Some(2), ..About::default() },
        );
        log.clock.advance(Duration::from_millis(12));
        unit.outcome = Outcome::Retried;
        unit.about.code = Some("storage_unavailable".to_owned());
        unit.end();
    });
    let expected = serde_json::json!([{
        "timestamp": "2027-01-15T08:00:00.000Z", "level": "WARN", "message": "job run", "request_id": "r-1",
        "job.attempt": 2, "code": "storage_unavailable", "outcome": "retried", "duration_ms": 12,
        "cold_start": true,
    }]);
    assert_eq!(serde_json::Value::from(lines), expected);
}

#[test]
fn a_fault_is_an_error_with_its_chain_of_causes() {
    let lines = captured(|| {
        let fault = Fault::new("reading the job", std::io::Error::other("cut off"));
        warm(u32::MAX).begin(Kind::Ingest, About::default()).fail(&fault);
    });
    assert_eq!(lines[0]["level"], "ERROR");
    assert_eq!(lines[0]["error"], "reading the job: cut off");
    assert_eq!(lines[0]["outcome"], "faulted");
}

#[test]
fn one_success_in_so_many_is_logged_and_every_failure() {
    let (log, requests) = (warm(10), uploads(2000));
    for outcome in OUTCOMES {
        let lines = captured(|| requests.iter().for_each(|about| ends(&log, Kind::JobRun, outcome, about)));
        if outcome.is_sampled() {
            assert!((120..280).contains(&lines.len()), "{outcome:?}: {}", lines.len());
        } else {
            assert_eq!(lines.len(), requests.len(), "{outcome:?}");
        }
    }
}

#[test]
fn the_lines_of_one_upload_are_kept_or_left_out_together() {
    for about in uploads(200) {
        let logged = |kind| captured(|| ends(&warm(7), kind, Outcome::Succeeded, &about)).len();
        assert_eq!(logged(Kind::Ingest), logged(Kind::JobRun), "{about:?}");
    }
}

#[test]
fn which_requests_are_logged_is_not_for_their_id_to_say() {
    let log = warm(10);
    let lines = captured(|| {
        for sample in 0..100 {
            let about = About { request_id: RequestId::parse("r"), sample: Some(sample), ..About::default() };
            ends(&log, Kind::Request, Outcome::Succeeded, &about);
        }
    });
    assert_eq!(lines.len(), 10);
}

#[test]
fn what_is_slow_or_comes_first_in_its_process_is_always_logged() {
    let slow = captured(|| {
        let log = warm(u32::MAX);
        let unit = log.begin(Kind::Request, About::default());
        log.clock.advance(Kind::Request.slow_after());
        unit.end();
        log.begin(Kind::Request, About::default()).end();
    });
    assert_eq!(slow.len(), 1);
    let first = captured(|| {
        let log = WorkLog::new(Clock::starting_at(NOW), u32::MAX);
        log.begin(Kind::Request, About::default()).end();
        log.clone().begin(Kind::Request, About::default()).end();
    });
    assert_eq!(first.len(), 1);
    assert_eq!((&first[0]["cold_start"], &first[0]["level"]), (&true.into(), &"INFO".into()));
}

#[test]
fn every_unit_is_logged_when_one_in_one_is_asked_for() {
    for every in [0, 1] {
        let log = warm(every);
        let lines = captured(|| {
            for about in uploads(50) {
                ends(&log, Kind::Changes, Outcome::Skipped, &about);
            }
        });
        assert_eq!(lines.len(), 50);
    }
}

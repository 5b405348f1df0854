mod stored_rows;

use serde_json::json;

use super::*;
use crate::retry;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LEASE: Duration = Duration::from_secs(125);
const MINE: &str = "invocation-2/0";

fn tenant() -> Tenant {
    Tenant::parse("acme").unwrap()
}

const POLICY: retry::Policy = retry::Policy {
    waits: &[
        Duration::from_secs(2),
        Duration::from_secs(15),
        Duration::from_secs(2 * 60),
        Duration::from_secs(10 * 60),
        Duration::from_secs(60 * 60),
    ],
    jitter_percent: 20,
};

fn parent() -> Parent {
    Parent {
        kind: ParentKind::Upload,
        id: "upl_00000000000000000000000001".to_owned(),
        at: Some(NOW),
        step: "thumb".to_owned(),
    }
}

fn accepted() -> Job {
    let id = JobId::parse("job_00000000000000000000000002").unwrap();
    let input = json!({"image": {"width": 200}, "etag": "\"e1\""});
    let job = Job::accept(tenant(), id, KindName::new("image_step"), input, NOW);
    Job { parent: Some(parent()), ..job }
}

/// In its first epoch, claimed by another delivery.
fn running() -> Job {
    Job {
        state: State::Running,
        epoch: 1,
        lease_until: Some(NOW + LEASE),
        claim: Some("invocation-1/0".to_owned()),
        ..accepted()
    }
}

fn output() -> Value {
    json!({"image_step": {"format": "webp", "width": 200, "height": 150, "size_bytes": 2284}})
}

fn succeeded() -> Job {
    Job {
        state: State::Succeeded,
        epoch: 1,
        attempts: 1,
        output: Some(output()),
        stored_bytes: 2284,
        ..accepted()
    }
}

fn dead(cause: Cause) -> Job {
    let failure = Failure::new(cause, "code", "detail");
    Job { state: State::Dead, epoch: 1, attempts: 1, failure: Some(failure), ..accepted() }
}

fn after_lease() -> Timestamp {
    NOW + LEASE + Duration::from_millis(1)
}

fn verdict(job: &Job, now: Timestamp) -> Verdict {
    judge(Some(job), &job.delivery(), MINE, now)
}

#[test]
fn a_delivery_without_a_job_is_unknown() {
    assert_eq!(judge(None, &accepted().delivery(), MINE, NOW), Verdict::Unknown);
}

#[test]
fn a_delivery_of_an_earlier_dispatch_is_settled() {
    let job = Job { dispatch: 2, ..running() };
    let earlier = Delivery { dispatch: 1, ..job.delivery() };
    assert_eq!(judge(Some(&job), &earlier, MINE, after_lease()), Verdict::Settled);
}

#[test]
fn a_delivery_of_an_earlier_job_with_the_same_id_is_settled() {
    let earlier = Delivery { accepted_at: NOW - LEASE, ..running().delivery() };
    assert_eq!(judge(Some(&running()), &earlier, MINE, after_lease()), Verdict::Settled);
}

#[test]
fn a_delivery_of_a_job_that_has_ended_is_settled() {
    for job in [succeeded(), dead(Cause::Rejected), dead(Cause::Transient)] {
        assert_eq!(verdict(&job, after_lease()), Verdict::Settled);
    }
}

#[test]
fn a_delivery_of_a_waiting_job_is_settled_because_the_due_index_dispatches_it_anew() {
    assert_eq!(verdict(&Job { state: State::Waiting, ..accepted() }, NOW), Verdict::Settled);
}

#[test]
fn a_delivery_knows_its_own_claim_when_the_answer_was_lost() {
    let mine = Job { claim: Some(MINE.to_owned()), ..running() };
    assert_eq!(verdict(&mine, NOW), Verdict::Claimed);
    assert_eq!(verdict(&Job { state: State::Queued, ..mine }, NOW), Verdict::Suspect);
}

#[test]
fn a_delivery_that_meets_a_live_lease_is_deferred_until_shortly_after_it_ends() {
    for now in [NOW, NOW + LEASE] {
        let Verdict::Deferred(rest) = verdict(&running(), now) else { panic!("not deferred") };
        let until_the_end = (NOW + LEASE).since(now);
        assert!(rest > until_the_end, "{rest:?}");
        assert!(rest < until_the_end + Duration::from_secs(6), "{rest:?}");
        assert_eq!(verdict(&running(), now), Verdict::Deferred(rest));
    }
}

#[test]
fn a_job_whose_lease_ended_without_an_outcome_is_a_suspect() {
    assert_eq!(verdict(&running(), after_lease()), Verdict::Suspect);
    assert_eq!(verdict(&Job { lease_until: None, ..running() }, NOW), Verdict::Suspect);
}

#[test]
fn a_queued_job_that_has_crashed_before_is_a_suspect() {
    let job = Job { epoch: 3, attempts: 2, ..accepted() };
    assert_eq!(verdict(&job, NOW), Verdict::Suspect);
}

#[test]
fn a_job_is_exhausted_by_the_third_epoch_without_an_outcome() {
    let job = |epoch, attempts| Job { epoch, attempts, ..running() };
    assert_eq!(verdict(&job(CRASHES_MAX - 1, 0), after_lease()), Verdict::Suspect);
    assert_eq!(verdict(&job(CRASHES_MAX, 0), after_lease()), Verdict::Exhausted);
    assert_eq!(verdict(&job(CRASHES_MAX + 2, 2), after_lease()), Verdict::Exhausted);
}

#[test]
fn a_job_in_its_last_allowed_epoch_is_not_exhausted_while_its_lease_lives() {
    let job = Job { epoch: CRASHES_MAX, ..running() };
    assert!(matches!(verdict(&job, NOW), Verdict::Deferred(_)));
}

#[test]
fn a_rejected_input_kills_its_job_at_once() {
    let failure = Failure::new(Cause::Rejected, "image_corrupt", "cut off");
    assert_eq!(after_failure(&running(), &failure, &POLICY, NOW), Next::Die);
}

#[test]
fn a_lost_job_is_dead() {
    assert_eq!(after_failure(&running(), &Failure::lost(3), &POLICY, NOW), Next::Die);
}

#[test]
fn a_transient_failure_is_tried_again_by_the_queue_within_fifteen_minutes() {
    let failure = Failure::new(Cause::Transient, "storage_unavailable", "");
    for (attempts, wait) in POLICY.waits[..4].iter().enumerate() {
        let job = Job { attempts: attempts as u32, ..running() };
        let Next::Queue { due_at } = after_failure(&job, &failure, &POLICY, NOW) else {
            panic!("not queued")
        };
        let waited = due_at.since(NOW);
        assert!((*wait..*wait + *wait / 5).contains(&waited), "{waited:?}");
        assert!(waited <= retry::QUEUE_DELAY_MAX);
    }
}

#[test]
fn a_wait_longer_than_the_queue_can_delay_goes_to_the_due_index() {
    let failure = Failure::new(Cause::Transient, "storage_unavailable", "");
    let job = Job { attempts: 4, ..running() };
    let Next::Wait { due_at } = after_failure(&job, &failure, &POLICY, NOW) else { panic!("not waiting") };
    assert!((3600..4320).contains(&due_at.since(NOW).as_secs()));
}

#[test]
fn a_transient_failure_after_the_last_wait_kills_the_job() {
    let failure = Failure::new(Cause::Transient, "storage_unavailable", "");
    let job = Job { attempts: POLICY.waits.len() as u32, ..running() };
    assert_eq!(after_failure(&job, &failure, &POLICY, NOW), Next::Die);
}

#[test]
fn a_panic_is_tried_again_until_the_third_recorded_failure() {
    let failure = Failure::new(Cause::Panicked, "panicked", "");
    let next = |attempts| after_failure(&Job { attempts, ..running() }, &failure, &POLICY, NOW);
    assert!(matches!(next(0), Next::Queue { .. }));
    assert!(matches!(next(CRASHES_MAX - 2), Next::Queue { .. }));
    assert_eq!(next(CRASHES_MAX - 1), Next::Die);
}

#[test]
fn a_job_is_sent_when_it_is_accepted_and_whenever_its_dispatch_is_raised() {
    let old = accepted();
    assert!(Job::must_be_sent(None, &old));
    assert!(Job::must_be_sent(Some(&old), &Job { dispatch: 2, ..accepted() }));
    assert!(Job::must_be_sent(Some(&running()), &Job { dispatch: 2, ..running() }));
}

#[test]
fn a_change_that_leaves_the_dispatch_alone_sends_nothing() {
    let waiting = Job { state: State::Waiting, attempts: 1, ..running() };
    for new in [running(), waiting, succeeded()] {
        assert!(!Job::must_be_sent(Some(&accepted()), &new));
    }
}

#[test]
fn a_job_that_has_ended_is_never_sent() {
    for new in [succeeded(), dead(Cause::Lost)] {
        assert!(!Job::must_be_sent(None, &new));
        assert!(!Job::must_be_sent(Some(&accepted()), &Job { dispatch: 2, ..new }));
    }
}

#[test]
fn a_deferral_uses_up_no_retry_and_waits_where_its_length_belongs() {
    let failure = Failure::new(Cause::Transient, "storage_unavailable", "");
    let spent = POLICY.waits.len() as u32;
    let job = Job { attempts: spent, deferrals: spent, ..running() };
    let Next::Queue { due_at } = after_failure(&job, &failure, &POLICY, NOW) else { panic!("not queued") };
    assert!((2000..2400).contains(&due_at.since(NOW).as_millis()), "as after the first failure");
    let soon = NOW + retry::QUEUE_DELAY_MAX;
    assert_eq!(after_deferral(soon, NOW), Next::Queue { due_at: soon });
    let late = soon + Duration::from_millis(1);
    assert_eq!(after_deferral(late, NOW), Next::Wait { due_at: late });
    assert_eq!(after_deferral(NOW - LEASE, NOW), Next::Queue { due_at: NOW });
}

#[test]
fn a_job_ends_with_one_change_and_no_later_one() {
    let others = [State::Cancelled, State::Expired].map(|state| Job { state, ..running() });
    for ended in [succeeded(), dead(Cause::Transient)].into_iter().chain(others) {
        assert!(Job::has_ended(Some(&running()), &ended));
        assert!(Job::has_ended(None, &ended), "the earlier image may be missing");
        assert!(!Job::has_ended(Some(&ended), &ended));
    }
    for state in [State::Queued, State::Waiting, State::Running, State::Paused] {
        assert!(!Job::has_ended(None, &Job { state, ..running() }));
    }
}

#[test]
fn a_message_is_held_back_until_its_job_is_due() {
    let minute = Duration::from_secs(60);
    let job = Job { due_at: Some(NOW + minute), ..accepted() };
    assert_eq!(job.delay(NOW), minute);
    assert_eq!(job.delay(NOW + minute * 2), Duration::ZERO);
    assert_eq!(accepted().delay(NOW), Duration::ZERO);
}

#[test]
fn the_timeline_keeps_the_latest_attempts_alone() {
    let mut job = running();
    for epoch in 1..=12 {
        job.epoch = epoch;
        let ended = Ended { code: "storage_unavailable", status: None, due_at: None };
        job.timeline = job.timeline_with(ended, NOW);
    }
    assert_eq!(job.timeline.len(), TIMELINE_LENGTH_MAX);
    let epochs: Vec<u32> = job.timeline.iter().map(|attempt| attempt.epoch).collect();
    assert_eq!(epochs, (9..=12).collect::<Vec<_>>());
}

#[test]
fn what_a_failure_said_is_cut_between_characters() {
    let failure = Failure::new(Cause::Transient, "code", &"ü".repeat(DETAIL_CHARS_MAX + 1));
    assert_eq!(failure.detail, "ü".repeat(DETAIL_CHARS_MAX));
}

#[test]
fn a_message_says_which_dispatch_of_which_job_it_carries_out_and_nothing_else() {
    let stored = json!({
        "tenant": "acme", "job": "job_00000000000000000000000002", "dispatch": 1,
        "accepted_at": 1_800_000_000_000_i64, "kind": "image_step",
    });
    assert_eq!(serde_json::to_value(accepted().delivery()).unwrap(), stored);
    let caused = Job { request_id: RequestId::parse("req-1"), ..accepted() };
    let mut more = stored;
    more["request_id"] = json!("req-1");
    assert_eq!(serde_json::to_value(caused.delivery()).unwrap(), more);
    assert_eq!(serde_json::from_value::<Delivery>(more.clone()).unwrap(), caused.delivery());
    more["epoch"] = json!(1);
    assert!(serde_json::from_value::<Delivery>(more).is_err());
}

fn submitted(retry: serde_json::Value) -> Job {
    let retry = Some(serde_json::from_value(retry).unwrap());
    Job { parent: None, submission: Some(Submission { retry, ..Submission::default() }), ..running() }
}

#[test]
fn a_submitted_job_follows_its_own_plan_and_no_sooner_than_it_was_asked_to() {
    let job = submitted(json!({ "delays_seconds": [60, 1800] }));
    let failure = Failure::new(Cause::External, "response_status", "");
    let minute = Duration::from_secs(60);
    assert_eq!(after_failure(&job, &failure, &POLICY, NOW), Next::Queue { due_at: NOW + minute });
    let asked = Failure { not_before: Some(NOW + minute * 20), ..failure.clone() };
    assert_eq!(after_failure(&job, &asked, &POLICY, NOW), Next::Wait { due_at: NOW + minute * 20 });
    let second = Job { attempts: 1, ..job.clone() };
    assert_eq!(after_failure(&second, &failure, &POLICY, NOW), Next::Wait { due_at: NOW + minute * 30 });
    let third = Job { attempts: 2, ..job.clone() };
    assert_eq!(after_failure(&third, &failure, &POLICY, NOW), Next::Die);
    let rejected = Failure::new(Cause::Rejected, "response_status", "");
    assert_eq!(after_failure(&job, &rejected, &POLICY, NOW), Next::Die);
}

#[test]
fn a_job_that_asked_for_it_is_paused_when_its_attempts_are_used_up() {
    let job = submitted(json!({ "attempts": 1, "when_exhausted": "paused" }));
    let next = |cause| after_failure(&job, &Failure::new(cause, "code", ""), &POLICY, NOW);
    assert_eq!(next(Cause::External), Next::Pause);
    assert_eq!(next(Cause::Rejected), Next::Die);
}

#[test]
fn no_attempt_begins_after_the_age_that_a_job_may_come_to() {
    let job = submitted(json!({ "delays_seconds": [60, 60], "max_age_seconds": 90 }));
    let failure = Failure::new(Cause::External, "code", "");
    assert!(matches!(after_failure(&job, &failure, &POLICY, NOW), Next::Queue { .. }));
    let late = Job { attempts: 1, ..job.clone() };
    assert_eq!(after_failure(&late, &failure, &POLICY, NOW + Duration::from_secs(61)), Next::Die);
    let mut delayed = job;
    delayed.submission.as_mut().unwrap().run_at = Some(NOW + Duration::from_secs(3600));
    assert!(delayed.may_start_at(NOW + Duration::from_secs(3690)));
    assert!(!delayed.may_start_at(NOW + Duration::from_secs(3691)));
}

#[test]
fn a_job_expires_before_its_first_start_alone() {
    let job = Job {
        start_by: Some(NOW),
        epoch: 0,
        state: State::Queued,
        lease_until: None,
        claim: None,
        ..running()
    };
    let late = NOW + Duration::from_millis(1);
    assert_eq!((job.is_expired(NOW), verdict(&job, late)), (false, Verdict::Expired));
    let started = Job { epoch: 1, attempts: 1, ..job };
    assert!(!started.is_expired(late));
}

#[test]
fn a_job_that_is_to_be_cancelled_is_left_to_its_run_and_not_run_again() {
    let job = Job { cancel_requested: true, ..running() };
    assert!(matches!(verdict(&job, NOW), Verdict::Deferred(_)));
    assert_eq!(verdict(&job, after_lease()), Verdict::Cancelled);
}

#[test]
fn a_job_that_waits_or_is_paused_is_sent_by_no_change() {
    for state in [State::Waiting, State::Paused] {
        let job = Job { state, ..accepted() };
        assert!(!Job::must_be_sent(None, &job));
        assert_eq!(verdict(&job, NOW), Verdict::Settled);
        assert!(Job::must_be_sent(Some(&job), &Job { state: State::Queued, dispatch: 2, ..job.clone() }));
    }
}

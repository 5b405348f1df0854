use serde_json::{Value, json};

use super::*;
use crate::clock::Timestamp;
use crate::id::JobId;
use crate::job::{Failure, KindName};
use crate::tenant::Tenant;

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// `a`; `b` and `c` work on it, one after the other; `d` and `e` are a chain of their own.
const PLAN: [Planned<'static>; 5] = [
    Planned { name: "a", from: None },
    Planned { name: "b", from: Some("a") },
    Planned { name: "c", from: Some("b") },
    Planned { name: "d", from: None },
    Planned { name: "e", from: Some("d") },
];

#[test]
fn a_step_is_ready_once_what_it_works_on_is_done() {
    let ready = |done: &[&str], failed: &[&str]| {
        let (done, failed) = (set(done), set(failed));
        let steps = Steps { count: 5, done: &done, failed: &failed };
        PLAN.into_iter().filter(|step| steps.is_ready(*step)).map(|step| step.name).collect::<Vec<_>>()
    };
    assert_eq!(ready(&[], &[]), ["a", "d"]);
    assert_eq!(ready(&["a"], &[]), ["b", "d"]);
    assert_eq!(ready(&["a", "b", "d"], &[]), ["c", "e"]);
    assert_eq!(ready(&["d"], &["a"]), ["e"]);
}

#[test]
fn steps_that_work_on_a_failed_one_are_cut_off_however_far_down() {
    let cut_off = |done: &[&str], failed: &[&str]| {
        let (done, failed) = (set(done), set(failed));
        Steps { count: 5, done: &done, failed: &failed }.cut_off(PLAN)
    };
    assert_eq!(cut_off(&[], &[]), [""; 0]);
    assert_eq!(cut_off(&[], &["a"]), ["b", "c"]);
    assert_eq!(cut_off(&["a"], &["b", "d"]), ["c", "e"]);
    assert_eq!(cut_off(&[], &["a", "b"]), ["c"], "one that has ended already is left out");
    assert_eq!(cut_off(&[], &["e"]), [""; 0]);
}

#[test]
fn a_set_concludes_once_all_have_ended_whatever_their_order() {
    let conclusion = |done: &[&str], failed: &[&str]| {
        let (done, failed) = (set(done), set(failed));
        Steps { count: 2, done: &done, failed: &failed }.conclusion()
    };
    assert_eq!(conclusion(&["a"], &[]), None);
    assert_eq!(conclusion(&["a"], &["a"]), None, "a step in both sets counts once");
    assert_eq!(conclusion(&["a", "b"], &[]), Some(Conclusion::AllDone));
    assert_eq!(conclusion(&["a"], &["b"]), Some(Conclusion::SomeDone));
    assert_eq!(conclusion(&[], &["a", "b"]), Some(Conclusion::NoneDone));
}

fn job(state: State, failure: Option<Failure>) -> Job {
    let tenant = Tenant::parse("acme").unwrap();
    let now = Timestamp::from_millis(0);
    let job = Job::accept(tenant, JobId::derived(&["j"]), KindName::new("k"), json!({}), now);
    Job { state, failure, output: Some(Value::Null), ..job }
}

#[test]
fn a_dead_job_rejects_the_whole_set_only_when_that_was_the_cause() {
    let failure = |cause| Some(Failure::new(cause, "code", "detail"));
    let rejected = End::Rejected { code: "code".to_owned(), detail: "detail".to_owned() };
    assert_eq!(End::of(&job(State::Dead, failure(Cause::Rejected))), Some(rejected));
    for cause in [Cause::Impossible, Cause::Transient, Cause::Panicked, Cause::Lost] {
        assert_eq!(End::of(&job(State::Dead, failure(cause))), Some(End::Failed));
    }
    assert_eq!(End::of(&job(State::Succeeded, None)), Some(End::Done));
    for state in [State::Queued, State::Waiting, State::Running, State::Cancelled] {
        assert_eq!(End::of(&job(state, None)), None);
    }
}

//! The rows that a recount counts.

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn recount(counted_to: Option<Timestamp>) -> Recount {
    Recount::begin(Counted { usage: in_flight(3), to: counted_to }, NOW)
}

#[test]
fn a_recount_covers_the_time_up_to_which_all_is_counted() {
    let long_ago = NOW - Duration::from_secs(600);
    let lately = NOW - Duration::from_secs(3);
    assert_eq!(recount(Some(lately)).as_of, lately);
    assert_eq!(recount(Some(NOW - HOUR)).as_of, long_ago, "what was lost meanwhile is found");
    assert_eq!(recount(None).as_of, long_ago);
    assert_eq!(recount(Some(NOW + HOUR)).as_of, NOW, "by a clock that is ahead");
}

#[test]
fn what_ended_since_was_in_flight_and_what_began_since_was_not() {
    let recount = recount(Some(NOW));
    let of = |state, created_at, updated_at| {
        recount.in_flight(&Upload { created_at, updated_at, ..upload(state, true) })
    };
    let (before, after) = (NOW - HOUR, NOW + HOUR);
    for state in STATES {
        let is_open = matches!(state, State::Pending | State::Received | State::Processing);
        let is_gone = matches!(state, State::Deleting | State::Deleted);
        assert_eq!(of(state, before, before), in_flight(i64::from(is_open)), "{state:?}");
        assert_eq!(of(state, before, after), in_flight(i64::from(!is_gone)), "{state:?}");
        assert_eq!(of(state, after, after), in_flight(0), "{state:?}");
    }
}

#[test]
fn the_listing_reaches_back_to_whatever_may_be_in_flight() {
    let slowest = crate::upload::MULTIPART_WINDOW + crate::upload::SEND_GRACE + 6 * HOUR;
    assert!(recount(Some(NOW)).in_flight_from() < NOW - slowest);
}

#[test]
fn what_is_added_is_what_was_missing() {
    let mut recount = recount(None);
    recount.found = in_flight(1) + stored(500);
    assert_eq!(in_flight(3) + recount.correction(), recount.found);
}

#[test]
fn stored_names_never_change() {
    let mut recount = recount(None);
    recount.next = Part::Originals { after: Some("uploads/acme/x".to_owned()) };
    let usage = serde_json::json!({ "uploads_in_flight": 3, "bytes_in_flight": 3000, "bytes_stored": 0, "uploads_stored": 0 });
    let nothing = serde_json::json!({ "uploads_in_flight": 0, "bytes_in_flight": 0, "bytes_stored": 0, "uploads_stored": 0 });
    let stored = serde_json::json!({
        "as_of": 1_799_999_400_000_i64, "counted": usage, "found": nothing,
        "next": { "originals": { "after": "uploads/acme/x" } },
    });
    assert_eq!(serde_json::to_value(&recount).unwrap(), stored);
    for (part, name) in [
        (Part::InFlight { before: None }, serde_json::json!({ "in_flight": { "before": null } })),
        (Part::Derivatives { after: None }, serde_json::json!({ "derivatives": { "after": null } })),
        (Part::Done, serde_json::json!("done")),
    ] {
        assert_eq!(serde_json::to_value(part).unwrap(), name);
    }
}

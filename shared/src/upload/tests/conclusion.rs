use super::*;

#[test]
fn there_is_none_while_a_step_is_under_way() {
    assert_eq!(in_state(State::Received).conclusion(), None);
    assert_eq!(ended(&["thumb"], &[]).conclusion(), None);
    assert_eq!(ended(&[], &["large"]).conclusion(), None);
}

#[test]
fn there_is_none_before_the_bytes_come_and_after_the_end() {
    for state in [State::Pending, State::Ready, State::Rejected, State::Failed, State::Expired] {
        assert_eq!(Upload { state, ..ended(&["thumb", "large"], &[]) }.conclusion(), None);
    }
}

#[test]
fn an_upload_with_all_its_derivatives_is_ready() {
    assert_eq!(ended(&["thumb", "large"], &[]).conclusion(), Some(State::Ready));
}

#[test]
fn an_upload_whose_original_no_step_could_use_is_rejected() {
    assert_eq!(rejected(ended(&[], &["thumb", "large"])).conclusion(), Some(State::Rejected));
}

#[test]
fn an_upload_of_which_something_was_made_has_failed_and_keeps_its_original() {
    let upload = rejected(ended(&["thumb"], &["large"]));
    assert_eq!(upload.conclusion(), Some(State::Failed));
    assert!(!State::Failed.drops_original());
}

#[test]
fn an_upload_that_millrace_could_not_serve_has_failed() {
    assert_eq!(ended(&[], &["thumb", "large"]).conclusion(), Some(State::Failed));
    assert_eq!(ended(&["thumb"], &["large"]).conclusion(), Some(State::Failed));
}

#[test]
fn a_step_in_both_sets_counts_once() {
    assert_eq!(ended(&["thumb"], &["thumb"]).conclusion(), None);
}

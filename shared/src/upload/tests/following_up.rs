use super::*;

#[test]
fn an_announced_upload_calls_for_nothing() {
    assert_eq!(Upload::follow_up(None, &in_state(State::Pending)), FollowUp::Nothing);
}

#[test]
fn the_stored_object_calls_for_the_steps_once() {
    let (pending, received) = (in_state(State::Pending), in_state(State::Received));
    assert_eq!(Upload::follow_up(Some(&pending), &received), FollowUp::Advance);
    assert_eq!(Upload::follow_up(None, &received), FollowUp::Advance);
    assert_eq!(Upload::follow_up(Some(&received), &received), FollowUp::Nothing);
}

#[test]
fn a_file_without_steps_calls_for_nothing() {
    let ready = Upload { state: State::Ready, ..pending(json!({})) };
    assert_eq!(Upload::follow_up(Some(&pending(json!({}))), &ready), FollowUp::Nothing);
}

#[test]
fn a_step_that_is_not_the_last_calls_for_nothing() {
    let received = in_state(State::Received);
    assert_eq!(Upload::follow_up(Some(&received), &ended(&["thumb"], &[])), FollowUp::Nothing);
}

#[test]
fn a_step_that_others_work_on_calls_for_them_once_it_has_ended() {
    let recipe = json!({"recipe": {"steps": [
        {"name": "large", "image": {}},
        {"name": "thumb", "from": "large", "image": {}},
    ]}});
    let ended = |done: &[&str], failed: &[&str]| {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let etag = Some("\"e1\"".to_owned());
        Upload {
            state: State::Processing,
            done: set(done),
            failed: set(failed),
            etag,
            ..pending(recipe.clone())
        }
    };
    let recipe: Recipe = serde_json::from_value(recipe["recipe"].clone()).unwrap();
    let ready = |upload: &Upload| {
        let ready = upload.ready_tasks(&recipe).into_iter();
        ready.map(|(name, _)| name).collect::<Vec<_>>()
    };
    let (before, made, failed) = (ended(&[], &[]), ended(&["large"], &[]), ended(&[], &["large"]));
    assert_eq!((ready(&before), before.cut_off_steps(&recipe)), (vec!["large".to_owned()], vec![]));
    assert_eq!((ready(&made), made.cut_off_steps(&recipe)), (vec!["thumb".to_owned()], vec![]));
    assert_eq!((ready(&failed), failed.cut_off_steps(&recipe)), (vec![], vec!["thumb".to_owned()]));
    for after in [made, failed] {
        assert_eq!(Upload::follow_up(Some(&before), &after), FollowUp::Advance);
        assert_eq!(Upload::follow_up(None, &after), FollowUp::Advance);
        assert_eq!(Upload::follow_up(Some(&after), &after), FollowUp::Nothing);
    }
}

#[test]
fn the_last_step_calls_for_the_conclusion_however_often_it_is_asked() {
    let (before, after) = (ended(&["thumb"], &[]), ended(&["thumb", "large"], &[]));
    let conclude = FollowUp::Conclude(State::Ready);
    assert_eq!(Upload::follow_up(Some(&before), &after), conclude);
    assert_eq!(Upload::follow_up(Some(&after), &after), conclude);
    assert_eq!(Upload::follow_up(None, &after), conclude);
}

#[test]
fn a_concluded_upload_calls_for_nothing_more() {
    let after = Upload { state: State::Ready, ..ended(&["thumb", "large"], &[]) };
    assert_eq!(Upload::follow_up(Some(&ended(&["thumb", "large"], &[])), &after), FollowUp::Nothing);
    let failed = Upload { state: State::Failed, ..ended(&["thumb"], &["large"]) };
    assert_eq!(Upload::follow_up(Some(&ended(&["thumb"], &["large"])), &failed), FollowUp::Nothing);
}

#[test]
fn a_deletion_calls_for_everything_to_be_removed_once_whatever_came_before() {
    let deleting = in_state(State::Deleting);
    for before in [State::Pending, State::Received, State::Ready, State::Rejected, State::Expired] {
        assert_eq!(Upload::follow_up(Some(&in_state(before)), &deleting), FollowUp::Purge);
    }
    assert_eq!(Upload::follow_up(None, &deleting), FollowUp::Purge);
    assert_eq!(Upload::follow_up(Some(&deleting), &deleting), FollowUp::Nothing);
    assert_eq!(Upload::follow_up(Some(&deleting), &in_state(State::Deleted)), FollowUp::Nothing);
}

#[test]
fn a_rejected_or_expired_upload_calls_for_the_original_to_be_removed_once() {
    for state in [State::Rejected, State::Expired] {
        let new = in_state(state);
        let old = in_state(State::Pending);
        assert_eq!(Upload::follow_up(Some(&old), &new), FollowUp::RemoveOriginal);
        assert_eq!(Upload::follow_up(Some(&new), &new), FollowUp::Nothing);
    }
}

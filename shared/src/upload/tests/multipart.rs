use super::*;
use crate::id::digest;

const MEBIBYTE: u64 = 1024 * 1024;

fn part(number: u32, etag: &str, size_bytes: u64) -> StoredPart {
    StoredPart { number, etag: etag.to_owned(), size_bytes }
}

fn named(number: u32, etag: &str) -> NamedPart {
    NamedPart { number, etag: etag.to_owned() }
}

fn pointers_of(result: Result<Vec<StoredPart>, Vec<crate::error::FieldError>>) -> Vec<String> {
    result.unwrap_err().into_iter().map(|problem| problem.pointer).collect()
}

/// All the parts of the plan, as they arrived.
fn whole(plan: Plan) -> Vec<StoredPart> {
    let bytes = |number| plan.part_bytes(number).unwrap();
    (1..=plan.part_count()).map(|number| part(number, &format!("e{number}"), bytes(number))).collect()
}

#[test]
fn parts_cover_a_file_of_any_size_and_s3_takes_them() {
    let largest = 48 * 1024 * 1024 * MEBIBYTE;
    for size in [1, PART_SIZE_BYTES, PART_SIZE_BYTES + 1, 5 * PART_SIZE_BYTES, SIZE_BYTES_MAX, largest] {
        let plan = Plan::of(size);
        let count = plan.part_count();
        assert!((1..=PARTS_MAX).contains(&count) && plan.part_size_bytes >= 5 * MEBIBYTE);
        assert_eq!((1..=count).map(|number| plan.part_bytes(number).unwrap()).sum::<u64>(), size);
        assert!((1..count).all(|number| plan.part_bytes(number) == Some(plan.part_size_bytes)));
        assert_eq!([0, count + 1, u32::MAX].map(|number| plan.part_bytes(number)), [None; 3]);
    }
    assert_eq!(Plan::of(SIZE_BYTES_MAX).part_count(), 640);
}

/// A part may be sent often and named often, in any order: what was sent last is what counts.
#[test]
fn whatever_the_history_of_the_parts_the_last_of_each_is_chosen_in_order() {
    for seed in 0..200_u32 {
        let bits =
            |what: &str, index: usize| u32::from(digest(&[what, &seed.to_string(), &index.to_string()])[0]);
        let plan = Plan::of(u64::from(1 + bits("parts", 0) % 12) * PART_SIZE_BYTES - 7);
        let count = plan.part_count();
        let mut arrived = whole(plan);
        let mut list = Vec::new();
        // Sent once more, one after the other, and named each time.
        for event in 0..bits("events", 0) as usize % 40 {
            let number = 1 + bits("number", event) % count;
            arrived[number as usize - 1].etag = format!("e{number}-{event}");
            list.push(named(number, &format!("\"e{number}-{event}\"")));
        }
        // Parts that were never sent again are named first, backwards.
        for number in 1..=count {
            if list.iter().all(|part| part.number != number) {
                list.insert(0, named(number, &format!("e{number}")));
            }
        }
        arrived.rotate_left(bits("order", 0) as usize % count as usize);
        let chosen = plan.choose(&arrived, &list).unwrap();
        arrived.sort_by_key(|part| part.number);
        assert_eq!(chosen, arrived, "seed {seed}");
        assert_eq!(plan.choose(&arrived, &[]).unwrap(), arrived);

        let missing = 1 + bits("missing", 0) % count;
        let short: Vec<_> = arrived.iter().filter(|part| part.number != missing).cloned().collect();
        assert_eq!(pointers_of(plan.choose(&short, &[])), ["/parts"], "seed {seed}");
        let last = list.iter().rposition(|part| part.number == missing).unwrap();
        assert_eq!(pointers_of(plan.choose(&short, &list)), [format!("/parts/{last}")], "seed {seed}");
    }
}

#[test]
fn each_wrong_part_is_pointed_at() {
    let plan = Plan::of(2 * PART_SIZE_BYTES + 1);
    let arrived = whole(plan);
    let list = [named(1, "e1"), named(9, "x"), named(3, "other"), named(2, "e2")];
    assert_eq!(pointers_of(plan.choose(&arrived, &list)), ["/parts/1/number", "/parts/2/etag"]);
    assert_eq!(pointers_of(plan.choose(&arrived, &[named(1, "e1"), named(3, "e3")])), ["/parts"]);
    let mut wrong = arrived.clone();
    wrong[2].size_bytes = 2;
    assert_eq!(pointers_of(plan.choose(&wrong, &[])), ["/parts"]);
    let larger = Plan::of(300 * PART_SIZE_BYTES);
    assert_eq!(pointers_of(larger.choose(&[], &[])).len(), 20);
}

#[test]
fn an_upload_in_parts_with_a_checksum_has_one_step_more_which_comes_first() {
    let recipe = json!({"sha256": SHA256, "recipe": steps(&["thumb"])});
    let upload = pending(recipe.clone()).in_parts("s3".to_owned());
    assert_eq!(upload.step_count, 2);
    assert_eq!(pending(json!({})).in_parts("s3".to_owned()).step_count, 0);
    let received = Upload { state: State::Received, etag: Some("\"e\"".to_owned()), ..upload };
    let names = |upload: &Upload| -> Vec<String> {
        let recipe = upload.recipe.clone().unwrap();
        upload.ready_tasks(&recipe).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(&received), [CHECKSUM_STEP]);
    let set = || [CHECKSUM_STEP.to_owned()].into_iter().collect();
    let verified = Upload { state: State::Processing, done: set(), ..received.clone() };
    assert_eq!(names(&verified), ["thumb"]);
    assert_eq!(Upload::follow_up(Some(&received), &verified), FollowUp::Advance);
    assert_eq!(Upload::follow_up(Some(&verified), &verified), FollowUp::Nothing);
    let refused = rejected(Upload { state: State::Processing, failed: set(), ..received.clone() });
    assert_eq!(refused.conclusion(), Some(State::Rejected));
    assert_eq!(Upload { rejection: None, ..refused }.conclusion(), Some(State::Failed));
    assert_eq!(rejection_code(&received, &stored(PNG)), None);
    let other = StoredObject { sha256: Some("00".to_owned()), ..stored(PNG) };
    assert_eq!(
        rejection_code(&pending(recipe), &other).as_deref(),
        Some("checksum_mismatch"),
        "what comes in one request is verified by S3"
    );
}

#[test]
fn an_upload_in_parts_stores_how_under_names_that_never_change() {
    let upload = pending(json!({"size_bytes": 20 * MEBIBYTE})).in_parts("s3".to_owned());
    let stored = serde_json::to_value(&upload).unwrap();
    assert_eq!(stored["multipart"], json!({"s3_upload_id": "s3", "part_size_bytes": PART_SIZE_BYTES}));
    assert_eq!(CHECKSUM_STEP, ":checksum");
    assert_eq!(serde_json::from_value::<Upload>(stored).unwrap(), upload);
}

//! Every AWS call of a change fails once, before and after it took effect; the client tries again, as one should.

use local::connector::InjectedFault;

use super::*;
use crate::pictures;
use crate::world::{FAULTS, announcement};

#[tokio::test]
async fn a_change_is_one_version_whichever_call_fails() {
    for is_conditional in [false, true] {
        for fault in FAULTS {
            let mut number = 1;
            loop {
                let world = World::new().await;
                let seen = tag_of(&world.put_json(PATH, &recipe(1), None).await);
                let seen = Some(seen.as_str()).filter(|_| is_conditional);
                let change = recipe(2);
                let put = async || world.put_json(PATH, &change, seen).await;
                let (answer, was_injected) = world.insisting(fault.clone(), number, put).await;
                let told = format!("{fault:?} at call {number}");
                assert_eq!((answer.status, &answer.json["version"]), (StatusCode::OK, &json!(2)), "{told}");
                assert_eq!(width_of(&world.version(1).await), 1, "{told}");
                assert_eq!(width_of(&world.get(PATH).await), 2, "{told}");
                if !was_injected {
                    break;
                }
                number += 1;
            }
            assert!(number > 3, "a change makes more calls than {number}");
        }
    }
}

#[tokio::test]
async fn a_deletion_leaves_nothing_but_the_counter_whichever_call_fails() {
    for fault in FAULTS {
        let mut number = 1;
        loop {
            let world = World::new().await;
            for width in [1, 2, 3] {
                world.put_width(width).await;
            }
            let seen = tag_of(&world.get(PATH).await);
            let delete = async || world.delete(PATH, Some(&seen)).await;
            let (answer, was_injected) = world.insisting(fault.clone(), number, delete).await;
            let told = format!("{fault:?} at call {number}");
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{told}");
            assert_eq!(world.get(PATH).await.code(), "not_found", "{told}");
            assert_eq!(world.recipe_rows(), ["recipe"], "{told}");
            if !was_injected {
                break;
            }
            number += 1;
        }
        assert!(number > 4, "a deletion makes more calls than {number}");
    }
}

#[tokio::test]
async fn whatever_aws_does_versions_count_on_and_uploads_are_made_by_the_one_that_they_name() {
    for seed in 0..10 {
        let mut world = World::hostile(seed).await;
        let body = |name: &str| {
            let mut body = announcement(&pictures::small(), &[]);
            body["recipe"] = json!(name);
            body
        };
        let mut uploads = Vec::new();
        for width in 1..=4 {
            let change = recipe(width);
            let put = async || world.put_json(PATH, &change, None).await;
            let (answer, _) = world.insisting(InjectedFault::Refused, u64::from(width) + seed % 4, put).await;
            assert_eq!(answer.json["version"], width, "seed {seed}: {answer:?}");
            let names = ["avatars".to_owned(), format!("avatars@{width}"), "avatars@1".to_owned()];
            for (index, name) in names.into_iter().enumerate() {
                let (body, key) = (body(&name), format!("{width}.{index}"));
                let post = async || world.post("/v1/uploads", &body, Some(&key)).await;
                let (answer, _) = world.insisting(InjectedFault::None, 1, post).await;
                let expected = if name == "avatars@1" { 1 } else { width };
                assert_eq!(answer.json["recipe"]["version"], expected, "seed {seed}: {answer:?}");
                uploads.push((answer.created(), expected));
            }
        }
        for (created, _) in &uploads {
            assert_eq!(world.put(created, &pictures::small()).await, StatusCode::OK);
        }
        world.settle().await;
        for (created, width) in uploads {
            let shown = world.shown(&created.id).await;
            assert_eq!(shown["derivatives"][0]["width"], width, "seed {seed}: {shown}");
        }
    }
}

//! Recipes that are kept by name: versions, conditions, deletion, listing.

mod bad_input;
mod faults;
mod races;
mod uploads;

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::recipe::{RECIPES_MAX, VERSIONS_MAX};

use crate::world::{Answer, World};

const PATH: &str = "/v1/recipes/avatars";

/// A recipe that can be told by its width.
fn recipe(width: u32) -> Value {
    json!({ "steps": [{ "name": "thumb", "image": { "width": width, "format": "webp" } }] })
}

fn width_of(answer: &Answer) -> u64 {
    answer.json["steps"][0]["image"]["width"].as_u64().unwrap_or_else(|| panic!("{answer:?}"))
}

fn tag_of(answer: &Answer) -> String {
    answer.headers["etag"].to_str().expect("a tag").to_owned()
}

impl World {
    /// Puts a recipe of this width, and answers its version.
    async fn put_width(&self, width: u32) -> u64 {
        let answer = self.put_json(PATH, &recipe(width), None).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer.json["version"].as_u64().expect("a version")
    }

    async fn version(&self, version: u64) -> Answer {
        self.get(&format!("{PATH}?version={version}")).await
    }

    /// The sort keys of the recipe's rows.
    fn recipe_rows(&self) -> Vec<String> {
        let mut items = self.items();
        items.retain(|item| item["pk"]["S"] == "acme#recipe#avatars");
        let mut keys: Vec<_> =
            items.iter().map(|item| item["sk"]["S"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    }
}

#[tokio::test]
async fn a_recipe_lives_through_versions_until_it_is_deleted() {
    let world = World::new().await;
    assert_eq!(world.get(PATH).await.code(), "not_found");
    let first = world.put_json(PATH, &recipe(1), None).await;
    assert_eq!((first.status, first.headers["location"].to_str().unwrap()), (StatusCode::CREATED, PATH));
    assert_eq!((&first.json["name"], &first.json["version"]), (&json!("avatars"), &json!(1)));
    assert_eq!(first.json["steps"], recipe(1)["steps"]);
    world.clock.advance(Duration::from_secs(5));
    let second = world.put_json(PATH, &recipe(2), None).await;
    assert_eq!((second.status, &second.json["version"]), (StatusCode::OK, &json!(2)));
    assert_eq!(second.json["created_at"], first.json["created_at"]);
    assert_ne!(second.json["updated_at"], first.json["updated_at"]);

    let shown = world.get(PATH).await;
    assert_eq!(
        (&shown.json, tag_of(&shown)),
        (&second.json, tag_of(&second)),
        "what was put is what is shown"
    );
    for (answer, link) in [(&first, 1), (&second, 2)] {
        let path = answer.json["links"]["version"].as_str().unwrap();
        assert_eq!(path, format!("{PATH}?version={link}"));
        let kept = world.get(path).await;
        assert_eq!((&kept.json, tag_of(&kept)), (&answer.json, tag_of(answer)));
    }
    for missing in [3, 100, 999_999_999] {
        assert_eq!(world.version(missing).await.code(), "not_found");
    }

    for _ in 0..2 {
        assert_eq!(world.delete(PATH, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get(PATH).await.code(), "not_found");
        assert_eq!(world.version(1).await.code(), "not_found");
        assert_eq!(world.recipe_rows(), ["recipe"], "the counter alone is left");
    }
    world.clock.advance(Duration::from_secs(5));
    let anew = world.put_json(PATH, &recipe(1), None).await;
    assert_eq!((anew.status, &anew.json["version"]), (StatusCode::CREATED, &json!(3)));
    assert_eq!(anew.json["created_at"], anew.json["updated_at"]);
    for gone in [1, 2] {
        assert_eq!(world.version(gone).await.code(), "not_found", "a number means one thing for ever");
    }
}

#[tokio::test]
async fn what_is_kept_already_is_no_new_version_and_not_written() {
    let world = World::new().await;
    let first = world.put_json(PATH, &recipe(1), None).await;
    world.clock.advance(Duration::from_secs(5));
    let mut written = world.items();
    written.retain(|item| item["pk"]["S"] == "acme#recipe#avatars");
    let again = world.put_json(PATH, &recipe(1), None).await;
    assert_eq!((again.status, &again.json), (StatusCode::OK, &first.json));
    // A client that repeats a change whose answer was lost has the tag from before it.
    let repeated = world.put_json(PATH, &recipe(1), Some("\"earlier\"")).await;
    assert_eq!((repeated.status, &repeated.json), (StatusCode::OK, &first.json));
    let mut now = world.items();
    now.retain(|item| item["pk"]["S"] == "acme#recipe#avatars");
    assert_eq!(now, written);
}

#[tokio::test]
async fn a_recipe_is_changed_and_deleted_only_as_it_was_seen() {
    let world = World::new().await;
    for tag in ["*", "\"x\""] {
        let nothing = world.put_json(PATH, &recipe(1), Some(tag)).await;
        assert_eq!((nothing.status.as_u16(), nothing.code()), (412, "precondition_failed"), "{tag}");
    }
    let first = tag_of(&world.put_json(PATH, &recipe(1), None).await);
    let second = world.put_json(PATH, &recipe(2), Some(&first)).await;
    assert_eq!((second.status, &second.json["version"]), (StatusCode::OK, &json!(2)));
    let refused = world.put_json(PATH, &recipe(3), Some(&first)).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (412, "precondition_failed"));
    assert_eq!(world.delete(PATH, Some(&first)).await.code(), "precondition_failed");
    assert_eq!(width_of(&world.get(PATH).await), 2);
    assert_eq!(world.delete(PATH, Some(&tag_of(&second))).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(PATH).await.code(), "not_found");
}

#[tokio::test]
async fn the_latest_hundred_versions_are_kept_and_no_more_rows() {
    let world = World::new().await;
    let last = u64::from(VERSIONS_MAX) + 3;
    for width in 1..=last {
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(world.put_width(u32::try_from(width).unwrap()).await, width);
    }
    for kept in [4, 5, 50, last - 1, last] {
        assert_eq!(width_of(&world.version(kept).await), kept);
    }
    for gone in [1, 3] {
        assert_eq!(world.version(gone).await.code(), "not_found");
    }
    assert_eq!(world.recipe_rows().len(), 1 + VERSIONS_MAX as usize);
    assert_eq!(world.delete(PATH, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.recipe_rows(), ["recipe"]);
}

#[tokio::test]
async fn a_tenant_keeps_a_bounded_number_of_recipes_and_pages_through_them() {
    let world = World::new().await;
    let path = |index: usize| format!("/v1/recipes/r{index}");
    for index in 0..RECIPES_MAX {
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(world.put_json(&path(index), &recipe(1), None).await.status, StatusCode::CREATED);
    }
    let refused = world.put_json("/v1/recipes/more", &recipe(1), None).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "limit_reached"));
    let changed = world.put_json(&path(7), &recipe(2), None).await;
    assert_eq!(changed.status, StatusCode::OK, "a change makes no more of them");

    let listed = async || {
        let mut names = Vec::new();
        let mut page = "/v1/recipes?limit=30&fields=name,version".to_owned();
        loop {
            let answer = world.get(&page).await;
            for recipe in answer.json["data"].as_array().unwrap_or_else(|| panic!("{answer:?}")) {
                names.push(format!("{}@{}", recipe["name"].as_str().unwrap(), recipe["version"]));
            }
            let Some(cursor) = answer.json["next_cursor"].as_str() else { return names };
            page = format!("/v1/recipes?limit=30&fields=name,version&cursor={cursor}");
        }
    };
    let name = |index: usize| format!("r{index}@{}", if index == 7 { 2 } else { 1 });
    let expected: Vec<String> = (0..RECIPES_MAX).rev().map(name).collect();
    assert_eq!(listed().await, expected, "newest first, each once");

    assert_eq!(world.delete(&path(50), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(listed().await.len(), RECIPES_MAX - 1);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.put_json("/v1/recipes/more", &recipe(1), None).await.status, StatusCode::CREATED);
    assert_eq!(listed().await[0], "more@1");
    let foreign = world.get("/v1/recipes?cursor=nonsense").await;
    assert_eq!(foreign.json["errors"][0]["pointer"], "/cursor");
}

#[tokio::test]
async fn another_tenants_recipes_have_no_influence() {
    let mut world = World::new().await;
    let other = world.add_tenant("stranger").await;
    world.put_width(1).await;
    world.put_width(2).await;
    let own = std::mem::replace(&mut world.key, other);
    let theirs = world.put_json(PATH, &recipe(9), None).await;
    assert_eq!((theirs.status, &theirs.json["version"]), (StatusCode::CREATED, &json!(1)));
    assert_eq!(world.delete(PATH, None).await.status, StatusCode::NO_CONTENT);
    world.key = own;
    assert_eq!((width_of(&world.get(PATH).await), width_of(&world.version(1).await)), (2, 1));
}

#[tokio::test]
async fn a_reader_that_has_a_recipe_is_told_that_it_has_not_changed() {
    let world = World::new().await;
    let tag = tag_of(&world.put_json(PATH, &recipe(1), None).await);
    let authorization = format!("Bearer {}", world.key);
    let headers = [("authorization", authorization.as_str()), ("if-none-match", tag.as_str())];
    assert_eq!(world.send(Method::GET, PATH, &headers, "").await.status, StatusCode::NOT_MODIFIED);
    world.put_width(2).await;
    assert_eq!(world.send(Method::GET, PATH, &headers, "").await.status, StatusCode::OK);
}

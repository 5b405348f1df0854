//! Recipes and names that cannot be kept: told with pointers, and nothing is written.

use super::*;

/// Asserts that this is refused with exactly these pointers.
fn assert_invalid(answer: &Answer, pointers: &[&str]) {
    let errors = answer.json["errors"].as_array().cloned().unwrap_or_default();
    let found: Vec<&str> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert_eq!(
        (answer.status.as_u16(), answer.code(), found.as_slice()),
        (422, "invalid", pointers),
        "{answer:?}"
    );
}

#[tokio::test]
async fn every_fault_of_a_recipe_is_pointed_at() {
    let world = World::new().await;
    let step = |name: &str| json!({ "name": name, "image": {} });
    let many: Vec<Value> = (0..11).map(|index| step(&format!("s{index}"))).collect();
    for (body, pointers) in [
        (json!([]), &[""][..]),
        (json!("avatars"), &[""]),
        (json!({ "steps": {} }), &["/steps"]),
        (json!({ "steps": many }), &["/steps"]),
        (json!({ "steps": [{ "name": "a" }] }), &["/steps/0"]),
        (json!({ "steps": [step("A"), step("b"), step("b")] }), &["/steps/0/name", "/steps/2/name"]),
        (json!({ "steps": [{ "name": "a", "image": { "width": 0 } }] }), &["/steps/0/image/width"]),
        (json!({ "recipe": { "steps": [] } }), &["/recipe"]),
    ] {
        assert_invalid(&world.put_json(PATH, &body, None).await, pointers);
    }
    let misspelt = json!({ "steps": [{ "name": "a", "image": { "widht": 8 } }] });
    let refused = world.put_json(PATH, &misspelt, None).await;
    assert_invalid(&refused, &["/steps/0/image/widht"]);
    assert_eq!(refused.json["errors"][0]["suggestion"], "width");
    assert_eq!(world.recipe_rows(), [""; 0]);
}

#[tokio::test]
async fn a_name_is_of_plain_characters_and_bounded() {
    let world = World::new().await;
    let (longest, longer) = ("a".repeat(64), "a".repeat(65));
    for name in ["a", "a-b_9", "0", &longest] {
        let answer = world.put_json(&format!("/v1/recipes/{name}"), &recipe(1), None).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{name}");
    }
    for name in ["A", "a.b", "a%20b", "a%23b", "a@1", "%C3%A9", "a%0A", &longer] {
        let path = format!("/v1/recipes/{name}");
        assert_invalid(&world.put_json(&path, &recipe(1), None).await, &["/name"]);
        assert_eq!(world.get(&path).await.code(), "not_found", "{name}");
        assert_eq!(world.delete(&path, None).await.code(), "not_found", "{name}");
    }
}

#[tokio::test]
async fn a_version_is_a_number_from_one_on() {
    let world = World::new().await;
    world.put_width(1).await;
    for wrong in ["0", "-1", "1000000000", "99999999999", "latest", "1.5", ""] {
        let answer = world.get(&format!("{PATH}?version={wrong}")).await;
        assert_invalid(&answer, &["/version"]);
    }
}

#[tokio::test]
async fn what_an_upload_names_must_be_there_and_be_spelt_right() {
    let mut world = World::new().await;
    world.put_width(1).await;
    let mut body = crate::world::announcement(&crate::pictures::small(), &[]);
    for (wrong, said) in [
        (json!("avatar"), "there is no recipe avatar"),
        (json!("avatars@2"), "there is no recipe avatars@2"),
        (json!("avatars@0"), "must be a name of 1 to 64 characters"),
        (json!("avatars@"), "must be a name of 1 to 64 characters"),
        (json!("Avatars"), "must be a name of 1 to 64 characters"),
        (json!(""), "must be a name of 1 to 64 characters"),
        (json!(null), "must be a recipe, or the name of one, and is null"),
        (json!([]), "must be a recipe, or the name of one, and is an array"),
        (json!(1), "must be a recipe, or the name of one, and is integer"),
    ] {
        body["recipe"] = wrong.clone();
        let answer = world.post("/v1/uploads", &body, Some("a-key")).await;
        assert_invalid(&answer, &["/recipe"]);
        let detail = answer.json["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with(said), "{wrong}: {detail}");
    }
    assert!(world.rows().uploads.is_empty());
    body["recipe"] = json!("avatars");
    let key_is_free = world.post("/v1/uploads", &body, Some("a-key")).await;
    assert_eq!(key_is_free.status, StatusCode::CREATED);
    world.settle().await;
}

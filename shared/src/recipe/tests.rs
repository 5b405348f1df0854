mod steps;

use serde_json::{Value, json};

use super::*;
use crate::clock::Timestamp;
use crate::tenant::Tenant;

const EARLY: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATE: Timestamp = Timestamp::from_millis(1_800_000_001_000);

fn name() -> RecipeName {
    RecipeName::parse("avatars").unwrap()
}

fn recipe(width: u32) -> Recipe {
    serde_json::from_value(json!({"steps": [{"name": "a", "image": {"width": width}}]})).unwrap()
}

/// Returns the recipe that follows `current`, with this width.
fn followed(current: &Current, width: u32, now: Timestamp) -> NamedRecipe {
    let tenant = Tenant::parse("acme").unwrap();
    current.followed_by(recipe(width), &tenant, &name(), now).unwrap()
}

fn kept(recipe: NamedRecipe) -> Current {
    Current::Kept(Box::new(recipe))
}

#[test]
fn a_choice_is_an_object_or_a_name() {
    let choice = |json: Value| serde_json::from_value::<RecipeChoice>(json);
    assert_eq!(choice(json!({})).unwrap(), RecipeChoice::default());
    let inline = json!({"steps": [{"name": "a", "image": {"width": 8}}]});
    assert_eq!(choice(inline).unwrap(), RecipeChoice::Inline(recipe(8)));
    for (text, version) in
        [("avatars", None), ("avatars@1", Some(1)), ("avatars@999999999", Some(VERSION_MAX))]
    {
        let expected = RecipeReference { name: name(), version };
        assert_eq!(choice(json!(text)).unwrap(), RecipeChoice::Named(expected), "{text}");
        assert_eq!(serde_json::to_value(choice(json!(text)).unwrap()).unwrap(), text);
    }
    for wrong in [
        "",
        "@",
        "@1",
        "avatars@",
        "avatars@0",
        "avatars@01",
        "avatars@+1",
        "avatars@-1",
        "avatars@1000000000",
        "avatars@99999999999",
        "avatars@1@2",
        "Avatars",
        "a b",
        "a/b",
        "a#b",
        "é",
        &"a".repeat(65),
    ] {
        assert!(choice(json!(wrong)).is_err(), "{wrong}");
    }
    for wrong in [json!(null), json!([]), json!(1), json!(true)] {
        let said = choice(wrong.clone()).unwrap_err().to_string();
        assert!(said.contains("a recipe, or the name of one"), "{wrong}: {said}");
    }
}

#[test]
fn a_pattern_takes_the_names_that_parse() {
    assert_eq!(RecipeName::pattern(), "^[a-z0-9_-]{1,64}$");
    assert!(RecipeName::parse(&"a".repeat(64)).is_some() && RecipeName::parse("a-b_9").is_some());
    for wrong in ["", "A", "a.b", "a\n", &"a".repeat(65)] {
        assert_eq!(RecipeName::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn versions_count_on_through_changes_and_deletions() {
    let first = followed(&Current::Nothing, 1, EARLY);
    assert_eq!((first.version, first.first_version), (1, 1));
    let second = followed(&kept(first), 2, LATE);
    assert_eq!((second.version, second.first_version), (2, 1));
    assert_eq!((second.created_at, second.updated_at), (EARLY, LATE));
    let anew = followed(&Current::Deleted { last_version: 2 }, 1, LATE);
    assert_eq!((anew.version, anew.first_version, anew.created_at), (3, 3, LATE));
    let last = NamedRecipe { version: VERSION_MAX, ..anew.clone() };
    assert_eq!(kept(last).followed_by(recipe(1), &anew.tenant, &name(), LATE), None);
}

#[test]
fn the_latest_hundred_versions_are_kept_of_those_since_the_deletion() {
    let current = NamedRecipe { version: 150, first_version: 1, ..followed(&Current::Nothing, 1, EARLY) };
    assert!(current.keeps(150) && current.keeps(51));
    assert!(!current.keeps(151) && !current.keeps(50) && !current.keeps(0));
    let anew = NamedRecipe { first_version: 149, ..current };
    assert!(anew.keeps(149) && !anew.keeps(148));
}

/// Rows of every age are read for ever: a name that changes here is a row that is lost.
#[test]
fn stored_names_never_change() {
    let stored = json!({
        "tenant": "acme",
        "name": "avatars",
        "version": 1,
        "first_version": 1,
        "recipe": {"steps": [{"name": "a", "image": {"width": 8}}]},
        "created_at": 1_800_000_000_000_i64,
        "updated_at": 1_800_000_000_000_i64,
    });
    assert_eq!(serde_json::to_value(followed(&Current::Nothing, 8, EARLY)).unwrap(), stored);
}

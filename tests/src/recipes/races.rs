//! Two changes of one recipe at the same moment: wherever one is paused, neither is lost and no number means two things.

use std::sync::Arc;

use local::connector::InjectedFault;
use shared::clock::Timestamp;
use shared::recipe::{Current, RecipeName};
use shared::tenant::Tenant;
use tokio::sync::Notify;

use super::*;
use crate::claims::let_run;

impl World {
    /// Begins a change that is paused before its call about a recipe with this number, lets `meanwhile` happen, and has the change go
    /// on. Tells whether it made as many calls.
    async fn paused_at(
        &self,
        number: u64,
        change: impl Future<Output = Answer>,
        meanwhile: impl Future,
    ) -> bool {
        let proceed = Arc::new(Notify::new());
        let (pause, mut calls) = (Arc::clone(&proceed), 0);
        self.injector.set(move |call| {
            // Who takes tokens makes others wait for them, and is no part of the change.
            let is_of_recipe = call.body.contains("acme#recipe");
            calls += u64::from(is_of_recipe);
            if is_of_recipe && calls == number {
                InjectedFault::Paused(Arc::clone(&pause))
            } else {
                InjectedFault::None
            }
        });
        let was_paused = change.await.status.is_server_error();
        self.injector.clear();
        meanwhile.await;
        proceed.notify_one();
        let_run().await;
        was_paused
    }

    /// The widths of all versions, the first one first.
    async fn widths(&self) -> Vec<u64> {
        let last = self.get(PATH).await.json["version"].as_u64().unwrap_or(0);
        let mut widths = Vec::new();
        for version in 1..=last {
            widths.push(width_of(&self.version(version).await));
        }
        widths
    }
}

/// Runs a race with a pause at each call of a change, until one tells that there were not so many. Answers how many there were.
async fn at_each_call(race: impl AsyncFn(u64) -> bool) -> u64 {
    let mut number = 1;
    while race(number).await {
        number += 1;
    }
    number - 1
}

#[tokio::test]
async fn of_two_puts_at_once_both_are_versions() {
    let calls = at_each_call(async |number| {
        let world = World::new().await;
        world.put_width(1).await;
        let (slow, fast) = (recipe(2), recipe(3));
        let put = world.put_json(PATH, &slow, None);
        let was_paused = world.paused_at(number, put, world.put_json(PATH, &fast, None)).await;
        let expected = if was_paused { [1, 3, 2] } else { [1, 2, 3] };
        assert_eq!(world.widths().await, expected, "paused at call {number}");
        was_paused
    });
    assert!(calls.await > 2, "a change makes at least three calls");
}

#[tokio::test]
async fn of_two_first_puts_at_once_both_are_versions() {
    let calls = at_each_call(async |number| {
        let world = World::new().await;
        let (slow, fast) = (recipe(2), recipe(3));
        let put = world.put_json(PATH, &slow, None);
        let was_paused = world.paused_at(number, put, world.put_json(PATH, &fast, None)).await;
        let expected = if was_paused { [3, 2] } else { [2, 3] };
        assert_eq!(world.widths().await, expected, "paused at call {number}");
        was_paused
    });
    assert!(calls.await > 2, "a change makes at least three calls");
}

#[tokio::test]
async fn of_two_conditional_puts_at_once_one_is_a_version() {
    at_each_call(async |number| {
        let world = World::new().await;
        let seen = tag_of(&world.put_json(PATH, &recipe(1), None).await);
        let (slow, fast) = (recipe(2), recipe(3));
        let put = world.put_json(PATH, &slow, Some(&seen));
        let was_paused = world.paused_at(number, put, world.put_json(PATH, &fast, Some(&seen))).await;
        let winner = if was_paused { 3 } else { 2 };
        assert_eq!(world.widths().await, [1, winner], "paused at call {number}");
        was_paused
    })
    .await;
}

#[tokio::test]
async fn a_put_that_is_overtaken_by_a_deletion_makes_the_recipe_anew() {
    let calls = at_each_call(async |number| {
        let world = World::new().await;
        world.put_width(1).await;
        let slow = recipe(2);
        let put = world.put_json(PATH, &slow, None);
        if !world.paused_at(number, put, world.delete(PATH, None)).await {
            assert_eq!(world.get(PATH).await.code(), "not_found");
            return false;
        }
        let anew = world.get(PATH).await;
        assert_eq!((width_of(&anew), &anew.json["version"]), (2, &json!(2)), "paused at call {number}");
        assert_eq!(world.version(1).await.code(), "not_found", "paused at call {number}");
        assert_eq!(world.delete(PATH, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.recipe_rows(), ["recipe"], "paused at call {number}");
        true
    });
    assert!(calls.await > 2, "a change makes at least three calls");
}

#[tokio::test]
async fn a_deletion_that_is_overtaken_removes_all_or_nothing_of_what_followed() {
    let (mut number, mut deleted, mut kept) = (1, 0, 0);
    loop {
        let world = World::new().await;
        for width in [1, 2] {
            world.put_width(width).await;
        }
        let two_puts = async {
            world.put_width(3).await;
            world.put_width(4).await;
        };
        let was_paused = world.paused_at(number, world.delete(PATH, None), two_puts).await;
        if !was_paused {
            break;
        }
        let current = world.get(PATH).await;
        if current.code() == "not_found" {
            assert_eq!(world.recipe_rows(), ["recipe"], "paused at call {number}");
            deleted += 1;
        } else {
            assert_eq!(
                (width_of(&current), &current.json["version"]),
                (4, &json!(4)),
                "paused at call {number}"
            );
            assert_eq!(width_of(&world.version(3).await), 3, "paused at call {number}");
            assert_eq!(world.version(2).await.code(), "not_found", "paused at call {number}");
            kept += 1;
        }
        number += 1;
    }
    assert!(deleted > 1 && kept > 1, "{deleted} were deleted and {kept} kept");
}

impl World {
    /// Saves so many recipes past the API.
    async fn save_recipes(&self, count: usize) {
        let tenant = Tenant::parse("acme").expect("a tenant's name");
        let recipe: shared::recipe::Recipe = serde_json::from_value(recipe(1)).expect("a recipe");
        for index in 0..count {
            let name = RecipeName::parse(&format!("r{index}")).expect("a name");
            let at = Timestamp::from_millis(index as i64);
            let first = Current::Nothing.followed_by(recipe.clone(), &tenant, &name, at).expect("a version");
            self.developer.table.replace_recipe(&Current::Nothing, &first).await.expect("the table answers");
        }
    }

    fn recipe_count(&self) -> usize {
        self.items().iter().filter(|item| item["sk"]["S"] == "recipe").count()
    }
}

#[tokio::test]
async fn of_two_recipes_that_are_saved_at_once_with_room_for_one_one_is_saved() {
    let calls = at_each_call(async |number| {
        let world = World::new().await;
        world.save_recipes(RECIPES_MAX - 1).await;
        let (slow, fast) = (recipe(2), recipe(3));
        let put = world.put_json(PATH, &slow, None);
        let other = world.put_json("/v1/recipes/other", &fast, None);
        let was_paused = world.paused_at(number, put, other).await;
        assert_eq!(world.recipe_count(), RECIPES_MAX, "paused at call {number}");
        was_paused
    });
    assert!(calls.await > 2, "a recipe is saved with at least three calls");
}

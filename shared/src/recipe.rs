//! The recipe of an upload: which derivatives to make of the file.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Problem;
use crate::image::Transform;

mod choice;
mod named;

pub use choice::{RecipeChoice, RecipeReference, RecipeSource, ResolvedRecipe};
pub use named::{
    Current, NamedRecipe, RECIPE_NAME_CHARS_MAX, RECIPES_MAX, RecipeName, VERSION_MAX, VERSIONS_MAX,
};

/// A recipe has at most this many steps, because each is a job.
pub const STEPS_MAX: usize = 10;

/// A step's name is part of object keys and of sets in the upload's row.
pub const STEP_NAME_CHARS_MAX: usize = 32;

/// The steps that are carried out once the file has arrived; without steps it is only stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    #[serde(default)]
    #[schemars(length(max = STEPS_MAX))]
    pub steps: Vec<Step>,
}

/// One derivative to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// 1 to 32 of `a`–`z`, `0`–`9`, `-` and `_`; once in a recipe.
    #[schemars(regex(pattern = "^[a-z0-9_-]{1,32}$"), example = &"thumb")]
    pub name: String,
    pub image: Transform,
}

impl Recipe {
    /// What is wrong with the recipe, with pointers below `base`.
    pub fn problems(&self, base: &str) -> Vec<Problem> {
        if self.steps.len() > STEPS_MAX {
            let detail = format!("has {} steps; at most {STEPS_MAX} are allowed", self.steps.len());
            return vec![Problem::new(format!("{base}/steps"), detail)];
        }
        let mut seen = BTreeSet::new();
        let mut problems = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let at = format!("{base}/steps/{index}");
            if !is_step_name(&step.name) {
                let detail =
                    format!("must be 1 to {STEP_NAME_CHARS_MAX} characters out of a-z, 0-9, - and _");
                problems.push(Problem::new(format!("{at}/name"), detail));
            }
            if !seen.insert(&step.name) {
                problems.push(Problem::new(format!("{at}/name"), "is the name of an earlier step"));
            }
            let image = step.image.problems().into_iter();
            problems.extend(
                image.map(|problem| Problem::new(format!("{at}/image{}", problem.pointer), problem.detail)),
            );
        }
        problems
    }
}

fn is_step_name(name: &str) -> bool {
    let fits = (1..=STEP_NAME_CHARS_MAX).contains(&name.len());
    fits && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests;

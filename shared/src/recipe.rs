//! The recipe of an upload: what to make of the file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::FieldError;

mod choice;
mod named;
mod price;
mod step;

pub use choice::{RecipeChoice, RecipeReference, ResolvedRecipe};
pub use named::{
    Current, NamedRecipe, RECIPE_NAME_CHARS_MAX, RECIPES_MAX, RecipeName, RecipeSource, VERSION_MAX,
    VERSIONS_MAX,
};
pub use step::{Action, Algorithm, ChecksumOptions, STEP_NAME_CHARS_MAX, Step};

/// A recipe has at most this many steps, because each is a job.
pub const STEPS_MAX: usize = 10;

/// The steps to carry out once the file has arrived. Without steps, the file is only stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    #[serde(default)]
    #[schemars(length(max = STEPS_MAX))]
    pub steps: Vec<Step>,
}

impl Recipe {
    /// Whether any step needs a file that is an image.
    pub fn works_on_image(&self) -> bool {
        self.steps.iter().any(Step::works_on_image)
    }

    /// Whether any step works on what another makes.
    pub fn has_dependent_steps(&self) -> bool {
        self.steps.iter().any(|step| step.from.is_some())
    }

    /// The step of this name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Lists the faults of the recipe, with pointers below `base`.
    pub fn field_errors(&self, base: &str) -> Vec<FieldError> {
        if self.steps.len() > STEPS_MAX {
            let detail = format!("has {} steps; at most {STEPS_MAX} are allowed", self.steps.len());
            return vec![FieldError::new(format!("{base}/steps"), detail)];
        }
        let mut earlier: BTreeMap<&str, &Step> = BTreeMap::new();
        let mut errors = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let at = format!("{base}/steps/{index}");
            errors.extend(step.field_errors(&at));
            if let Some(from) = &step.from {
                let refusal = match earlier.get(from.as_str()) {
                    None => Some("is not the name of an earlier step"),
                    Some(source) => source.refusal_as_source(),
                };
                let refusal = refusal.map(|detail| FieldError::new(format!("{at}/from"), detail));
                errors.extend(refusal);
            }
            if earlier.insert(step.name.as_str(), step).is_some() {
                errors.push(FieldError::new(format!("{at}/name"), "is the name of an earlier step"));
            }
        }
        errors
    }
}

#[cfg(test)]
mod tests;

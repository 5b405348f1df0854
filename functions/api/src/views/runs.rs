//! Runs: an upload processed again.

use schemars::JsonSchema;
use serde::Serialize;
use shared::app::App;
use shared::error::Error;
use shared::operations::uploads::UploadWithSteps;
use shared::recipe::RecipeSource;
use shared::upload;

use super::derivatives::{Derivative, derivatives};
use super::time::Time;
use super::uploads::Rejection;

/// A run with its derivatives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Run {
    #[serde(flatten)]
    summary: RunSummary,
    /// One for each step, in the order of the recipe.
    derivatives: Vec<Derivative>,
}

/// A run without its derivatives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunSummary {
    /// Counted from 1.
    #[schemars(range(min = 1))]
    number: u32,
    /// `ready` once every derivative is there, `failed` if one could not be made.
    state: upload::State,
    /// The version of a saved recipe that the run uses. Absent if the request had a recipe of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    /// Why a step could not use the original; `null` if all could.
    rejection: Option<Rejection>,
    created_at: Time,
    updated_at: Time,
    links: Links,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunLinks")]
struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/uploads/upl_54df63zb7rnrnrnk8bhknq46c5/runs/1")]
    own: String,
    upload: String,
}

impl RunSummary {
    pub fn location(&self) -> &str {
        &self.links.own
    }
}

pub async fn run(app: &App, read: UploadWithSteps) -> Result<Run, Error> {
    let derivatives = derivatives(app, &read.upload, read.steps).await?;
    Ok(Run { summary: summary(read.upload), derivatives })
}

pub fn summary(run: upload::Upload) -> RunSummary {
    let number = run.run.unwrap_or_default();
    let upload = format!("/v1/uploads/{}", run.id);
    RunSummary {
        number,
        state: run.state,
        recipe: run.named_recipe,
        rejection: run.rejection.map(Rejection::from),
        created_at: run.created_at.into(),
        updated_at: run.updated_at.into(),
        links: Links { own: format!("{upload}/runs/{number}"), upload },
    }
}

//! Runs: an upload gone through once more.

use schemars::JsonSchema;
use serde::Serialize;
use shared::app::App;
use shared::error::Error;
use shared::operations::uploads::UploadWithSteps;
use shared::recipe::RecipeSource;
use shared::upload::{self, Rejection};

use super::derivatives::{Derivative, derivatives};
use super::time::Time;

/// A run with its derivatives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Run {
    #[serde(flatten)]
    summary: RunSummary,
    /// One for each step, in the recipe's order.
    derivatives: Vec<Derivative>,
}

/// What a listing shows of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunSummary {
    /// Counted from 1.
    #[schemars(range(min = 1))]
    number: u32,
    /// As of an upload whose bytes have arrived: `ready` once every derivative is there, `failed` when one cannot be made.
    state: upload::State,
    /// Where the recipe is kept, if it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    /// Why a step could not use the original.
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
        rejection: run.rejection,
        created_at: run.created_at.into(),
        updated_at: run.updated_at.into(),
        links: Links { own: format!("{upload}/runs/{number}"), upload },
    }
}

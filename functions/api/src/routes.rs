//! Every route, in one place: one line each, with the scope that it needs and the tokens that it costs.

use std::sync::LazyLock;

use shared::scope::Scope::{
    ApiKeysRead, ApiKeysWrite, JobsRead, RecipesRead, RecipesWrite, UploadsRead, UploadsWrite,
};

use crate::route::MediaType::{Html, Json};
use crate::route::{Route, delete, get, post, public, put};

mod api_keys;
mod jobs;
mod parts;
mod recipes;
mod runs;
mod service;
mod uploads;
mod usage;

pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(all);

#[rustfmt::skip]
fn all() -> Vec<Route> {
    vec![
        post("/v1/uploads", uploads::create).needs(UploadsWrite).costs(2).recorded_by_its_row()
            .named("createUpload", "Announces a file, and answers the request that sends its bytes."),
        get("/v1/uploads", uploads::list).needs(UploadsRead).costs(5)
            .named("listUploads", "Lists uploads, newest first."),
        get("/v1/uploads/{id}", uploads::read).needs(UploadsRead)
            .named("getUpload", "Shows one upload with its derivatives."),
        get("/v1/uploads/{id}/parts", parts::list).needs(UploadsWrite).costs(2)
            .named("listUploadParts", "Lists parts: the requests that send them, and which have arrived."),
        post("/v1/uploads/{id}/complete", parts::complete).needs(UploadsWrite).costs(2).repeatable()
            .named("completeUpload", "Makes one file of the parts that arrived."),
        post("/v1/uploads/{id}/abort", parts::abort).needs(UploadsWrite).repeatable()
            .named("abortUpload", "Gives up an upload that has not arrived, and removes its parts."),
        delete("/v1/uploads/{id}", uploads::delete).needs(UploadsWrite).costs(2)
            .named("deleteUpload", "Deletes an upload with all that was made of it."),
        get("/v1/uploads/{id}/url", uploads::sign_url).needs(UploadsRead)
            .named("getUploadUrl", "Signs a URL that shows or saves the original or a derivative."),
        put("/v1/recipes/{name}", recipes::put).needs(RecipesWrite).costs(5)
            .named("putRecipe", "Keeps a recipe by name, as its next version."),
        get("/v1/recipes", recipes::list).needs(RecipesRead).costs(5)
            .named("listRecipes", "Lists recipes that are kept by name, newest first."),
        get("/v1/recipes/{name}", recipes::read).needs(RecipesRead)
            .named("getRecipe", "Shows a recipe: its latest version, or an earlier one."),
        delete("/v1/recipes/{name}", recipes::delete).needs(RecipesWrite).costs(10)
            .named("deleteRecipe", "Deletes a recipe with all of its versions."),
        post("/v1/uploads/{id}/runs", runs::create).needs(UploadsWrite).costs(2).recorded_by_its_row()
            .named("createRun", "Goes through an upload once more, with another recipe."),
        get("/v1/uploads/{id}/runs", runs::list).needs(UploadsRead).costs(2)
            .named("listRuns", "Lists the runs of an upload, newest first."),
        get("/v1/uploads/{id}/runs/{number}", runs::read).needs(UploadsRead)
            .named("getRun", "Shows one run with its derivatives."),
        get("/v1/jobs/{id}", jobs::read).needs(JobsRead)
            .named("getJob", "Shows one job: its state, attempts and failure."),
        get("/v1/usage", usage::read).needs(UploadsRead)
            .named("getUsage", "Shows what the tenant has stored and in flight, and how much it may."),
        post("/v1/api-keys", api_keys::create).needs(ApiKeysWrite).costs(10).recorded_by_its_row()
            .named("createApiKey", "Makes an API key, and shows its secret this once."),
        get("/v1/api-keys", api_keys::list).needs(ApiKeysRead).costs(5)
            .named("listApiKeys", "Lists API keys, newest first."),
        get("/v1/api-keys/{id}", api_keys::read).needs(ApiKeysRead)
            .named("getApiKey", "Shows one API key, without its secret."),
        delete("/v1/api-keys/{id}", api_keys::revoke).needs(ApiKeysWrite).costs(10)
            .named("revokeApiKey", "Ends an API key, within a minute everywhere."),
        post("/v1/api-keys/{id}/rotate", api_keys::rotate).needs(ApiKeysWrite).costs(10)
            .named("rotateApiKey", "Gives an API key a new secret; the old one works a while longer."),

        public("/v1/openapi.json", Json, service::openapi).named("getOpenApi", "This document."),
        public("/docs", Html, service::reference).named("getReference", "The reference, for people."),
        public("/docs/problems/{code}", Html, service::problem).named("getProblem", "What a problem's type means."),
        public("/healthz", Json, service::health).costs(0).named("getHealth", "Whether the function runs."),
        public("/readyz", Json, service::readiness).named("getReadiness", "Whether what it stands on answers."),
    ]
}

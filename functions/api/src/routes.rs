//! Every route, in one place: one line each, with the scope that it needs, the tokens that it costs, and the problems
//! that its handler returns.

use std::sync::LazyLock;

use shared::scope::Scope::{
    ApiKeysRead, ApiKeysWrite, JobsRead, JobsWrite, RecipesRead, RecipesWrite, SigningKeysRead,
    SigningKeysWrite, UploadsRead, UploadsWrite,
};

use crate::bounds::{JOB_BYTES_MAX, JOBS_BYTES_MAX};
use crate::path_parameter::PathParameter;
use crate::problem::Code::{
    Conflict, Gone, LimitReached, NotFound, StorageFull, TooManyBytesInFlight, TooManyUploadsInFlight,
    Unavailable,
};
use crate::route::{Route, delete, get, page, post, public, put, resource};

mod activity;
mod api_keys;
mod jobs;
mod pages;
mod parts;
mod recipes;
mod runs;
mod service;
mod signing_keys;
mod uploads;
mod usage;

pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(all);

#[rustfmt::skip]
fn all() -> Vec<Route> {
    use PathParameter::{ApiKey, Job, Operation, Problem, Recipe, Run, SigningKey, Upload};
    [
        resource("uploads", "Files that clients send, and what is made from them.", vec![
            post("/v1/uploads", uploads::create).needs(UploadsWrite).costs(2)
                .fails_with(&[TooManyUploadsInFlight, TooManyBytesInFlight, StorageFull])
                .recorded_by_its_row().creates(Upload)
                .named("createUpload", "Creates an upload, and returns the request that sends its file."),
            get("/v1/uploads", uploads::list).needs(UploadsRead).costs(5)
                .named("listUploads", "Lists uploads, newest first."),
            get("/v1/uploads/{id}", uploads::read).of(Upload).needs(UploadsRead).fails_with(&[NotFound, Gone])
                .named("getUpload", "Returns an upload with its derivatives."),
            get("/v1/uploads/{id}/url", uploads::sign_url).of(Upload).needs(UploadsRead)
                .fails_with(&[NotFound, Gone])
                .named("getUploadUrl", "Returns a URL that shows or saves the original or a derivative."),
            get("/v1/uploads/{id}/parts", parts::list).of(Upload).needs(UploadsWrite).costs(2)
                .fails_with(&[NotFound, Gone, Conflict])
                .named("listUploadParts", "Lists parts, with the request that sends each and whether it has arrived."),
            post("/v1/uploads/{id}/complete", parts::complete).of(Upload).needs(UploadsWrite).costs(2)
                .fails_with(&[NotFound, Gone, Conflict]).conditional().repeatable()
                .named("completeUpload", "Joins the parts that have arrived into one file."),
            post("/v1/uploads/{id}/abort", parts::abort).of(Upload).needs(UploadsWrite)
                .fails_with(&[NotFound, Gone, Conflict]).conditional().repeatable()
                .named("abortUpload", "Cancels an upload whose file has not arrived, and removes its parts."),
            delete("/v1/uploads/{id}", uploads::delete).of(Upload).needs(UploadsWrite).costs(2)
                .fails_with(&[NotFound]).conditional()
                .named("deleteUpload", "Deletes an upload and everything made from it."),
        ]),
        resource("runs", "Further derivatives of an upload that is there, made by another recipe.", vec![
            post("/v1/uploads/{id}/runs", runs::create).of(Upload).needs(UploadsWrite).costs(2)
                .fails_with(&[NotFound, Gone, Conflict, StorageFull]).recorded_by_its_row()
                .named("createRun", "Processes an upload again, with another recipe."),
            get("/v1/uploads/{id}/runs", runs::list).of(Upload).needs(UploadsRead).costs(2)
                .fails_with(&[NotFound, Gone])
                .named("listRuns", "Lists the runs of an upload, newest first."),
            get("/v1/uploads/{id}/runs/{number}", runs::read).of(Upload).of(Run).needs(UploadsRead)
                .fails_with(&[NotFound, Gone])
                .named("getRun", "Returns a run with its derivatives."),
        ]),
        resource("recipes", "Recipes that are saved under a name, in versions.", vec![
            put("/v1/recipes/{name}", recipes::put).of(Recipe).needs(RecipesWrite).costs(5)
                .fails_with(&[LimitReached]).conditional()
                .named("putRecipe", "Saves a recipe under a name, as its next version."),
            get("/v1/recipes", recipes::list).needs(RecipesRead).costs(5)
                .named("listRecipes", "Lists saved recipes, newest first."),
            get("/v1/recipes/{name}", recipes::read).of(Recipe).needs(RecipesRead).fails_with(&[NotFound])
                .named("getRecipe", "Returns a saved recipe: its latest version, or an earlier one."),
            delete("/v1/recipes/{name}", recipes::delete).of(Recipe).needs(RecipesWrite).costs(10)
                .fails_with(&[NotFound]).conditional()
                .named("deleteRecipe", "Deletes a saved recipe with all of its versions."),
        ]),
        resource("jobs", "Work that is done in the background, and tried again until it is done.", vec![
            post("/v1/jobs", jobs::submit).needs(JobsWrite).takes_up_to(JOB_BYTES_MAX)
                .recorded_by_its_row().creates(Job)
                .named("submitJob", "Accepts a job, which sends a request now or later."),
            post("/v1/jobs/batch", jobs::submit_batch).needs(JobsWrite).costs(25).takes_up_to(JOBS_BYTES_MAX)
                .recorded_by_its_row()
                .named("submitJobs", "Accepts up to 100 jobs, each by itself."),
            get("/v1/jobs", jobs::list).needs(JobsRead).costs(5)
                .named("listJobs", "Lists submitted jobs, newest first."),
            get("/v1/jobs/{id}", jobs::read).of(Job).needs(JobsRead).fails_with(&[NotFound])
                .named("getJob", "Returns a job with its state, its attempts and its latest failure."),
            post("/v1/jobs/{id}/cancel", jobs::cancel).of(Job).needs(JobsWrite)
                .fails_with(&[NotFound, Conflict]).conditional().repeatable()
                .named("cancelJob", "Cancels a job. One that does not run never starts afterwards."),
            post("/v1/jobs/{id}/retry", jobs::retry).of(Job).needs(JobsWrite)
                .fails_with(&[NotFound, Conflict]).conditional()
                .named("retryJob", "Runs a job again that has ended or is paused, or at once if it waits to be tried again."),
            post("/v1/jobs/{id}/reschedule", jobs::reschedule).of(Job).needs(JobsWrite)
                .fails_with(&[NotFound, Conflict]).conditional()
                .named("rescheduleJob", "Has a job run at another time."),
            get("/v1/activity", activity::read).needs(JobsRead).costs(5)
                .named("getActivity", "Returns how many jobs succeeded, failed, were retried and cancelled, by hour and kind."),
        ]),
        resource("signing-keys", "Keys that sign the requests of jobs, so that receivers can tell who sent them.", vec![
            post("/v1/signing-keys", signing_keys::create).needs(SigningKeysWrite).costs(10)
                .fails_with(&[LimitReached]).recorded_by_its_row().creates(SigningKey)
                .named("createSigningKey", "Creates a signing key, and shows its secret this once."),
            get("/v1/signing-keys", signing_keys::list).needs(SigningKeysRead)
                .named("listSigningKeys", "Lists signing keys, newest first."),
            get("/v1/signing-keys/{id}", signing_keys::read).of(SigningKey).needs(SigningKeysRead)
                .fails_with(&[NotFound])
                .named("getSigningKey", "Returns a signing key, without its secret."),
            delete("/v1/signing-keys/{id}", signing_keys::delete).of(SigningKey).needs(SigningKeysWrite)
                .fails_with(&[NotFound])
                .named("deleteSigningKey", "Deletes a signing key. It signs no more requests within seconds."),
        ]),
        resource("usage", "How much a tenant uses, and how much it may use.", vec![
            get("/v1/usage", usage::read).needs(UploadsRead)
                .named("getUsage", "Returns what the tenant has stored and in flight, and its limits."),
        ]),
        resource("api-keys", "Keys that let programs call the API.", vec![
            post("/v1/api-keys", api_keys::create).needs(ApiKeysWrite).costs(10).fails_with(&[LimitReached])
                .recorded_by_its_row().creates(ApiKey)
                .named("createApiKey", "Creates an API key, and shows its secret this once."),
            get("/v1/api-keys", api_keys::list).needs(ApiKeysRead).costs(5)
                .named("listApiKeys", "Lists API keys, newest first."),
            get("/v1/api-keys/{id}", api_keys::read).of(ApiKey).needs(ApiKeysRead).fails_with(&[NotFound])
                .named("getApiKey", "Returns an API key, without its secret."),
            delete("/v1/api-keys/{id}", api_keys::revoke).of(ApiKey).needs(ApiKeysWrite).costs(10)
                .fails_with(&[NotFound]).conditional()
                .named("revokeApiKey", "Revokes an API key. It stops working within a minute."),
            post("/v1/api-keys/{id}/rotate", api_keys::rotate).of(ApiKey).needs(ApiKeysWrite).costs(10)
                .fails_with(&[NotFound]).conditional()
                .named("rotateApiKey", "Gives an API key a new secret. The old one works a while longer."),
        ]),
        resource("service", "The service itself, without an API key.", vec![
            public("/v1/openapi.json", service::openapi).named("getOpenApi", "Returns this document."),
            public("/healthz", service::health).costs(0).named("getHealth", "Reports that the API runs."),
            public("/readyz", service::readiness).fails_with(&[Unavailable])
                .named("getReadiness", "Reports whether the API can reach its table."),
            page("/", pages::home).named("getHome", "Shows where everything is."),
            page("/docs", pages::overview).named("getReference", "Shows the reference, for people."),
            page("/docs/{name}", pages::operation).of(Operation).fails_with(&[NotFound])
                .named("getOperation", "Shows one operation of the reference."),
            page("/docs/problems/{code}", pages::problem).of(Problem).fails_with(&[NotFound])
                .named("getProblem", "Explains a problem."),
        ]),
    ]
    .concat()
}

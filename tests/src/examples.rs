//! The examples of the reference: each request is sent, and what comes back has the fields of the documented response.

use std::collections::BTreeSet;
use std::time::Duration;

use api::openapi::examples::{self, Example};
use api::path_parameter::PathParameter;
use api::route::{Access, MediaType, Route};
use api::routes::ROUTES;
use http::StatusCode;
use serde_json::{Value, json};

use crate::jobs::receiver::{Received, Receiver, Reply};
use crate::pictures;
use crate::world::{Answer, World};

/// Parts of this size make up the file that is sent in parts.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// Long enough for all steps of a picture.
const WHILE: Duration = Duration::from_secs(10);

impl World {
    /// Makes what the example of the route needs, and returns its path.
    async fn path_for(&mut self, route: &Route) -> String {
        let mut path = route.path.to_owned();
        for parameter in &route.path_parameters {
            let value = match (parameter, route.name) {
                (PathParameter::Upload, "listUploadParts" | "completeUpload" | "abortUpload") => {
                    self.send_in_parts(route.name != "listUploadParts").await
                }
                (PathParameter::Upload, _) => self.ready_upload_with_a_run().await,
                (PathParameter::Run, _) => "1".to_owned(),
                (PathParameter::Job, "getJob" | "retryJob") => self.ended_job().await,
                (PathParameter::Job, _) => {
                    let submitted = self.post("/v1/jobs", &body_of("submitJob"), None).await;
                    submitted.json["id"].as_str().unwrap().to_owned()
                }
                (PathParameter::SigningKey, _) => {
                    let made = self.post("/v1/signing-keys", &json!({}), None).await;
                    made.json["id"].as_str().unwrap().to_owned()
                }
                (PathParameter::ApiKey, _) => {
                    let made = self.post("/v1/api-keys", &body_of("createApiKey"), None).await;
                    made.json["id"].as_str().unwrap().to_owned()
                }
                (PathParameter::Recipe, _) => parameter.example(),
                (PathParameter::Problem | PathParameter::Operation, _) => parameter.example(),
            };
            path = path.replace(&format!("{{{}}}", parameter.name()), &value);
        }
        path
    }

    /// A job that has called the host of the examples.
    async fn ended_job(&mut self) -> String {
        let reply = |_: &Received| Reply::of(200).header("x-request-id", "r-7").body("charged");
        Receiver::serve(self, reply).be(self, "app.example.com");
        let mut body = body_of("submitJob");
        body["input"]["url"] = json!("http://app.example.com/hooks/charge");
        body.as_object_mut().unwrap().remove("delay_seconds");
        let submitted = self.post("/v1/jobs", &body, None).await;
        self.pass(WHILE).await;
        submitted.json["id"].as_str().unwrap_or_else(|| panic!("{submitted:?}")).to_owned()
    }

    async fn ready_upload_with_a_run(&mut self) -> String {
        let photo = pictures::small();
        let mut body = body_of("createUpload");
        (body["size_bytes"], body["content_type"]) = (photo.len().into(), "image/png".into());
        let created = self.post("/v1/uploads", &body, None).await;
        let id = created.json["id"].as_str().unwrap_or_else(|| panic!("{created:?}")).to_owned();
        assert_eq!(self.send_file(&created.json["request"], &photo).await, StatusCode::OK);
        self.pass(WHILE).await;
        let run = self.post(&format!("/v1/uploads/{id}/runs"), &body_of("createRun"), None).await;
        assert_eq!(run.status, StatusCode::CREATED, "{run:?}");
        self.pass(WHILE).await;
        id
    }

    /// An upload in three parts, of which the first has arrived, or all.
    async fn send_in_parts(&mut self, all: bool) -> String {
        let size = 2 * PART_BYTES + 1000;
        let body = json!({ "filename": "film.mp4", "content_type": "video/mp4", "size_bytes": size });
        let id = self.post("/v1/uploads", &body, None).await.json["id"].as_str().unwrap().to_owned();
        let parts = self.get(&format!("/v1/uploads/{id}/parts")).await.json;
        for part in parts["data"].as_array().unwrap().iter().take(if all { 3 } else { 1 }) {
            let bytes = vec![1; usize::try_from(part["size_bytes"].as_u64().unwrap()).unwrap()];
            assert_eq!(self.send_file(&part["request"], &bytes).await, StatusCode::OK);
        }
        id
    }

    async fn send_file(&self, request: &Value, bytes: &[u8]) -> StatusCode {
        self.put_to(request["url"].as_str().expect("a URL"), &request["headers"], bytes).await
    }

    async fn send_example(&mut self, route: &Route, example: &Example) -> Answer {
        let path = self.path_for(route).await;
        let query = example.query();
        let path = if query.is_empty() { path } else { format!("{path}?{query}") };
        let authorization = format!("Bearer {}", self.key);
        let mut headers = vec![("content-type", "application/json")];
        headers.extend((route.access != Access::Public).then_some(("authorization", authorization.as_str())));
        self.send(route.method.clone(), &path, &headers, example.body().unwrap_or_default()).await
    }
}

fn body_of(name: &str) -> Value {
    let route = ROUTES.iter().find(|route| route.name == name).unwrap();
    serde_json::from_str(&examples::of(route).unwrap().body().unwrap()).unwrap()
}

/// The pointers of all fields in a value; of a list, those of all its entries together.
fn fields(value: &Value) -> BTreeSet<String> {
    let below = |name: &str, inner: &Value| {
        let inner: Vec<String> = fields(inner).into_iter().map(|field| format!("/{name}{field}")).collect();
        [format!("/{name}")].into_iter().chain(inner)
    };
    match value {
        Value::Object(entries) if entries.keys().any(|name| name == "content-type") => BTreeSet::new(),
        Value::Object(entries) => entries.iter().flat_map(|(name, inner)| below(name, inner)).collect(),
        Value::Array(items) => items.iter().flat_map(|item| below("0", item)).collect(),
        _ => BTreeSet::new(),
    }
}

#[tokio::test]
async fn every_example_works_and_returns_what_it_shows() {
    let mut world = World::new().await;
    // For listings and reads.
    world.save_recipe().await;
    world.ready_upload_with_a_run().await;
    for route in ROUTES.iter().filter(|route| route.produces == MediaType::Json) {
        let example = examples::of(route).unwrap_or_else(|| panic!("{} has no example", route.name));
        let answer = world.send_example(route, example).await;
        let statuses = [Some(route.contract.status), route.contract.other_status];
        assert!(statuses.contains(&Some(answer.status)), "{}: {answer:?}", route.name);
        let Some(response) = example.response() else { continue };
        let response: Value = serde_json::from_str(&response).unwrap();
        assert_eq!(fields(&response), fields(&answer.json), "{}: {response} and {}", route.name, answer.json);
    }
}

impl World {
    /// Saves the recipe of the examples.
    async fn save_recipe(&mut self) {
        let route = ROUTES.iter().find(|route| route.name == "putRecipe").unwrap();
        let saved = self.send_example(route, examples::of(route).unwrap()).await;
        assert_eq!(saved.status, StatusCode::CREATED);
    }
}

//! The recipe of the README, followed: a handler, its types and one line make a route that has everything.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use api::call::{Call, Json};
use api::openapi;
use api::path_parameter::PathParameter;
use api::problem::{Code, Problem};
use api::reply::{Created, Shown};
use api::route::{Route, get, post, resource};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::scope::Scope::{JobsRead, UploadsWrite};

use crate::world::World;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Greeting {
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Greeted {
    text: String,
    count: u32,
}

static GREETINGS: AtomicU32 = AtomicU32::new(0);

async fn greet(call: Call<Json<Greeting>>) -> Result<Created<Greeted>, Problem> {
    let count = GREETINGS.fetch_add(1, Ordering::SeqCst) + 1;
    let view = Greeted { text: format!("Hello {}", call.body.0.name), count };
    Ok(Created { view, location: "/v1/greetings/1".to_owned(), replayed: false })
}

async fn greeting(call: Call) -> Result<Shown<Greeted>, Problem> {
    Ok(Shown(Greeted { text: call.id().to_owned(), count: GREETINGS.load(Ordering::SeqCst) }))
}

#[rustfmt::skip]
static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| resource("greetings", "Words to somebody.", vec![
    post("/v1/greetings", greet).needs(UploadsWrite).creates(PathParameter::Job).named("greet", "Greets somebody."),
    get("/v1/greetings/{id}", greeting).of(PathParameter::Job).needs(JobsRead).fails_with(&[Code::NotFound])
        .named("getGreeting", "Returns a greeting."),
]));

#[tokio::test]
async fn a_new_route_has_everything_by_its_line_in_the_table() {
    let world = World::with_routes(&ROUTES).await;
    let path = "/v1/greetings";

    assert_eq!(world.send(Method::POST, path, &[], "{}").await.code(), "unauthenticated");
    let limited = format!("Bearer {}", world.add_key_with(&[JobsRead]).await);
    let headers = [("authorization", limited.as_str()), ("content-type", "application/json")];
    assert_eq!(world.send(Method::POST, path, &headers, "{}").await.code(), "forbidden");
    assert_eq!(world.send(Method::PUT, path, &headers, "{}").await.code(), "method_not_allowed");

    let wrong = world.post(path, &json!({ "nmae": "Ada" }), None).await;
    assert_eq!((wrong.code(), &wrong.json["errors"][0]["suggestion"]), ("invalid", &json!("name")));

    let body = json!({ "name": "Ada" });
    let first = world.post(path, &body, Some("hello")).await;
    assert_eq!((first.status, &first.json["text"]), (StatusCode::CREATED, &json!("Hello Ada")));
    let again = world.post(path, &body, Some("hello")).await;
    assert_eq!(
        (again.status, &again.headers["idempotency-replayed"]),
        (first.status, &"true".parse().unwrap())
    );
    assert_eq!((&again.json["text"], &again.json["count"]), (&json!("1"), &json!(1)), "shown as it is now");
    assert_eq!(GREETINGS.load(Ordering::SeqCst), 1, "the effect is there once");
    let other = world.post(path, &json!({ "name": "Bob" }), Some("hello")).await;
    assert_eq!(other.code(), "idempotency_key_reused");

    let shown = world.get("/v1/greetings/1?fields=text").await;
    assert_eq!(shown.json, json!({ "text": "1" }));
    assert!(shown.headers.contains_key("etag"));

    let document = openapi::document(&ROUTES);
    let operation = &document["paths"][path]["post"];
    assert_eq!(operation["security"], json!([{ "api_key": ["uploads:write"] }]));
    assert_eq!(operation["tags"], json!(["greetings"]));
    assert!(operation["responses"]["429"].is_object());
    assert!(operation["responses"]["201"]["links"]["getGreeting"].is_object());
    assert!(document["paths"]["/v1/greetings/{id}"]["get"]["responses"]["404"].is_object());
    assert_eq!(document["components"]["schemas"]["Greeting"]["required"], json!(["name"]));
}

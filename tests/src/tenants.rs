//! Tenants are apart: whatever one asks for, another's things are neither read, changed nor counted, and make no
//! difference to what AWS is asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::route::{Access, Route};
use api::routes::ROUTES;
use http::Method;
use local::connector::InjectedFault;
use serde_json::{Value, json};

use crate::pictures;
use crate::world::World;

/// Ids of one thing of each kind.
struct Things {
    upload: String,
    job: String,
    key: String,
    recipe: String,
}

impl World {
    /// Makes one thing of each kind.
    async fn make_things(&mut self) -> Things {
        let upload = self.upload(&pictures::small(), &["thumb"]).await;
        self.settle().await;
        let shown = self.shown(&upload).await;
        let job = shown["derivatives"][0]["links"]["job"].as_str().unwrap().replace("/v1/jobs/", "");
        let body = json!({ "name": "theirs", "scopes": ["jobs:read"] });
        let key = self.post("/v1/api-keys", &body, None).await.json["id"].as_str().unwrap().to_owned();
        let recipe = "theirs".to_owned();
        let kept = self.put_json("/v1/recipes/theirs", &json!({}), None).await;
        assert_eq!(kept.status.as_u16(), 201, "{kept:?}");
        Things { upload, job, key, recipe }
    }

    /// Returns the answer to a request of `secret`, and what AWS was asked meanwhile.
    async fn watched(&self, secret: &str, method: &Method, path: &str, body: &str) -> (Value, Vec<String>) {
        // So that every request reads its key and takes its tokens anew.
        self.clock.advance(Duration::from_secs(61));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        self.injector.set(move |call| {
            seen.lock().unwrap().push(format!("{} {}", call.function, call.operation));
            InjectedFault::None
        });
        let authorization = format!("Bearer {secret}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let mut answer = self.send(method.clone(), path, &headers, body.to_owned()).await;
        self.injector.clear();
        answer.json["request_id"] = Value::Null;
        let calls = calls.lock().unwrap().clone();
        (json!([answer.status.as_u16(), answer.json]), calls)
    }

    /// Every row of this tenant, as it lies in the table.
    fn rows_of(&self, tenant: &str) -> Vec<Value> {
        let start = format!("{tenant}#");
        let mut rows = self.items();
        rows.retain(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with(&start)));
        rows
    }
}

fn paths(route: &Route, things: &Things) -> Vec<String> {
    let path = |name: &String| route.path.replace("{id}", name).replace("{name}", name);
    [&things.upload, &things.job, &things.key, &things.recipe].map(path).to_vec()
}

#[tokio::test]
async fn what_one_tenant_has_makes_no_difference_to_another() {
    let mut world = World::new().await;
    let theirs = world.make_things().await;
    let absent = Things {
        upload: "upl_00000000000000000000000000".to_owned(),
        job: "job_00000000000000000000000000".to_owned(),
        key: "key_00000000000000000000000000".to_owned(),
        recipe: "absent".to_owned(),
    };
    let stranger = world.add_tenant("stranger").await;
    world.get_as(&stranger, "/v1/uploads").await;
    let before = world.rows_of("acme");
    let mut asked = 0;
    // An item that is put is one's own, whatever it is called.
    let of_one = |route: &&Route| route.path.contains('{') && route.method != Method::PUT;
    for route in ROUTES.iter().filter(|route| route.access != Access::Public).filter(of_one) {
        for (with, without) in paths(route, &theirs).iter().zip(paths(route, &absent)) {
            let body = if route.name == "createRun" { r#"{"recipe": {}}"# } else { "{}" };
            let (answer, calls) = world.watched(&stranger, &route.method, with, body).await;
            let (of_nothing, calls_of_nothing) =
                world.watched(&stranger, &route.method, &without, body).await;
            let id = |path: &str| path.split('/').nth(3).unwrap_or_default().to_owned();
            let said = of_nothing.to_string().replace(&id(&without), &id(with));
            assert_eq!(answer.to_string(), said, "{} {with}", route.method);
            assert_eq!(answer[0], 404, "{} {with}", route.method);
            assert_eq!(calls, calls_of_nothing, "{} {with}", route.method);
            asked += 1;
        }
    }
    assert!(asked >= 12, "only {asked} requests were made");
    assert_eq!(world.rows_of("acme"), before, "something was changed");
}

#[tokio::test]
async fn listings_and_limits_count_ones_own_things_alone() {
    let mut world = World::new().await;
    let stranger = world.add_tenant("stranger").await;
    let empty = world.get_as(&stranger, "/v1/uploads").await.json;
    let keys = world.get_as(&stranger, "/v1/api-keys").await.json;
    let recipes = world.get_as(&stranger, "/v1/recipes").await.json;
    world.make_things().await;
    assert_eq!(world.get_as(&stranger, "/v1/recipes").await.json, recipes);
    assert_eq!(world.get_as(&stranger, "/v1/uploads").await.json, empty);
    let mut after = world.get_as(&stranger, "/v1/api-keys").await.json;
    after["data"][0]["last_used_on"] = keys["data"][0]["last_used_on"].clone();
    assert_eq!(after, keys);
}

#[tokio::test]
async fn a_key_of_one_tenant_is_none_of_another_by_any_name() {
    let mut world = World::new().await;
    let theirs = world.make_things().await;
    let stranger = world.add_tenant("stranger").await;
    // Another tenant's name with the rest of one's own key, and another's id with one's own secret.
    let (_, rest) = stranger.rsplit_once('_').unwrap();
    let secret = &rest[26..];
    let id = theirs.key.trim_start_matches("key_");
    let forged =
        [format!("mk_acme_{rest}"), format!("mk_acme_{id}{secret}"), format!("mk_stranger_{id}{secret}")];
    for key in forged {
        assert_eq!(world.get_as(&key, "/v1/uploads").await.status.as_u16(), 401, "{key}");
    }
}

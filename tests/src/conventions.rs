//! Rules that hold for every route, also for later ones: these tests go through the table of routes.

mod new_route;
mod reads;

use api::path_parameter::PathParameter;
use api::route::{Access, MediaType, Route};
use api::routes::ROUTES;
use http::{Method, StatusCode};
use serde_json::json;
use shared::scope::Scope;

use crate::world::{Answer, World};

/// The route's path, with ids of nothing.
fn path_of(route: &Route) -> String {
    let path = route.path.replace("{id}", "x_00000000000000000000000000").replace("{code}", "invalid");
    let is_recipe = route.path_parameters.contains(&PathParameter::Recipe);
    path.replace("{name}", if is_recipe { "a_recipe" } else { "getUpload" })
}

fn assert_problem(answer: &Answer, status: u16, code: &str, route: &Route) {
    let path = route.path;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (status, code),
        "{} {path}: {answer:?}",
        route.method
    );
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
    assert_eq!(answer.json["request_id"].as_str(), answer.headers["x-request-id"].to_str().ok(), "{path}");
    assert_eq!(answer.json["type"], format!("/docs/problems/{code}"), "{path}");
    assert_eq!(answer.json["status"], json!(status), "{path}");
}

impl World {
    async fn send_to(&self, route: &Route, headers: &[(&str, &str)]) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", authorization.as_str()), ("content-type", "application/json")];
        all.retain(|(name, _)| headers.iter().all(|(other, _)| other != name));
        all.extend(headers);
        let takes_body = [Method::POST, Method::PUT].contains(&route.method);
        let body = if takes_body { "{}" } else { "" };
        self.send(route.method.clone(), &path_of(route), &all, body).await
    }

    async fn key_with(&self, scopes: &[Scope]) -> String {
        let body = json!({ "name": "limited", "scopes": scopes });
        self.post("/v1/api-keys", &body, None).await.json["secret"].as_str().expect("a secret").to_owned()
    }
}

#[tokio::test]
async fn without_a_key_there_is_no_way_in_and_without_the_scope_no_way_on() {
    let world = World::new().await;
    for route in ROUTES.iter() {
        let answer = world.send(route.method.clone(), &path_of(route), &[], "{}").await;
        let Access::Needs(scope) = route.access else {
            assert!(answer.status.is_success(), "{}: {answer:?}", route.path);
            continue;
        };
        assert_problem(&answer, 401, "unauthenticated", route);
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        let without = format!("Bearer {}", world.key_with(&others).await);
        let answer = world.send_to(route, &[("authorization", &without)]).await;
        assert_problem(&answer, 403, "forbidden", route);
        assert!(answer.json["detail"].as_str().unwrap().contains(scope.as_str()));
        let with = format!("Bearer {}", world.key_with(&[scope]).await);
        let answer = world.send_to(route, &[("authorization", &with)]).await;
        assert!(![401, 403].contains(&answer.status.as_u16()), "{}: {answer:?}", route.path);
    }
}

#[test]
fn every_name_in_a_path_says_what_it_stands_for() {
    for route in ROUTES.iter() {
        let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let said: Vec<&str> = route.path_parameters.iter().map(|parameter| parameter.name()).collect();
        assert_eq!(names.collect::<Vec<_>>(), said, "{}", route.path);
    }
}

#[tokio::test]
async fn every_scope_is_needed_by_some_route() {
    for scope in Scope::ALL {
        assert!(ROUTES.iter().any(|route| route.access == Access::Needs(scope)), "{scope} allows nothing");
    }
}

#[tokio::test]
async fn a_client_that_takes_something_else_is_told() {
    let world = World::new().await;
    for route in ROUTES.iter() {
        for accept in ["application/xml", "image/*;q=0.5", "nonsense", "*/*;q=0"] {
            let answer = world.send_to(route, &[("accept", accept)]).await;
            assert_problem(&answer, 406, "not_acceptable", route);
        }
        let own = route.produces.as_str();
        for accept in ["*/*", own, "", "application/xml, */*;q=0.1"] {
            let answer = world.send_to(route, &[("accept", accept)]).await;
            assert_ne!(answer.status, StatusCode::NOT_ACCEPTABLE, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn every_path_tells_its_methods_and_refuses_the_others() {
    let world = World::new().await;
    for route in ROUTES.iter() {
        let path = path_of(route);
        let options = world.send(Method::OPTIONS, &path, &[], "").await;
        assert_eq!(options.status, StatusCode::NO_CONTENT, "{path}");
        let allowed = options.headers["allow"].to_str().unwrap().to_owned();
        assert!(allowed.contains(route.method.as_str()), "{path}: {allowed}");
        for method in [Method::PUT, Method::PATCH, Method::TRACE] {
            if ROUTES.iter().any(|other| other.path == route.path && other.method == method) {
                continue;
            }
            let answer = world.send(method.clone(), &path, &[], "").await;
            assert_problem(&answer, 405, "method_not_allowed", route);
            let allow = answer.headers["allow"].to_str().unwrap();
            assert!(
                allow.contains(route.method.as_str()) && !allow.contains(method.as_str()),
                "{path}: {allow}"
            );
        }
    }
}

#[tokio::test]
async fn a_parameter_that_no_route_knows_is_named_and_one_that_is_there_twice_too() {
    let world = World::new().await;
    for route in ROUTES.iter().filter(|route| route.access != Access::Public) {
        let authorization = format!("Bearer {}", world.key);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        for query in ["feilds=id", "x=1&y=2"] {
            let path = format!("{}?{query}", path_of(route));
            let answer = world.send(route.method.clone(), &path, &headers, "{}").await;
            assert_problem(&answer, 422, "invalid", route);
        }
    }
    let twice = world.get("/v1/uploads?limit=1&limit=2").await;
    assert_eq!(twice.json["errors"][0]["pointer"], "/limit");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_told_which_bound() {
    let world = World::new().await;
    let (long, large) = ("a".repeat(2000), "a".repeat(9000));
    for route in ROUTES.iter() {
        let answer = world.send_to(route, &[("x-large", &large)]).await;
        assert_problem(&answer, 431, "headers_too_large", route);
    }
    let path = world.get(&format!("/v1/uploads/{long}")).await;
    assert_eq!((path.status.as_u16(), path.code()), (414, "uri_too_long"));
    let query = world.get(&format!("/v1/uploads?cursor={long}{long}{long}")).await;
    assert_eq!((query.status.as_u16(), query.code()), (414, "uri_too_long"));
}

#[tokio::test]
async fn every_answer_says_what_it_may_not_be_used_for_and_what_it_is_called() {
    let world = World::new().await;
    for route in ROUTES.iter() {
        for headers in [&[][..], &[("accept", "application/xml")]] {
            let answer = world.send_to(route, headers).await;
            assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{}", route.path);
            assert_eq!(answer.headers["referrer-policy"], "no-referrer");
            assert!(answer.headers["strict-transport-security"].to_str().unwrap().contains("max-age"));
            assert!(
                answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'")
            );
            assert!(answer.headers.contains_key("cache-control"));
            assert!(!answer.headers["x-request-id"].is_empty());
        }
        let answer = world.send_to(route, &[("x-request-id", "my-request.1")]).await;
        assert_eq!(answer.headers["x-request-id"], "my-request.1", "{}", route.path);
        for odd in ["", "a b", "a\"b", &"a".repeat(65), "<script>"] {
            let answer = world.send_to(route, &[("x-request-id", odd)]).await;
            assert_ne!(answer.headers["x-request-id"], odd, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn pages_for_people_load_nothing_from_elsewhere() {
    let world = World::new().await;
    for route in ROUTES.iter().filter(|route| route.produces == MediaType::Html) {
        let answer = world.send(Method::GET, &path_of(route), &[], "").await;
        assert_eq!(answer.status, StatusCode::OK);
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        let page = answer.text();
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{page}");
        for outside in ["href=\"http", "src=", "@import", "url(", "<script", "<link", "style="] {
            assert!(!page.contains(outside), "{} has {outside}", route.path);
        }
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so_to_people() {
    let world = World::new().await;
    for path in ["/docs/problems/unheard_of", "/docs/unheardOf", "/docs/problems/%3Cscript%3E"] {
        let answer = world.send(Method::GET, path, &[], "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        let page = answer.text();
        assert!(page.contains("href=\"/docs\"") && !page.contains("<script"), "{page}");
    }
    let problem = world.send(Method::GET, "/docs/problems/unheard_of", &[], "").await.text();
    assert!(problem.contains("/docs/problems/storage_full"), "it lists those that there are");
}

#[tokio::test]
async fn the_reference_shows_every_operation_with_a_call_and_every_name_of_an_enum() {
    let world = World::new().await;
    let overview = world.send(Method::GET, "/docs", &[], "").await.text();
    for route in ROUTES.iter().filter(|route| route.produces == MediaType::Json) {
        let path = format!("/docs/{}", route.name);
        assert!(overview.contains(&format!("href=\"{path}\"")), "{path} is in no list");
        let page = world.send(Method::GET, &path, &[], "").await.text();
        assert!(page.contains("<code>curl "), "{path} has no call");
        for code in route.problems() {
            assert!(page.contains(&format!("/docs/problems/{}", code.as_str())), "{path} lacks {code:?}");
        }
    }
    let shown = world.send(Method::GET, "/docs/createUpload", &[], "").await.text();
    for name in ["jpeg", "png", "webp", "avif", "gif", "auto", "cover", "salient", "northwest"] {
        assert!(shown.contains(&format!("<code>{name}</code>")), "{name} is lost");
    }
    let job = world.send(Method::GET, "/docs/getJob", &[], "").await.text();
    for name in ["queued", "waiting", "running", "succeeded", "dead", "cancelled", "image_step"] {
        assert!(job.contains(&format!("<code>{name}</code>")), "{name} is lost");
    }
    let key = world.send(Method::GET, "/docs/createApiKey", &[], "").await.text();
    assert!(Scope::ALL.iter().all(|scope| key.contains(&format!("<code>{scope}</code>"))), "a scope is lost");
}

//! Requests that lead nowhere: without a key, to nothing, by a method or with a cursor that is not there.

use http::Method;

use super::{assert_invalid, assert_problem};
use crate::pictures::small;
use crate::world::World;

#[tokio::test]
async fn without_a_known_key_a_request_goes_no_further() {
    let world = World::new().await;
    let key = &world.key;
    let (kept, last) = key.split_at(key.len() - 1);
    let forged = format!("Bearer {kept}{}", if last == "0" { "1" } else { "0" });
    let of_another = format!("Bearer {}", key.replace("acme", "other"));
    let (basic, bare) = (format!("Basic {key}"), key.clone());
    let headers =
        ["", "Bearer", "Bearer ", "Bearer mk_", "Bearer mk_acme_é", &forged, &of_another, &basic, &bare];
    for path in ["/v1/uploads", "/v1/uploads/upl_00000000000000000000000000", "/v1/jobs/x"] {
        let answer = world.send(Method::GET, path, &[], "").await;
        assert_problem(&answer, 401, "unauthenticated");
        for header in headers {
            let answer = world.send(Method::GET, path, &[("authorization", header)], "").await;
            assert_problem(&answer, 401, "unauthenticated");
            assert_eq!(
                answer.headers["x-amzn-remapped-www-authenticate"], "Bearer",
                "API Gateway renames it"
            );
        }
    }
    let answer = world.send(Method::POST, "/v1/uploads", &[("content-type", "application/json")], "[").await;
    assert_problem(&answer, 401, "unauthenticated");
    let long = format!("Bearer {}", "x".repeat(7 * 1024));
    let answer = world.send(Method::GET, "/v1/uploads", &[("authorization", &long)], "").await;
    assert_problem(&answer, 401, "unauthenticated");
    let longer = format!("Bearer {}", "x".repeat(9 * 1024));
    let answer = world.send(Method::GET, "/v1/uploads", &[("authorization", &longer)], "").await;
    assert_problem(&answer, 431, "headers_too_large");
    let too_long = format!("Bearer {}", "x".repeat(16 * 1024));
    let answer = world.send(Method::GET, "/v1/uploads", &[("authorization", &too_long)], "").await;
    assert_eq!(answer.status, 431, "API Gateway refuses it by itself");
}

#[tokio::test]
async fn an_id_of_the_wrong_form_is_an_id_of_nothing() {
    let world = World::new().await;
    let long = "0".repeat(1000);
    let ids = ["x", "upl_", "UPL_00000000000000000000000000", "job_00000000000000000000000000", &long];
    let odd = ["%2Fetc", "%00", "a%23b", "upl_%F0%9F%92%A5", "upl_0000000000000000000000000%2F"];
    for id in ids.into_iter().chain(odd) {
        assert_problem(&world.get(&format!("/v1/uploads/{id}")).await, 404, "not_found");
        if !id.starts_with("job_") {
            assert_problem(&world.get(&format!("/v1/jobs/{id}")).await, 404, "not_found");
        }
    }
    assert_problem(&world.get("/v1/jobs/job_00000000000000000000000000").await, 404, "not_found");
}

#[tokio::test]
async fn an_id_that_is_no_text_gets_a_problem_document() {
    let world = World::new().await;
    for path in ["/v1/uploads/%FF%FE", "/v1/jobs/%C0%80"] {
        let answer = world.get(path).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn only_what_a_listing_answered_is_its_cursor() {
    let mut world = World::new().await;
    for _ in 0..2 {
        world.announce(&small(), &[]).await;
    }
    let cursor = world.get("/v1/uploads?limit=1").await.json["next_cursor"].as_str().unwrap().to_owned();
    let (cut, last) = cursor.split_at(cursor.len() - 1);
    let turned = format!("{}{}", if cursor.starts_with('A') { "B" } else { "A" }, &cursor[1..]);
    let long = "A".repeat(4000);
    let (doubled, ended) = (format!("{cursor}{cursor}"), format!("{last}{cut}"));
    for forged in ["", "A", "AAAA", "%00", "a%20b", cut, &turned, &long, &doubled, &ended] {
        assert_invalid(&world.get(&format!("/v1/uploads?cursor={forged}")).await, "/cursor");
    }
    assert_eq!(world.get(&format!("/v1/uploads?cursor={cursor}")).await.status, 200);
}

#[tokio::test]
async fn a_parameter_that_does_not_exist_is_named() {
    let world = World::new().await;
    for name in ["page", "Limit", "cursor_", "x"] {
        assert_invalid(&world.get(&format!("/v1/uploads?limit=3&{name}=1")).await, &format!("/{name}"));
    }
}

#[tokio::test]
async fn an_idempotency_key_is_visible_text_of_bounded_length() {
    let mut world = World::new().await;
    let body = crate::world::announcement(&small(), &[]);
    let long = "k".repeat(5000);
    for key in ["", "\"\"", " ", "é", &long] {
        assert_problem(&world.post("/v1/uploads", &body, Some(key)).await, 400, "malformed");
    }
    world.assert_untouched().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    for path in ["/nothing", "/v1", "/v1/", "/v2/uploads", "/v1/uploads/a/b", "/v1/uploads/", "/v1//uploads"]
    {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            assert_problem(&world.send(method, path, &[], "").await, 404, "not_found");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = World::new().await;
    let one = "/v1/uploads/upl_00000000000000000000000000";
    let cases = [
        ("/v1/uploads", ["PUT", "PATCH", "DELETE"], vec!["GET", "POST"]),
        (one, ["POST", "PUT", "PATCH"], vec!["GET", "DELETE"]),
        ("/v1/jobs/x", ["POST", "PATCH", "DELETE"], vec!["GET"]),
    ];
    for (path, methods, allowed) in cases {
        for method in methods {
            let answer = world.send(method.parse().unwrap(), path, &[], "").await;
            assert_problem(&answer, 405, "method_not_allowed");
            let allow = answer.headers.get("allow").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let told: Vec<&str> = allow.split(',').map(str::trim).collect();
            assert!(allowed.iter().all(|method| told.contains(method)), "{method} {path}: Allow: {allow}");
            assert!(!told.contains(&method), "{method} {path}: Allow: {allow}");
        }
    }
}

#[tokio::test]
async fn a_path_that_resolves_to_another_route_is_refused() {
    let world = World::new().await;
    for path in ["/docs/../v1/usage", "/docs/%2e%2e/v1/usage", "/docs/%2E./v1/usage", "/./v1/usage"] {
        assert_problem(&world.get(path).await, 400, "malformed");
    }
}

#[tokio::test]
async fn two_idempotency_keys_are_not_taken_for_one() {
    let world = World::new().await;
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "one"),
        ("idempotency-key", "two"),
    ];
    let body = crate::world::announcement(&small(), &["thumb"]).to_string();
    let answer = world.send(Method::POST, "/v1/uploads", &headers, body).await;
    assert_problem(&answer, 400, "malformed");
}

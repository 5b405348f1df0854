//! Paths and queries whose percent-encoding is broken, or hides what is no text.

use http::Method;

use super::assert_problem;
use crate::world::World;

#[tokio::test]
async fn an_encoding_that_is_none_or_no_text_gets_a_problem_document() {
    let world = World::new().await;
    let ids = ["%zz", "%", "%4", "%FF", "%C0%80", "%ED%A0%80", "%00", "%0D%0ASet-Cookie:%20a=b"];
    for path in ids.map(|id| format!("/v1/uploads/{id}")) {
        let answer = world.get(&path).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    let queries =
        ["limit=%zz", "limit=%", "limit=%FF", "cursor=%FF%FE", "cursor=%zz", "%FF=1", "%=1", "limit=1%00"];
    for path in queries.map(|query| format!("/v1/uploads?{query}")) {
        let answer = world.get(&path).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
    }
}

/// API Gateway decodes the path before it hands it on.
#[tokio::test]
async fn an_encoded_mark_in_a_path_is_no_mark() {
    let world = World::new().await;
    let authorization = format!("Bearer {}", world.key);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    for id in ["x%3F", "x%23", "x%3Flimit=1", "%25", "%2525", "x%20y", "%5C"] {
        let answer = world.send(Method::POST, &format!("/v1/api-keys/{id}/rotate"), &headers, "{}").await;
        assert_problem(&answer, 404, "not_found");
        assert_problem(&world.get(&format!("/v1/uploads/{id}?fields=id")).await, 404, "not_found");
    }
}

#[tokio::test]
async fn no_host_makes_the_function_fail() {
    let world = World::new().await;
    for host in ["[", "1.2.3.4.5", "a%zz", "", "x:99999", "a/b?c"] {
        let answer = world.send(Method::GET, "/healthz", &[("host", host)], "").await;
        assert_eq!(answer.status, 200, "{host}");
    }
}

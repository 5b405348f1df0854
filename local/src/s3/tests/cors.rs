use super::*;

fn preflight(origin: &str, method: &str, headers: &str) -> Request {
    let request =
        ::http::Request::builder().method("OPTIONS").uri("/uploads/in/a").header("host", "localhost");
    let request = request.header("origin", origin).header("access-control-request-method", method);
    request.header("access-control-request-headers", headers).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn a_preflight_says_what_the_rule_allows() {
    let world = World::new();
    let asked = preflight("https://app.example.com", "PUT", "Content-Type, x-amz-checksum-sha256");
    let answer = world.send(asked).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, PUT"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("content-type, x-amz-checksum-sha256"));
    assert_eq!(answer.header("access-control-max-age"), Some("600"));
    assert!(answer.header("vary").unwrap().contains("Origin"));
}

#[tokio::test]
async fn a_preflight_that_no_rule_allows_is_refused() {
    let world = World::new();
    for (origin, method, headers) in [
        ("https://example.com", "PUT", ""),
        ("http://app.example.com", "PUT", ""),
        ("https://app.example.com", "DELETE", ""),
        ("https://app.example.com", "PUT", "authorization"),
    ] {
        let answer = world.send(preflight(origin, method, headers)).await;
        assert_eq!(answer.error(), (403, "AccessForbidden".into()), "{origin} {method} {headers}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn an_actual_answer_can_be_read_by_the_page_even_if_it_is_an_error() {
    let world = World::new();
    let get = world.client.get_object().bucket(BUCKET).key("a");
    let presigned = get.presigned(presigning(&world.clock, Duration::from_secs(9))).await.unwrap();
    for (origin, allowed) in [("https://app.example.com", true), ("https://example.org", false)] {
        let mut asked = request(&presigned, b"");
        asked.headers_mut().insert("origin", origin.parse().unwrap());
        let answer = world.send(asked).await;
        assert_eq!(answer.error(), (404, "NoSuchKey".into()));
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        assert_eq!(answer.header("access-control-expose-headers"), allowed.then_some("ETag"));
    }
}

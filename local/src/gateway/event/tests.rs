use super::*;
use crate::gateway::route::{self, Route};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

/// The event of `request` on the route `ANY /{proxy+}`.
fn event(request: http::request::Builder, body: &'static [u8]) -> Value {
    event_on("ANY /{proxy+}", request, body)
}

fn event_on(key: &str, request: http::request::Builder, body: &'static [u8]) -> Value {
    let request = request.body(Bytes::from_static(body)).unwrap();
    let routes = [Route::parse(key, "api").unwrap()];
    let path = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8_lossy();
    let context = Context {
        account_id: "123456789012",
        api_id: "api-id",
        request_id: "id",
        route: &route::find(&routes, request.method(), &path).unwrap(),
        path: &path,
        source_ip: "192.0.2.1".parse().unwrap(),
        now: Timestamp::from_millis(1_584_039_838_390),
    };
    serde_json::to_value(of(&request, &context)).unwrap()
}

/// The example of the documentation, less its authorizer and stage variables, and with the values that its
/// request would have here.
#[test]
fn the_documented_example_is_reproduced() {
    let request = http::Request::post("/my/path?parameter1=value1&parameter1=value2&parameter2=value")
        .header("Host", "id.execute-api.us-east-1.amazonaws.com")
        .header("User-Agent", "agent")
        .header("Header1", "value1")
        .header("Header2", "value1")
        .header("header2", "value2")
        .header("Content-Type", "text/plain")
        .header("Cookie", "cookie1=1; cookie2=2")
        .header("X-Forwarded-For", "198.51.100.7")
        .header("Connection", "keep-alive");
    let expected = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        "cookies": ["cookie1=1", "cookie2=2"],
        "headers": {
            "host": "id.execute-api.us-east-1.amazonaws.com",
            "user-agent": "agent",
            "header1": "value1",
            "header2": "value1,value2",
            "content-type": "text/plain",
            "x-forwarded-for": "198.51.100.7,192.0.2.1",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {
                "method": "POST",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_584_039_838_390_i64,
        },
        "body": "Hello from Lambda",
        "isBase64Encoded": false,
    });
    assert_eq!(event_on("$default", request, b"Hello from Lambda"), expected);
}

#[test]
fn what_a_request_does_not_have_is_not_in_its_event() {
    let event = event_on("$default", http::Request::get("/"), b"");
    for absent in ["body", "cookies", "pathParameters", "queryStringParameters"] {
        assert_eq!(event.get(absent), None);
    }
    assert_eq!(event["rawQueryString"], "");
    assert_eq!(event["requestContext"]["domainName"], "localhost");
}

#[test]
fn paths_and_parameters_are_decoded_and_the_raw_query_is_not() {
    let event = event(http::Request::get("/v1/a%20b/%C3%A9?q=a%20b+c&q=%2C&empty"), b"");
    assert_eq!(event["rawPath"], "/v1/a b/é");
    assert_eq!(event["pathParameters"], json!({"proxy": "v1/a b/é"}));
    assert_eq!(event["rawQueryString"], "q=a%20b+c&q=%2C&empty");
    assert_eq!(event["queryStringParameters"], json!({"q": "a b c,,", "empty": ""}));
}

#[test]
fn only_text_of_a_text_type_is_handed_on_as_text() {
    let text = [Some("application/json; charset=utf-8"), Some("TEXT/html"), Some("application/xml")];
    let binary =
        [None, Some("application/x-www-form-urlencoded"), Some("image/png"), Some("application/vnd.a+json")];
    for (content_types, is_base64_encoded) in [(&text[..], false), (&binary[..], true)] {
        for content_type in content_types {
            let mut request = http::Request::post("/v1");
            if let Some(content_type) = content_type {
                request = request.header("content-type", *content_type);
            }
            let event = event(request, b"{}");
            assert_eq!(event["isBase64Encoded"], is_base64_encoded, "{content_type:?}");
            assert_eq!(event["body"], if is_base64_encoded { "e30=" } else { "{}" }, "{content_type:?}");
        }
    }
    let event = event(http::Request::post("/v1").header("content-type", "text/plain"), b"\xff");
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
}

#[test]
fn lambda_http_reads_the_event_as_the_request_that_it_was() {
    let request =
        http::Request::put("/v1/a%20b?x=1&x=2").header("host", "localhost:4000").header("cookie", "a=1");
    let event = event(request.header("content-type", "application/json"), b"[1]").to_string();
    let read: aws_lambda_events::apigw::ApiGatewayV2httpRequest = serde_json::from_str(&event).unwrap();
    assert_eq!(read.request_context.http.method, Method::PUT);
    assert_eq!(read.raw_path.as_deref(), Some("/v1/a b"));
    assert_eq!(read.cookies, Some(vec!["a=1".to_owned()]));
    assert_eq!(read.headers["host"], "localhost:4000");
}

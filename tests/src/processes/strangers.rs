//! Requests to a running stack from who has no business there: a web page, or a program without keys.

use std::os::unix::fs::PermissionsExt;

use local::logs::Logs;
use local::stack::Stack;
use shared::clock::Clock;

use super::acting::{Folder, options};
use super::client::call;

const TARGET: (&str, &str) = ("x-amz-target", "DynamoDB_20120810.ListTables");
const PAGE: (&str, &str) = ("origin", "https://page.example");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_without_keys_reaches_a_function_a_table_or_an_object() {
    let folder = Folder::new("strangers");
    let stack = Stack::start(&options(&folder), Logs::in_memory(Clock::system())).await.unwrap();
    let services = stack.ready.endpoints["dynamodb"].as_str();
    let ask = async |method, path: &str, headers: &[(&str, &str)]| {
        let (status, body) = call(method, &format!("{services}{path}"), headers, b"{}").await.unwrap();
        (status, String::from_utf8(body).unwrap())
    };

    let invocation = "/2015-03-31/functions/relay/invocations";
    let (status, body) = ask("POST", invocation, &[]).await;
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("MissingAuthenticationToken"), "{body}");
    let (status, body) = ask("POST", "/", &[TARGET]).await;
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("MissingAuthenticationToken"), "{body}");
    let guessed = "AWS4-HMAC-SHA256 Credential=millrace/20260101/us-east-1/dynamodb/aws4_request, \
                   SignedHeaders=host;x-amz-date;x-amz-target, Signature=00";
    let signed = [TARGET, ("authorization", guessed), ("x-amz-date", "20260101T000000Z")];
    assert_eq!(ask("POST", "/", &signed).await.0, 400);
    assert_eq!(ask("GET", "/", &[]).await.0, 403, "the buckets");

    for path in [invocation, "/lambda/relay/x/2018-06-01/runtime/invocation/next"] {
        assert_eq!(
            ask("POST", path, &[PAGE]).await,
            (403, r#"{"message":"Forbidden"}"#.to_owned()),
            "{path}"
        );
    }
    assert_eq!(ask("POST", "/", &[TARGET, PAGE]).await.0, 403);

    let rebound = [("host", "page.example")];
    for url in [services, stack.ready.url.as_str()] {
        let (status, _) = call("GET", &format!("{url}/v1/uploads"), &rebound, b"").await.unwrap();
        assert!([400, 403].contains(&status), "{url} answered {status} to another host");
    }
    let shown = folder.state().join("dev.json");
    assert_eq!(std::fs::metadata(shown).unwrap().permissions().mode() & 0o777, 0o600);
    stack.stop().await;
}

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderName, HeaderValue};
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::wire::{LIMITS, Notes, client, get, network, read_head, target};
use crate::outbound::request::{Request, is_reserved};
use crate::outbound::{Error, Network};

/// A server that writes down the head of a request, and its body once it has come to this end.
fn noting(requests: &Notes<String>, end: &'static str) -> Network {
    let requests = requests.clone();
    network(move |mut stream| {
        let requests = requests.clone();
        async move {
            let mut request = read_head(&mut stream).await;
            while !request.ends_with(end) {
                let Ok(byte) = stream.read_u8().await else { break };
                request.push(char::from(byte));
            }
            requests.add(request);
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_as_it_was_made() {
    let requests = Notes::new();
    let client = client(noting(&requests, ""));
    let request = get("http://Example.com:8080/a/../b?c=d#e");
    let request = request.header(HeaderName::from_static("x-key"), HeaderValue::from_static("1")).unwrap();
    client.send(request).await.unwrap();
    let sent = requests.take().pop().unwrap();
    let mut lines: Vec<_> = sent.split("\r\n").filter(|line| !line.is_empty()).collect();
    lines[1..].sort_unstable();
    let expected = [
        "GET /b?c=d HTTP/1.1",
        "accept-encoding: identity",
        "accept: */*",
        "connection: close",
        "host: example.com:8080",
        concat!("user-agent: Millrace/", env!("CARGO_PKG_VERSION")),
        "x-key: 1",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_sent_under_its_length_and_a_stream_in_chunks() {
    let requests = Notes::new();
    let post = || Request::new(Method::POST, target("http://example.com/"), LIMITS);
    client(noting(&requests, "\r\n\r\nhello")).send(post().body("hello")).await.unwrap();
    assert!(requests.take()[0].contains("content-length: 5\r\n"));

    let frames = ["he", "llo"].map(|part| Ok::<_, std::io::Error>(Frame::data(Bytes::from(part))));
    let stream = StreamBody::new(futures_util::stream::iter(frames));
    client(noting(&requests, "0\r\n\r\n")).send(post().streamed(stream)).await.unwrap();
    let sent = requests.take().pop().unwrap();
    assert!(sent.contains("transfer-encoding: chunked\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_cannot_be_read_fails_its_call() {
    let requests = Notes::new();
    let frames = [Ok(Frame::data(Bytes::from("he"))), Err(std::io::Error::other("lost"))];
    let request = Request::new(Method::POST, target("http://example.com/"), LIMITS)
        .streamed(StreamBody::new(futures_util::stream::iter(frames)));
    let error = client(noting(&requests, "0\r\n\r\n")).send(request).await.unwrap_err();
    assert!(matches!(error, Error::RequestBodyFailed { .. }), "{error:?}");
    assert!(error.can_retry());
}

#[test]
fn headers_of_the_connection_are_not_the_callers() {
    let reserved =
        ["Host", "Content-Length", "transfer-encoding", "Connection", "Upgrade", "Accept-Encoding", "expect"];
    for name in reserved {
        let name: HeaderName = name.parse().unwrap();
        assert!(is_reserved(&name));
        let refused = get("http://example.com/").header(name.clone(), HeaderValue::from_static("x"));
        assert!(matches!(refused, Err(Error::HeaderReserved(refused)) if refused == name));
    }
    assert!(!is_reserved(&header::AUTHORIZATION) && !is_reserved(&header::CONTENT_TYPE));
}

#[test]
fn a_request_shows_no_secret() {
    let value = HeaderValue::from_static("Bearer hidden");
    let request = get("http://example.com/hidden?token=hidden").header(header::AUTHORIZATION, value).unwrap();
    let as_made = format!("{request:?}");
    let shown = format!("{as_made} {:?}", request.into_http().headers());
    assert!(!shown.contains("hidden"), "{shown}");
}

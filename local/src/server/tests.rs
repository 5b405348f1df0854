mod edges;

use std::future::{pending, ready};

use super::*;
use http::header;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

/// Answers with the method, the path, the number of bytes in the body, and whether it knows its client.
async fn describe(request: Request) -> Response {
    let known = request.extensions().get::<SocketAddr>().is_some_and(|peer| peer.ip().is_loopback());
    let (head, body) = request.into_parts();
    Response::new(Bytes::from(format!("{} {} {} {known}", head.method, head.uri, body.len())))
}

/// Serves [`describe`] to clients that may take this long, and answers where.
async fn listen(bounds: Bounds) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, bounds, describe, pending()));
    address
}

async fn start() -> TcpStream {
    TcpStream::connect(listen(Bounds::API).await).await.unwrap()
}

/// Sends `request` and reads the answer up to `end`.
async fn exchange(client: &mut TcpStream, request: &[u8], end: &str) -> String {
    client.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        assert_ne!(client.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let mut client = start().await;
    for _ in 0..3 {
        let request = b"PUT /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        let answer = exchange(&mut client, request, "PUT /a?b 3 true").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_chunked_body_arrives_whole() {
    let mut client = start().await;
    let request =
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    exchange(&mut client, request, "POST / 5 true").await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let mut client = start().await;
    let head = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    let answer = exchange(&mut client, head, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n"), "{answer}");
    exchange(&mut client, b"abc", "PUT / 3 true").await;
}

#[tokio::test]
async fn the_answer_to_head_has_the_length_and_no_body() {
    let mut client = start().await;
    let answer = exchange(&mut client, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n").await;
    assert!(answer.to_lowercase().contains("\r\ncontent-length: 13\r\n"), "{answer}");
    exchange(&mut client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / 0 true").await;
}

#[tokio::test]
async fn the_answer_to_head_keeps_a_length_that_the_handler_knows() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let handler = |_| {
        let response = http::Response::builder().header(header::CONTENT_LENGTH, 1000).header("etag", "x");
        ready(response.body(Bytes::new()).unwrap())
    };
    tokio::spawn(serve(listener, Bounds::API, handler, pending()));
    for _ in 0..2 {
        let answer = exchange(&mut client, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n").await;
        assert!(answer.to_lowercase().contains("\r\ncontent-length: 1000\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_declared_too_long_is_refused_unread() {
    let mut client = start().await;
    let head = format!("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", BODY_BYTES_MAX + 1);
    let answer = exchange(&mut client, head.as_bytes(), "}").await;
    assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
}

#[tokio::test]
async fn headers_beyond_the_bound_are_refused() {
    let mut client = start().await;
    let mut head = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ".to_vec();
    head.resize(HEAD_BYTES_MAX, b'x');
    head.extend_from_slice(b"\r\n\r\n");
    let answer = exchange(&mut client, &head, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_shutdown_lets_the_running_request_finish() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (arrived, waiting) = oneshot::channel::<()>();
    let (release, released) = oneshot::channel::<()>();
    let once = std::sync::Arc::new(std::sync::Mutex::new(Some((arrived, released))));
    let handler = move |_| {
        let (arrived, released) = once.lock().unwrap().take().unwrap();
        async move {
            arrived.send(()).unwrap();
            released.await.unwrap();
            Response::new(Bytes::from_static(b"finished"))
        }
    };
    let server = tokio::spawn(serve(listener, Bounds::API, handler, async { drop(stopped.await) }));
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    waiting.await.unwrap();
    stop.send(()).unwrap();
    release.send(()).unwrap();
    exchange(&mut client, b"", "finished").await;
    server.await.unwrap();
}

//! Clients that are malformed, slow, idle or greedy, as they arrive on a socket.

use super::*;

/// No client of a test is this slow.
const LONG: Duration = Duration::from_secs(60 * 60);
const SHORT: Duration = Duration::from_millis(50);

const PATIENT: Bounds = Bounds { head_time_max: Some(LONG), body_time_max: LONG, ..Bounds::API };

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Sends `request` and reads until the connection ends.
async fn last_words(address: SocketAddr, request: &[u8]) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    // A server that has refused the start need not read the rest.
    let _ = client.write_all(request).await;
    read_to_end(&mut client).await
}

/// Returns all that came until the connection ended, be it by a reset.
async fn read_to_end(client: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while client.read_buf(&mut answer).await.is_ok_and(|bytes| bytes > 0) {}
    String::from_utf8(answer).unwrap()
}

/// The status of an answer after which the connection ended; none without an answer.
async fn last_status(address: SocketAddr, request: &str) -> Option<u16> {
    let answer = last_words(address, request.as_bytes()).await;
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

#[tokio::test]
async fn a_request_of_two_meanings_is_refused() {
    let address = listen(PATIENT).await;
    for request in [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\r\n\r\n",
    ] {
        let status = last_status(address, request).await;
        assert!(status.is_none_or(|status| status == 400), "{request:?} was answered {status:?}");
    }
}

#[tokio::test]
async fn a_body_of_one_request_is_never_the_next_one() {
    let address = listen(PATIENT).await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = smuggled.len();
    for framing in [
        format!("Content-Length: {length}"),
        format!("Content-Length: 0\r\nContent-Length: {length}"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: gzip"),
        format!("Transfer-Encoding: gzip, chunked\r\nContent-Length: {length}"),
    ] {
        let request =
            format!("POST / HTTP/1.1\r\nHost: x\r\n{framing}\r\nConnection: close\r\n\r\n{smuggled}");
        let answer = last_words(address, request.as_bytes()).await;
        assert!(!answer.contains("/smuggled"), "{framing} was answered {answer}");
    }
}

#[tokio::test]
async fn a_head_beyond_all_bounds_is_refused() {
    let address = listen(PATIENT).await;
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(HEADERS_MAX));
    assert_eq!(last_status(address, &many).await, Some(431));
    let large = format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "b".repeat(HEAD_BYTES_MAX));
    assert_eq!(last_status(address, &large).await, Some(431));
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let address = listen(Bounds { head_time_max: Some(SHORT), ..PATIENT }).await;
    for start in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\nA: bbbb"] {
        assert_eq!(last_words(address, start.as_bytes()).await, "", "{start}");
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let address = listen(Bounds { body_time_max: SHORT, ..PATIENT }).await;
    for request in [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        assert_eq!(last_status(address, request).await, Some(408), "{request}");
    }
}

#[tokio::test]
async fn a_malformed_chunk_is_refused() {
    let address = listen(PATIENT).await;
    for chunk in ["x\r\n", "3\r\nabcd\r\n", "fffffffffffffffff\r\n", "-1\r\n", "\r\n"] {
        let request = format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        assert_eq!(last_status(address, &request).await, Some(400), "{chunk}");
    }
}

#[tokio::test]
async fn a_client_that_has_closed_its_side_is_answered() {
    let address = listen(PATIENT).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").await.unwrap();
    client.shutdown().await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert!(answer.ends_with("POST / 3 true"), "{answer}");
}

#[tokio::test]
async fn idle_clients_make_way_and_those_at_work_do_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (release, released) = oneshot::channel::<()>();
    let released = std::sync::Arc::new(tokio::sync::Mutex::new(Some(released)));
    let handler = move |request: Request| {
        let released = std::sync::Arc::clone(&released);
        async move {
            if request.uri().path() == "/slow" {
                let released = released.lock().await.take().unwrap();
                released.await.unwrap();
            }
            describe(request).await
        }
    };
    tokio::spawn(serve(listener, Bounds { connections_max: 3, ..PATIENT }, handler, pending()));
    let mut at_work = TcpStream::connect(address).await.unwrap();
    at_work.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut used = TcpStream::connect(address).await.unwrap();
    exchange(&mut used, GET, "GET / 0 true").await;
    for _ in 0..10 {
        // Each stays open, begun or not.
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HT").await.unwrap();
        let mut next = TcpStream::connect(address).await.unwrap();
        exchange(&mut next, GET, "GET / 0 true").await;
        std::mem::forget((idle, next));
    }
    assert_eq!(read_to_end(&mut used).await, "", "idle for the longest");
    release.send(()).unwrap();
    exchange(&mut at_work, b"", "GET /slow 0 true").await;
}

#[tokio::test]
async fn what_all_bodies_take_up_is_bounded() {
    const BODY: usize = 40 * 1024;
    let address = listen(Bounds { bodies_bytes_max: 64 * 1024, ..PATIENT }).await;
    let request = format!("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY}\r\n\r\n");
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(request.as_bytes()).await.unwrap();
    slow.write_all(&[b'x'; BODY - 1]).await.unwrap();
    slow.flush().await.unwrap();
    tokio::time::sleep(SHORT).await;
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(request.as_bytes()).await.unwrap();
    second.write_all(&[b'x'; BODY]).await.unwrap();
    let waits = tokio::time::timeout(SHORT, second.read_u8()).await;
    assert!(waits.is_err(), "it was answered beside the first");
    exchange(&mut slow, b"x", &format!("PUT / {BODY} true")).await;
    exchange(&mut second, b"", &format!("PUT / {BODY} true")).await;
}

#[tokio::test]
async fn slow_clients_hold_up_no_other() {
    let address = listen(PATIENT).await;
    let mut slow = Vec::new();
    for start in [
        &b"GET / HTTP/1.1\r\nHost: x\r\nA: b"[..],
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n",
    ] {
        for _ in 0..100 {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(start).await.unwrap();
            slow.push(client);
        }
    }
    let mut client = TcpStream::connect(address).await.unwrap();
    exchange(&mut client, GET, "GET / 0 true").await;
    // They are slow, and not refused: what is missing still makes a request.
    exchange(&mut slow[0], b"\r\n\r\n", "GET / 0 true").await;
    exchange(&mut slow[100], b"defghij", "POST / 10 true").await;
    exchange(&mut slow[200], b"abc\r\n0\r\n\r\n", "POST / 3 true").await;
}

#[tokio::test]
async fn requests_that_come_together_are_answered_one_after_the_other() {
    let address = listen(PATIENT).await;
    let requests = [
        &b"POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"[..],
        b"\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
        b"GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ];
    let answer = last_words(address, &requests.concat()).await;
    let at = |what: &str| answer.find(what).unwrap_or_else(|| panic!("{what} in {answer}"));
    assert!(at("POST /1 3 true") < at("POST /2 4 true") && at("POST /2 4 true") < at("GET /3 0 true"));
}

//! Clients that are malformed, slow or hostile, as they arrive on a socket.

use super::*;

/// No client of a test is this slow.
const LONG: Duration = Duration::from_secs(60 * 60);
const SHORT: Duration = Duration::from_millis(50);

const PATIENT: Bounds = Bounds { head_time_max: LONG, body_time_max: LONG, idle_time_max: Some(LONG) };

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Sends `request` and reads until the connection ends.
async fn last_words(address: SocketAddr, request: &[u8]) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    // A server that has refused the start need not read the rest.
    let _ = client.write_all(request).await;
    read_to_end(&mut client).await
}

async fn read_to_end(client: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Whether `answer` is this status with a message as API Gateway words it, and the end of the connection.
fn is_refusal(answer: &str, status: u16) -> bool {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let is_message = body.starts_with(r#"{"message":""#) && body.ends_with(r#""}"#);
    head.starts_with(&format!("HTTP/1.1 {status} "))
        && head.contains("content-type: application/json")
        && head.contains("connection: close")
        && head.contains(&format!("content-length: {}", body.len()))
        && is_message
}

fn assert_refused(answer: &str, status: u16, case: &str) {
    assert!(is_refusal(answer, status), "{case:?} was answered {answer:?}");
}

#[tokio::test]
async fn a_malformed_head_is_refused_with_a_message() {
    let address = listen(PATIENT).await;
    let heads = [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\rSet-Cookie: c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\nSet-Cookie: c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET /\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n",
        "nonsense\n",
        "\u{16}\u{3}\u{1}\r\n\r\n",
        "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for head in heads {
        assert_refused(&last_words(address, head.as_bytes()).await, 400, head);
    }
    let gzip = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n";
    assert_refused(&last_words(address, gzip.as_bytes()).await, 501, gzip);
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assert_refused(&last_words(address, preface.as_bytes()).await, 505, preface);
}

/// Whatever the byte: it is answered by the handler or with a message, and never in silence.
#[tokio::test]
async fn no_byte_anywhere_in_a_head_is_met_with_silence() {
    let address = listen(PATIENT).await;
    let head = b"GET /a?b HTTP/1.1\r\nHost: x\r\nName: value\r\nConnection: close\r\n\r\n";
    let places = ["ET", "a?b", "b HT", "P/1", "st:", "x\r", "me:", "alue"];
    for place in places {
        let at = head.windows(place.len()).position(|window| window == place.as_bytes()).unwrap();
        for byte in 0..=u8::MAX {
            let mut head = head.to_vec();
            head.insert(at, byte);
            let answer = last_words(address, &head).await;
            let is_answer = answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(" 0 true");
            let is_refused = is_refusal(&answer, 400) || is_refusal(&answer, 505);
            assert!(is_answer || is_refused, "{byte:#04x} before {place:?} was answered {answer:?}");
        }
    }
}

#[tokio::test]
async fn ten_thousand_headers_are_refused_and_the_answer_is_heard() {
    let address = listen(PATIENT).await;
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    assert_refused(&last_words(address, many.as_bytes()).await, 431, "many headers");
    let large = format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "b".repeat(1024 * 1024));
    assert_refused(&last_words(address, large.as_bytes()).await, 431, "a large header");
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(HEAD_BYTES_MAX));
    assert_refused(&last_words(address, long.as_bytes()).await, 431, "a long path");
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let address = listen(Bounds { head_time_max: SHORT, ..PATIENT }).await;
    for start in ["G", "GET / HTTP/1.1\r\nHost: x\r\nA: bbbb", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        assert_refused(&last_words(address, start.as_bytes()).await, 408, start);
    }
}

#[tokio::test]
async fn a_head_that_trickles_is_given_up_as_well() {
    let address = listen(Bounds { head_time_max: SHORT, ..PATIENT }).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = client.split();
    let trickle = async {
        writer.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nA: ").await.unwrap();
        while writer.write_all(b"b").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = trickle => panic!("hung up without a word"),
        read = reader.read_to_end(&mut answer) => { read.unwrap(); }
    }
    assert_refused(&String::from_utf8(answer).unwrap(), 408, "a trickle");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let address = listen(Bounds { body_time_max: SHORT, ..PATIENT }).await;
    for request in [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n",
    ] {
        assert_refused(&last_words(address, request.as_bytes()).await, 408, request);
    }
}

#[tokio::test]
async fn a_malformed_chunk_is_refused() {
    let address = listen(PATIENT).await;
    for chunk in ["x\r\n", "3\r\nabcd\r\n", "fffffffffffffffff\r\n", "-1\r\n", "\r\n"] {
        let request = format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        assert_refused(&last_words(address, request.as_bytes()).await, 400, chunk);
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let address = listen(Bounds { idle_time_max: Some(SHORT), ..PATIENT }).await;
    assert_eq!(last_words(address, b"").await, "");
    // On a busy machine it may have been closed before the request was sent.
    let mut answer = String::new();
    while answer.is_empty() {
        answer = last_words(address, GET).await;
    }
    assert!(answer.ends_with("GET / 0 true"), "{answer}");
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

#[tokio::test]
async fn a_malformed_request_does_not_cut_short_the_answer_before_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (release, released) = oneshot::channel::<()>();
    let released = std::sync::Arc::new(tokio::sync::Mutex::new(Some(released)));
    let handler = move |request| {
        let released = std::sync::Arc::clone(&released);
        async move {
            if let Some(released) = released.lock().await.take() {
                released.await.unwrap();
            }
            describe(request).await
        }
    };
    tokio::spawn(serve(listener, PATIENT, handler, pending()));
    client.write_all(&[GET, b"nonsense\r\n\r\n"].concat()).await.unwrap();
    release.send(()).unwrap();
    let answers = read_to_end(&mut client).await;
    let (first, refusal) = answers.split_once("GET / 0 true").unwrap_or_else(|| panic!("{answers}"));
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
    assert_refused(refusal, 400, "nonsense");
}

#[tokio::test]
async fn a_body_of_one_request_is_never_the_next_one() {
    let address = listen(PATIENT).await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = smuggled.len();
    for framing in
        [format!("Content-Length: {length}"), format!("Content-Length: 0\r\nContent-Length: {length}")]
    {
        let request =
            format!("POST / HTTP/1.1\r\nHost: x\r\n{framing}\r\nConnection: close\r\n\r\n{smuggled}");
        let answer = last_words(address, request.as_bytes()).await;
        assert!(!answer.contains("/smuggled"), "{answer}");
    }
}

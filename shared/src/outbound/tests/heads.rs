use super::wire::{call, call_endless};
use crate::outbound::{Error, HEAD_BYTES_MAX, HEADERS_MAX};

#[tokio::test(start_paused = true)]
async fn a_response_is_returned_whatever_its_status() {
    for status in [101, 200, 204, 304, 404, 410, 429, 500, 503, 599] {
        let response = call(format!("HTTP/1.1 {status} Because\r\nX-Y: z\r\n\r\n")).await.unwrap();
        assert_eq!((response.status.as_u16(), &response.headers["x-y"]), (status, &"z".parse().unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn interim_responses_come_before_the_response() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let response = call(format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.body.whole().await.unwrap(), "hi");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_stops_continuing_is_cut_off() {
    let error = call_endless("", b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap_err();
    assert!(matches!(error, Error::HeadTooLarge), "{error:?}");
    assert!(!error.can_retry());
}

/// A response with this many headers, and a head of this many bytes.
fn head(headers: usize, bytes: usize) -> String {
    let mut head = "HTTP/1.1 200 OK\r\n".to_owned();
    for _ in 1..headers {
        head.push_str("a: b\r\n");
    }
    let end = "\r\n\r\n";
    let fill = bytes.saturating_sub(head.len() + "f: ".len() + end.len()).max(1);
    format!("{head}f: {}{end}", "x".repeat(fill))
}

#[tokio::test(start_paused = true)]
async fn a_head_within_its_bounds_is_taken_and_one_over_them_is_not() {
    for (headers, bytes) in [(HEADERS_MAX, 0), (1, HEAD_BYTES_MAX), (HEADERS_MAX, HEAD_BYTES_MAX)] {
        let head = head(headers, bytes);
        assert!(call(&head).await.is_ok(), "{headers} headers, {} bytes", head.len());
    }
    let over = [(HEADERS_MAX + 1, 0), (100_000, 0), (1, HEAD_BYTES_MAX + 1), (1, 100 * HEAD_BYTES_MAX)];
    for (headers, bytes) in over {
        let error = call(head(headers, bytes)).await.expect_err("a head over its bounds");
        assert!(matches!(error, Error::HeadTooLarge), "{headers} headers, {bytes} bytes: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_that_never_end_are_cut_off() {
    for again in [b"x: y\r\n".as_slice(), b"x".as_slice()] {
        let error = call_endless("HTTP/1.1 200 OK\r\n", again).await.unwrap_err();
        assert!(matches!(error, Error::HeadTooLarge), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_before_the_response_begins_is_lost() {
    for start in ["", "HTTP", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let error = call(start).await.unwrap_err();
        assert!(matches!(error, Error::ConnectionLost { .. }), "{start:?}: {error:?}");
        assert!(error.can_retry());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_http_is_no_response() {
    let wrong = [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "220 mail.example ESMTP\r\n",
        "<html>hello</html>",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "\0\0\0\0\0\0\0\0\0\0",
    ];
    for bytes in wrong {
        let error = call(bytes).await.expect_err(bytes);
        assert!(matches!(error, Error::Protocol { .. }), "{bytes:?}: {error:?}");
        assert!(!error.can_retry());
    }
}

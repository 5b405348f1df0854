//! Real sockets on loopback, the real resolver, and the real network.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::wire::{get, read_head};
use crate::clock::Clock;
use crate::outbound::{Client, Error, Guard, Network};

fn client(allow_loopback: bool) -> Client {
    Client::new(Network::system(), Guard { allow_loopback }, Clock::system())
}

/// A server that sends this to whoever connects; returns its port.
async fn serve(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
            // Until the client closes too: closing at once could discard what it has not read.
            let _ = stream.read_u8().await;
        }
    });
    port
}

#[tokio::test]
async fn a_server_on_loopback_is_called_where_that_is_allowed() {
    let port = serve(b"HTTP/1.1 200 OK\r\n\r\nhello").await;
    for host in ["127.0.0.1", "localhost", "0x7f.1"] {
        let url = format!("http://{host}:{port}/");
        let response = client(true).send(get(&url)).await.expect(&url);
        assert_eq!(response.body.whole().await.unwrap(), "hello");
        let error = client(false).send(get(&url)).await.expect_err(&url);
        assert!(matches!(error, Error::AddressRefused { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = client(true).send(get(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(matches!(error, Error::ConnectFailed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_resolved() {
    let error = client(false).send(get("http://nobody-has-this-name.invalid/")).await.unwrap_err();
    assert!(matches!(error, Error::DnsFailed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_is_reset_is_lost_or_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for start in [b"".as_slice(), b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello".as_slice()] {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(start).await.unwrap();
            stream.set_zero_linger().unwrap();
        }
    });
    let url = format!("http://127.0.0.1:{port}/");
    let lost = client(true).send(get(&url)).await.unwrap_err();
    assert!(matches!(lost, Error::ConnectionLost { .. }), "{lost:?}");
    let cut = match client(true).send(get(&url)).await {
        Ok(response) => response.body.whole().await.unwrap_err(),
        // A reset may overtake what was sent before it.
        Err(error) => error,
    };
    assert!(matches!(cut, Error::BodyCutOff { .. } | Error::ConnectionLost { .. }), "{cut:?}");
}

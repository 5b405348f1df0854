use std::future::{pending, ready};
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::wire::{LIMITS, Notes, address, client, get, network, read_head};
use crate::clock::{Clock, Timestamp};
use crate::outbound::error::Phase;
use crate::outbound::{Client, Error, Guard, Network, Stream};

async fn phase_of(network: Network, url: &str) -> Phase {
    let outcome = match client(network).send(get(url)).await {
        Ok(response) => response.body.whole().await.map(drop),
        Err(error) => Err(error),
    };
    match outcome {
        Err(Error::TimedOut(phase)) => phase,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_hangs_ends_at_the_deadline() {
    let never =
        Network::new(|_| pending::<io::Result<Vec<IpAddr>>>(), |_, _| pending::<io::Result<Stream>>());
    assert_eq!(phase_of(never, "http://example.com/").await, Phase::Resolving);

    let says_nothing = network(|stream| async move {
        let _held = stream;
        pending::<()>().await;
    });
    assert_eq!(phase_of(says_nothing.clone(), "http://example.com/").await, Phase::Waiting);
    assert_eq!(phase_of(says_nothing, "https://example.com/").await, Phase::Securing);

    let no_body = network(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").await;
        pending::<()>().await;
    });
    assert_eq!(phase_of(no_body, "http://example.com/").await, Phase::Reading);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_hangs_gives_way_to_the_next_until_the_deadline() {
    let dialled = Notes::new();
    let tried = dialled.clone();
    let answers = ["1.1.1.1", "1.1.1.2", "1.1.1.3"].map(address);
    let resolve = move |_| ready(Ok(answers.to_vec()));
    let network = Network::new(resolve, move |address, _| {
        tried.add(address.address());
        pending::<io::Result<Stream>>()
    });
    let error = client(network.clone()).send(get("http://example.com/")).await.unwrap_err();
    assert!(matches!(error, Error::ConnectFailed { .. }), "{error:?}");
    assert_eq!(dialled.take(), answers);

    let mut hasty = get("http://example.com/");
    hasty.limits.time = Duration::from_secs(6);
    let error = client(network).send(hasty).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut(Phase::Connecting)), "{error:?}");
    assert_eq!(dialled.take(), answers[..2]);
}

/// A server that sends `start`, and then a byte every nine seconds.
fn dripping(start: &'static str) -> Network {
    network(move |mut stream| async move {
        let _ = stream.write_all(start.as_bytes()).await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(9)).await;
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drips_ends_at_the_deadline() {
    let head = "HTTP/1.1 200 OK\r\n";
    assert_eq!(phase_of(dripping(head), "http://example.com/").await, Phase::Waiting);
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    assert_eq!(phase_of(dripping(body), "http://example.com/").await, Phase::Reading);

    let excerpt = client(dripping(body)).send(get("http://example.com/")).await.unwrap().body.excerpt().await;
    // Sent at 0, 9, 18 and 27 of 30 seconds.
    assert_eq!((&*excerpt.bytes, excerpt.is_cut), (b"xxxx".as_slice(), true));
}

#[tokio::test]
async fn a_body_that_never_pauses_ends_at_the_deadline() {
    let clock = Clock::starting_at(Timestamp::from_millis(0));
    let moved = clock.clone();
    let network = network(move |mut stream| {
        let moved = moved.clone();
        async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[0; 32 * 1024]).await.is_ok() {
                moved.advance(Duration::from_secs(1));
            }
        }
    });
    let client = Client::new(network, Guard::default(), clock.clone());
    let mut body = client.send(get("http://example.com/")).await.unwrap().body;
    let error = loop {
        if let Err(error) = body.chunk().await {
            break error;
        }
    };
    assert!(matches!(error, Error::TimedOut(Phase::Reading)), "{error:?}");
    assert!(clock.now() > Timestamp::from_millis(0) + LIMITS.time);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_take_the_request_ends_at_the_deadline() {
    let deaf = network(|stream| async move {
        let _held = stream;
        pending::<()>().await;
    });
    let request = get("http://example.com/").body(vec![0; 1024 * 1024]);
    let error = client(deaf).send(request).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut(Phase::Waiting)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_closes_its_connection() {
    let ended = Notes::new();
    let noted = ended.clone();
    let network = network(move |mut stream| {
        let noted = noted.clone();
        async move {
            read_head(&mut stream).await;
            assert_eq!(read_head(&mut stream).await, "", "the client closes");
            noted.add(());
        }
    });
    let client = client(network);
    let call = tokio::time::timeout(Duration::from_secs(1), client.send(get("http://example.com/")));
    assert!(call.await.is_err());
    tokio::task::yield_now().await;
    assert_eq!(ended.take().len(), 1);
}

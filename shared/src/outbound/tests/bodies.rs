use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::AsyncWriteExt;

use super::wire::{LIMITS, call, call_endless, client, get, network, read_head};
use crate::outbound::{Error, Response};

async fn whole(response: impl AsRef<[u8]>) -> Result<String, Error> {
    let body = call(response).await?.body.whole().await?;
    Ok(String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test(start_paused = true)]
async fn a_body_ends_where_its_framing_says() {
    let framed = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more than was announced",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
    ];
    for response in framed {
        assert_eq!(whole(response).await.unwrap(), "hello", "{response:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_too_early_is_cut_off() {
    let cut = [
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];
    for response in cut {
        let error = whole(response).await.expect_err(response);
        assert!(matches!(error, Error::BodyCutOff { .. }), "{response:?}: {error:?}");
        assert!(error.can_retry());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_framed_wrongly_is_refused() {
    let start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for chunks in ["x\r\nhello\r\n", "-5\r\nhello\r\n", "5\r\nhello!\r\n", "fffffffffffffffff\r\n"] {
        let error = whole(format!("{start}{chunks}")).await.expect_err(chunks);
        assert!(matches!(error, Error::Protocol { .. }), "{chunks:?}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_over_its_bound_is_refused_when_it_is_announced_or_once_it_is_over() {
    let bytes_max = LIMITS.body_bytes_max;
    let is_too_large =
        |error: Error| matches!(error, Error::BodyTooLarge { bytes_max: of } if of == bytes_max);

    let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes_max + 1);
    let mut response = call(announced).await.expect("the head is there");
    assert_eq!(response.body.announced_bytes(), Some(bytes_max + 1));
    assert!(is_too_large(response.body.chunk().await.unwrap_err()));

    let response = call_endless("HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 1000]).await.unwrap();
    assert!(is_too_large(response.body.whole().await.unwrap_err()));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let response = call_endless(chunked, b"4\r\nwxyz\r\n").await.unwrap();
    assert!(is_too_large(response.body.whole().await.unwrap_err()));

    let exactly = vec![b'x'; usize::try_from(bytes_max).unwrap()];
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes_max}\r\n\r\n");
    assert_eq!(whole([head.as_bytes(), &exactly].concat()).await.unwrap().len(), exactly.len());
}

#[tokio::test(start_paused = true)]
async fn an_excerpt_is_the_start_of_whatever_comes() {
    let bytes_max = usize::try_from(LIMITS.body_bytes_max).unwrap();
    let excerpt = async |response: Response| {
        let excerpt = response.body.excerpt().await;
        (excerpt.bytes.len(), excerpt.is_cut)
    };
    let endless = call_endless("HTTP/1.1 500 Oh\r\n\r\n", &[b'x'; 1000]).await.unwrap();
    assert_eq!(excerpt(endless).await, (bytes_max, true));
    let announced =
        call_endless("HTTP/1.1 500 Oh\r\nContent-Length: 1000000000\r\n\r\n", b"x").await.unwrap();
    assert_eq!(excerpt(announced).await, (bytes_max, true));
    let cut_off = call("HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\nhello").await.unwrap();
    assert_eq!(excerpt(cut_off).await, (5, true));
    let short = call("HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nhello").await.unwrap();
    assert_eq!(excerpt(short).await, (5, false));
}

#[tokio::test(start_paused = true)]
async fn a_bomb_is_passed_on_as_it_is() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 10 * 1024 * 1024]).unwrap();
    let bomb = encoder.finish().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let response = call([head.as_bytes(), &bomb].concat()).await.unwrap();
    assert_eq!(response.content_encoding().unwrap(), "gzip");
    assert_eq!(response.body.whole().await.unwrap(), bomb);

    let plain = call("HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\n\r\n").await.unwrap();
    assert_eq!(plain.content_encoding(), None);
    let coded = "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: br\r\n\r\n";
    assert_eq!(call(coded).await.unwrap().content_encoding().unwrap(), "br");
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_no_faster_than_it_is_taken() {
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    let network = network(move |mut stream| {
        let counter = Arc::clone(&counter);
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\n").await;
            while stream.write_all(&[0; 4096]).await.is_ok() {
                counter.fetch_add(4096, Ordering::Relaxed);
            }
        }
    });
    let mut request = get("http://example.com/");
    request.limits.body_bytes_max = 5 * 1024 * 1024 * 1024;
    let mut body = client(network).send(request).await.unwrap().body;
    let mut taken = 0;
    for _ in 0..100 {
        let chunk = body.chunk().await.unwrap().expect("5 GiB are not over yet");
        assert!(chunk.len() <= 64 * 1024, "{}", chunk.len());
        taken += chunk.len() as u64;
        // The server sends whatever it can.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let ahead = sent.load(Ordering::Relaxed) - taken.min(sent.load(Ordering::Relaxed));
        assert!(ahead <= 4 * 64 * 1024, "{ahead} bytes ahead of its reader");
    }
}

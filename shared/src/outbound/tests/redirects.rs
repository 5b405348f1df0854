use tokio::io::AsyncWriteExt;

use super::wire::{Notes, call, client, get, network, read_head};
use crate::outbound::Error;
use crate::outbound::target::UrlError;

async fn leads(status: u16, location: &str) -> Result<Option<String>, Error> {
    let response = call(format!("HTTP/1.1 {status} There\r\nLocation: {location}\r\n\r\n")).await.unwrap();
    assert_eq!(response.status, status);
    response.redirect().map(|target| target.map(|target| target.as_str().to_owned()))
}

#[tokio::test(start_paused = true)]
async fn no_redirect_is_followed() {
    let requests = Notes::new();
    let noted = requests.clone();
    let network = network(move |mut stream| {
        let noted = noted.clone();
        async move {
            noted.add(read_head(&mut stream).await);
            let redirect = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(redirect).await.expect("the client reads");
        }
    });
    let client = client(network);
    let response = client.send(get("http://example.com/")).await.unwrap();
    assert_eq!(response.status, 302);
    response.body.whole().await.unwrap();
    assert_eq!(requests.take().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_says_where_it_leads() {
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(leads(status, "/b?c#d").await.unwrap().unwrap(), "http://example.com/b?c");
    }
    assert_eq!(leads(302, "https://other.example").await.unwrap().unwrap(), "https://other.example/");
    for status in [200, 201, 300, 304, 305, 404] {
        assert_eq!(leads(status, "/b").await.unwrap(), None, "{status}");
    }
    let without = call("HTTP/1.1 302 Found\r\n\r\n").await.unwrap();
    assert!(without.redirect().unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_what_must_not_be_called_is_refused() {
    for location in ["http://169.254.169.254/latest/", "//0x7f.1/", "http://[64:ff9b::a9fe:a9fe]/"] {
        let error = leads(302, location).await.expect_err(location);
        assert!(matches!(error, Error::AddressRefused { .. }), "{location}: {error:?}");
    }
    let refused = [
        ("file:///etc/passwd", UrlError::NotHttp),
        ("http://user:secret@example.com/", UrlError::Credentials),
        ("http://[", UrlError::Malformed),
        ("http://a b/", UrlError::Malformed),
    ];
    for (location, expected) in refused {
        let error = leads(302, location).await.expect_err(location);
        assert!(matches!(error, Error::InvalidUrl(of) if of == expected), "{location}: {error:?}");
    }
}

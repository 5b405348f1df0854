use std::net::IpAddr;

use super::{Target, URL_CHARS_MAX, UrlError};
use crate::outbound::address::Guard;

fn literal(url: &str) -> Option<IpAddr> {
    Target::parse(url).unwrap_or_else(|error| panic!("{url}: {error}")).literal_address()
}

#[test]
fn every_spelling_of_an_address_is_the_address() {
    let loopback = [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0x7f.1/",
        "http://127.0.0.1./",
        "http://127.00.0.01/",
        "http://%31%32%37.0.0.1/",
        "http://１２７.０.０.１/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http:\\\\127.0.0.1\\",
        "http:127.0.0.1",
        "http:/127.0.0.1",
        "HTTP://127.0.0.1:80",
    ];
    for url in loopback {
        assert_eq!(literal(url), Some("127.0.0.1".parse().unwrap()), "{url}");
    }
    let others = [
        ("http://0/", "0.0.0.0"),
        ("http://0.0.0.0/", "0.0.0.0"),
        ("http://2852039166/", "169.254.169.254"),
        ("http://0xa9.0xfe.0xa9.0xfe/", "169.254.169.254"),
        ("http://0251.0376.0251.0376/", "169.254.169.254"),
        ("http://[::1]/", "::1"),
        ("http://[::]/", "::"),
        ("http://[0:0:0:0:0:ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
        ("http://[::ffff:a9fe:a9fe]/", "::ffff:169.254.169.254"),
        ("http://[64:ff9b::a9fe:a9fe]/", "64:ff9b::a9fe:a9fe"),
        ("http://[2002:7f00:1::]/", "2002:7f00:1::"),
    ];
    let guard = Guard::default();
    for (url, address) in others {
        let address = address.parse().unwrap();
        assert_eq!(literal(url), Some(address), "{url}");
        assert!(guard.judge(address).is_err(), "{url}");
    }
}

#[test]
fn a_name_that_only_looks_like_an_address_stays_a_name() {
    for url in ["http://127.0.0.1.nip.io/", "http://localhost./", "http://0x7f.example/", "http://metadata/"]
    {
        assert_eq!(literal(url), None, "{url}");
    }
}

#[test]
fn urls_that_cannot_be_called_say_why() {
    let refused = [
        ("", UrlError::Malformed),
        ("/file.jpg", UrlError::Malformed),
        ("example.com/file.jpg", UrlError::Malformed),
        ("http://", UrlError::Malformed),
        ("http://[fe80::1%25eth0]/", UrlError::Malformed),
        ("http://[::1", UrlError::Malformed),
        ("http://256.0.0.1/", UrlError::Malformed),
        ("http://1.2.3.4.5/", UrlError::Malformed),
        ("http://exa mple.com/", UrlError::Malformed),
        (" http://example.com/", UrlError::Malformed),
        ("http://example.com/\r\nx-injected: 1", UrlError::Malformed),
        ("http://exam\tple.com/", UrlError::Malformed),
        ("http://example.com/\u{0}", UrlError::Malformed),
        ("http://example.com:0/", UrlError::Malformed),
        ("http://example.com:65536/", UrlError::Malformed),
        ("ftp://example.com/", UrlError::NotHttp),
        ("file:///etc/passwd", UrlError::NotHttp),
        ("gopher://example.com/", UrlError::NotHttp),
        ("data:text/plain,x", UrlError::NotHttp),
        ("s3://bucket/key", UrlError::NotHttp),
        ("http://user:secret@example.com/", UrlError::Credentials),
        ("http://user@example.com/", UrlError::Credentials),
        ("http://:secret@example.com/", UrlError::Credentials),
        ("http://example.com@127.0.0.1/", UrlError::Credentials),
    ];
    for (url, error) in refused {
        assert_eq!(Target::parse(url), Err(error), "{url:?}");
    }
}

#[test]
fn the_longest_url_is_accepted_and_a_longer_one_is_not() {
    let of_length = |chars: usize| {
        let start = "https://example.com/";
        format!("{start}{}", "x".repeat(chars - start.len()))
    };
    assert!(Target::parse(&of_length(URL_CHARS_MAX)).is_ok());
    assert_eq!(Target::parse(&of_length(URL_CHARS_MAX + 1)), Err(UrlError::TooLong));
    // Each of these characters is nine as it is sent.
    let grows = format!("https://example.com/{}", "写".repeat(300));
    assert_eq!(Target::parse(&grows), Err(UrlError::TooLong));
}

#[test]
fn what_is_sent_is_origin_form_without_a_fragment() {
    let target =
        Target::parse("HTTPS://Bücher.example:8443/a b?q=1#part".replace(' ', "%20").as_str()).unwrap();
    assert_eq!(target.host(), "xn--bcher-kva.example");
    assert_eq!(target.host_header(), "xn--bcher-kva.example:8443");
    assert_eq!(target.path_and_query().as_str(), "/a%20b?q=1");
    assert_eq!((target.port(), target.is_https()), (8443, true));
    let plain = Target::parse("http://example.com:80").unwrap();
    assert_eq!(plain.host_header(), "example.com");
    assert_eq!((plain.path_and_query().as_str(), plain.port()), ("/", 80));
}

#[test]
fn every_character_that_a_url_may_hold_can_be_sent() {
    for character in (0x21..0x7f_u8).map(char::from).chain(['é', '写', '😀']) {
        for url in [format!("http://example.com/{character}"), format!("http://example.com/?{character}")] {
            assert!(Target::parse(&url).is_ok(), "{url}");
        }
    }
}

#[test]
fn redirects_are_resolved_and_held_to_the_same_rules() {
    let from = Target::parse("https://example.com/a/b?q").unwrap();
    let leads = |location: &str| from.redirected(location).map(|target| target.as_str().to_owned());
    assert_eq!(leads("c"), Ok("https://example.com/a/c".to_owned()));
    assert_eq!(leads("/c#x"), Ok("https://example.com/c".to_owned()));
    assert_eq!(leads("//other.example/"), Ok("https://other.example/".to_owned()));
    assert_eq!(leads("https://10.0.0.1/"), Ok("https://10.0.0.1/".to_owned()));
    assert_eq!(leads("http://example.com/a"), Err(UrlError::Downgrade));
    assert_eq!(leads("file:///etc/passwd"), Err(UrlError::NotHttp));
    assert_eq!(leads("https://u:p@example.com/"), Err(UrlError::Credentials));
    assert_eq!(leads(&"x".repeat(URL_CHARS_MAX + 1)), Err(UrlError::TooLong));
}

#[test]
fn only_the_same_scheme_host_and_port_are_the_same_origin() {
    let target = |url: &str| Target::parse(url).unwrap();
    let from = target("https://example.com/a");
    assert!(from.has_origin_of(&target("https://EXAMPLE.com:443/b")));
    for other in ["http://example.com/", "https://example.com:8443/", "https://www.example.com/"] {
        assert!(!from.has_origin_of(&target(other)), "{other}");
    }
}

#[test]
fn a_target_shows_no_secret_of_its_url() {
    let target = Target::parse("https://hooks.example/T0/secret?token=secret").unwrap();
    assert_eq!(format!("{target:?}"), "Target(https://hooks.example)");
}

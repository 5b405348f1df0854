use http::header;

use crate::outbound::TlsError;
use crate::outbound::address::Guard;
use crate::outbound::error::{Error, Phase};
use crate::outbound::target::UrlError;

/// One error of each variant.
fn all() -> Vec<Error> {
    let host = || "example.com".to_owned();
    let source = || std::io::Error::other("the cause");
    let refusal = Guard::default().judge("10.0.0.1".parse().unwrap()).unwrap_err();
    vec![
        Error::InvalidUrl(UrlError::NotHttp),
        Error::HeaderReserved(header::HOST),
        Error::AddressRefused { host: "10.0.0.1".to_owned(), refusal, is_literal: true },
        Error::DnsFailed { host: host(), source: source() },
        Error::ConnectFailed { host: host(), source: source() },
        Error::TlsFailed { host: host(), error: TlsError::Certificate, source: source() },
        Error::TimedOut(Phase::Waiting),
        Error::ConnectionLost { source: source().into() },
        Error::HeadTooLarge,
        Error::Protocol { source: source().into() },
        Error::BodyTooLarge { bytes_max: 1024 },
        Error::BodyCutOff { source: source().into() },
        Error::RequestBodyFailed { source: source().into() },
    ]
}

#[test]
fn stored_codes_never_change() {
    let codes: Vec<_> = all().iter().map(Error::code).collect();
    let expected = [
        "invalid_url",
        "header_reserved",
        "address_refused",
        "dns_failed",
        "connect_failed",
        "tls_failed",
        "timed_out",
        "connection_lost",
        "head_too_large",
        "protocol_error",
        "body_too_large",
        "body_cut_off",
        "request_body_failed",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn what_a_person_reads_is_one_sentence_without_the_cause() {
    for error in all() {
        let shown = error.to_string();
        assert!(!shown.contains("the cause") && !shown.ends_with('.'), "{shown}");
    }
    let shown: Vec<_> = all().iter().skip(2).take(5).map(ToString::to_string).collect();
    let expected = [
        "10.0.0.1 is a private address; only public addresses can be called",
        "the name example.com could not be resolved",
        "example.com did not accept a connection",
        "no secure connection to example.com: its certificate is expired, for another name, or not issued by a trusted \
         authority",
        "the time limit passed before the server responded",
    ];
    assert_eq!(shown, expected);
}

//! The signature is that of the example in AWS's documentation of Signature Version 4 (`get-vanilla`-like requests of the
//! test suite), made with its well-known key.

use super::*;

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z
const SIGNED_AT: Timestamp = Timestamp::from_millis(1_440_938_160_000);

fn secret(id: &str) -> Option<String> {
    (id == KEY).then(|| SECRET.to_owned())
}

/// The request `get-vanilla` of AWS's test suite.
fn vanilla() -> Request {
    http::Request::get("http://example.amazonaws.com/")
        .header("host", "example.amazonaws.com")
        .header("x-amz-date", "20150830T123600Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        )
        .body(Default::default())
        .unwrap()
}

fn with(name: &'static str, value: &str) -> Request {
    let mut request = vanilla();
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[test]
fn the_signature_of_awss_own_example_is_verified() {
    assert_eq!(verify(&vanilla(), secret, SIGNED_AT), Ok(KEY));
    assert_eq!(verify(&vanilla(), secret, SIGNED_AT + SKEW_MAX), Ok(KEY));
}

#[test]
fn what_is_changed_after_it_was_signed_is_refused() {
    let mut changed = vec![with("host", "other.amazonaws.com")];
    let mut request = vanilla();
    *request.body_mut() = "more".into();
    changed.push(request);
    let mut request = vanilla();
    *request.uri_mut() = "http://example.amazonaws.com/other".parse().unwrap();
    changed.push(request);
    let mut request = vanilla();
    *request.uri_mut() = "http://example.amazonaws.com/?a=b".parse().unwrap();
    changed.push(request);
    let mut request = vanilla();
    *request.method_mut() = http::Method::POST;
    changed.push(request);
    for request in changed {
        assert_eq!(verify(&request, secret, SIGNED_AT), Err(Unauthenticated::Mismatch), "{request:?}");
    }
    let other = |_: &str| Some("another secret".to_owned());
    assert_eq!(verify(&vanilla(), other, SIGNED_AT), Err(Unauthenticated::Mismatch));
}

#[test]
fn what_says_too_little_is_refused_by_name() {
    let mut unsigned = vanilla();
    unsigned.headers_mut().remove("authorization");
    assert_eq!(verify(&unsigned, secret, SIGNED_AT), Err(Unauthenticated::Unsigned));
    let mut undated = vanilla();
    undated.headers_mut().remove("x-amz-date");
    assert_eq!(verify(&undated, secret, SIGNED_AT), Err(Unauthenticated::Incomplete));
    for (name, value) in [
        ("authorization", "Bearer x"),
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=0"),
        ("x-amz-date", "20150831T123600Z"),
        ("x-amz-target", "DynamoDB_20120810.DeleteItem"),
    ] {
        assert_eq!(
            verify(&with(name, value), secret, SIGNED_AT),
            Err(Unauthenticated::Incomplete),
            "{value}"
        );
    }
    assert_eq!(verify(&vanilla(), |_| None, SIGNED_AT), Err(Unauthenticated::UnknownKey));
    for now in [SIGNED_AT + SKEW_MAX * 2, SIGNED_AT - SKEW_MAX * 2] {
        assert_eq!(verify(&vanilla(), secret, now), Err(Unauthenticated::TooOldOrNew));
    }
}

//! The session tokens of functions. As on AWS, nobody may do anything with a function's keys without one, it is over a
//! kilobyte long, and it ends.

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use shared::clock::Timestamp;

use super::request::query_value;
use super::signature::parse_date;
use crate::http::Request;
use crate::s3::{form_end, form_field};

/// How long the credentials of a new environment last.
pub const LIFE: std::time::Duration = std::time::Duration::from_secs(12 * 60 * 60);

/// The bytes of a token before they are encoded, as AWS's are: the end, the proof, and what fills it up.
const TOKEN_BYTES: usize = 900;
const END_BYTES: usize = 8;
const PROOF_BYTES: usize = 32;

const NAME_IN_HEADER: &str = "x-amz-security-token";
const NAME_IN_QUERY: &str = "X-Amz-Security-Token";

/// Why a function's request is refused, though its signature may be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSession {
    Missing,
    /// It is of another key, or of none.
    Invalid,
    Ended,
}

/// The token of credentials that end at `end`. `secret` is that of the deployment.
pub fn token(access_key_id: &str, end: Timestamp, secret: &str) -> String {
    let end = end.as_millis().to_be_bytes();
    let mut bytes = [end.as_slice(), &proof(access_key_id, end, secret)].concat();
    let mut block = proof(access_key_id, end, "no secret");
    while bytes.len() < TOKEN_BYTES {
        bytes.extend(block);
        block = Sha256::digest(block).into();
    }
    BASE64_STANDARD.encode(&bytes[..TOKEN_BYTES])
}

/// Judges the token that a request of this key carries, and returns when it ends.
pub fn verify(
    request: &Request,
    access_key_id: &str,
    secret: &str,
    now: Timestamp,
) -> Result<Timestamp, NoSession> {
    let token = token_of(request).ok_or(NoSession::Missing)?;
    let bytes = BASE64_STANDARD.decode(token).map_err(|_| NoSession::Invalid)?;
    let (end, rest) = bytes.split_first_chunk::<END_BYTES>().ok_or(NoSession::Invalid)?;
    if !rest.starts_with(&proof(access_key_id, *end, secret)) {
        return Err(NoSession::Invalid);
    }
    let end = Timestamp::from_millis(i64::from_be_bytes(*end));
    if now < end { Ok(end) } else { Err(NoSession::Ended) }
}

/// When a request that was signed for somebody else may be made last, as it says itself; none for any other.
pub fn promised_end(request: &Request) -> Option<Timestamp> {
    if request.headers().contains_key(http::header::AUTHORIZATION) {
        return None;
    }
    match query_value(request, "X-Amz-Date").and_then(|date| parse_date(&date)) {
        Some(date) => {
            let life = query_value(request, "X-Amz-Expires")?.parse().ok()?;
            Some(date + std::time::Duration::from_secs(life))
        }
        None => form_end(request),
    }
}

fn token_of(request: &Request) -> Option<String> {
    if let Some(header) = request.headers().get(NAME_IN_HEADER) {
        return header.to_str().ok().map(str::to_owned);
    }
    query_value(request, NAME_IN_QUERY).or_else(|| form_field(request, NAME_IN_HEADER).map(str::to_owned))
}

fn proof(access_key_id: &str, end: [u8; END_BYTES], secret: &str) -> [u8; PROOF_BYTES] {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mac = mac.unwrap_or_else(|error| unreachable!("HMAC takes keys of any length: {error}"));
    mac.chain_update(access_key_id).chain_update(end).finalize().into_bytes().into()
}

impl NoSession {
    /// The name of the error of a service that speaks JSON, and the words.
    pub fn of_json(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing | Self::Invalid => {
                ("UnrecognizedClientException", "The security token included in the request is invalid.")
            }
            Self::Ended => ("ExpiredTokenException", "The security token included in the request is expired"),
        }
    }

    /// The code of S3's error, the words, and the status.
    pub fn of_s3(self) -> (&'static str, &'static str, http::StatusCode) {
        match self {
            Self::Missing => (
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                http::StatusCode::FORBIDDEN,
            ),
            Self::Invalid => (
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
                http::StatusCode::BAD_REQUEST,
            ),
            Self::Ended => ("ExpiredToken", "The provided token has expired.", http::StatusCode::BAD_REQUEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(4_102_444_800_000);
    const KEY: &str = "LOCALKEYAPI";

    fn with_header(token: &str) -> Request {
        let request = http::Request::builder().uri("/b/k").header(NAME_IN_HEADER, token);
        request.body(Bytes::new()).unwrap()
    }

    fn get(uri: &str) -> Request {
        http::Request::builder().uri(uri).body(Bytes::new()).unwrap()
    }

    #[test]
    fn a_token_is_as_long_as_one_of_aws_and_must_be_encoded_in_a_url() {
        let token = token(KEY, NOW, "secret");
        assert_eq!(token.len(), 1200);
        assert!(token.contains('+') && token.contains('/'), "{token}");
    }

    #[test]
    fn a_token_is_good_for_one_key_until_it_ends() {
        let end = NOW + LIFE;
        let request = with_header(&token(KEY, end, "secret"));
        assert_eq!(verify(&request, KEY, "secret", NOW), Ok(end));
        assert_eq!(verify(&request, KEY, "secret", end), Err(NoSession::Ended));
        assert_eq!(verify(&request, "LOCALKEYMEDIA", "secret", NOW), Err(NoSession::Invalid));
        assert_eq!(verify(&request, KEY, "another", NOW), Err(NoSession::Invalid));
        assert_eq!(verify(&with_header("dG9rZW4="), KEY, "secret", NOW), Err(NoSession::Invalid));
        assert_eq!(verify(&get("/b/k"), KEY, "secret", NOW), Err(NoSession::Missing));
    }

    #[test]
    fn a_token_is_found_in_the_query_and_in_a_form() {
        let token = token(KEY, NOW + LIFE, "secret");
        let encoded = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let presigned = get(&format!("/b/k?{NAME_IN_QUERY}={encoded}&X-Amz-Signature=0"));
        assert!(verify(&presigned, KEY, "secret", NOW).is_ok());
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{NAME_IN_HEADER}\"\r\n\r\n{token}\r\n\
             --x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nbytes\r\n--x--\r\n"
        );
        let form = http::Request::builder().method("POST").uri("/b");
        let form = form.header("content-type", "multipart/form-data; boundary=x").body(body.into()).unwrap();
        assert!(verify(&form, KEY, "secret", NOW).is_ok());
    }

    #[test]
    fn a_presigned_request_says_when_it_ends() {
        let presigned = get("/b/k?X-Amz-Date=21000101T000000Z&X-Amz-Expires=900");
        assert_eq!(promised_end(&presigned), Some(NOW + Duration::from_secs(900)));
        assert_eq!(promised_end(&get("/b/k")), None);
    }
}

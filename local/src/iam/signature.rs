//! Signature Version 4 of the services that speak JSON. That of S3, which has rules of its own, `s3s` verifies.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use shared::clock::Timestamp;
use subtle::ConstantTimeEq;
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::http::Request;

/// How far the date of a signature may be from now.
pub const SKEW_MAX: Duration = Duration::from_secs(15 * 60);

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The encoded characters of a canonical path or query: all but letters, digits and these.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// Why a request is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unauthenticated {
    /// It is not signed.
    Unsigned,
    /// It says too little of its signature, or leaves out what must be signed.
    Incomplete,
    /// Nobody has this access key.
    UnknownKey,
    TooOldOrNew,
    /// Signed with another secret, or changed since.
    Mismatch,
}

/// The content of an `Authorization` header.
struct Claimed<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

/// Returns the access key id that a request is signed with, once the signature is verified with the `secret` of that key.
pub fn verify(
    request: &Request,
    secret: impl FnOnce(&str) -> Option<String>,
    now: Timestamp,
) -> Result<&str, Unauthenticated> {
    let header = text(request, "authorization").ok_or(Unauthenticated::Unsigned)?;
    let claimed = Claimed::parse(header).ok_or(Unauthenticated::Incomplete)?;
    let signed_at = text(request, "x-amz-date").ok_or(Unauthenticated::Incomplete)?;
    let date = parse_date(signed_at).filter(|_| signed_at.starts_with(claimed.date));
    let date = date.ok_or(Unauthenticated::Incomplete)?;
    if !claimed.covers(request) {
        return Err(Unauthenticated::Incomplete);
    }
    let secret = secret(claimed.access_key_id).ok_or(Unauthenticated::UnknownKey)?;
    if date.since(now) > SKEW_MAX || now.since(date) > SKEW_MAX {
        return Err(Unauthenticated::TooOldOrNew);
    }
    let canonical = claimed.canonical(request).ok_or(Unauthenticated::Incomplete)?;
    let hash = hex::encode(Sha256::digest(canonical));
    let to_sign = format!("{ALGORITHM}\n{signed_at}\n{}\n{hash}", claimed.scope());
    let expected = hex::encode(hmac(&claimed.signing_key(&secret), &to_sign));
    let is_right = bool::from(expected.as_bytes().ct_eq(claimed.signature.as_bytes()));
    is_right.then_some(claimed.access_key_id).ok_or(Unauthenticated::Mismatch)
}

/// Such as `20260101T000000Z`.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let date = PrimitiveDateTime::parse(text, format).ok()?.assume_utc();
    Some(Timestamp::from_millis(date.unix_timestamp() * 1000))
}

impl<'a> Claimed<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let rest = header.strip_prefix(ALGORITHM)?;
        let part = |name: &str| rest.split([',', ' ']).find_map(|part| part.trim().strip_prefix(name));
        let mut scope = part("Credential=")?.split('/');
        let (access_key_id, date) = (scope.next()?, scope.next()?);
        let (region, service) = (scope.next()?, scope.next()?);
        if scope.next()? != "aws4_request" || scope.next().is_some() || date.len() != 8 {
            return None;
        }
        let signed_headers = part("SignedHeaders=")?.split(';').collect();
        Some(Self { access_key_id, date, region, service, signed_headers, signature: part("Signature=")? })
    }

    /// Whether everything is signed that means something to AWS.
    fn covers(&self, request: &Request) -> bool {
        let is_signed = |name: &str| self.signed_headers.contains(&name);
        let of_aws = request.headers().keys().filter(|name| name.as_str().starts_with("x-amz-"));
        is_signed("host") && of_aws.into_iter().all(|name| is_signed(name.as_str()))
    }

    /// None if a header that it names is not there.
    fn canonical(&self, request: &Request) -> Option<String> {
        let path = utf8_percent_encode(request.uri().path(), ENCODED_IN_PATH);
        let mut query: Vec<String> =
            form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
                .map(|(name, value)| {
                    format!(
                        "{}={}",
                        utf8_percent_encode(&name, ENCODED),
                        utf8_percent_encode(&value, ENCODED)
                    )
                })
                .collect();
        query.sort_unstable();
        let mut headers = String::new();
        for name in &self.signed_headers {
            headers += &format!("{name}:{}\n", value(request, name)?);
        }
        Some(format!(
            "{}\n{path}\n{}\n{headers}\n{}\n{}",
            request.method(),
            query.join("&"),
            self.signed_headers.join(";"),
            hex::encode(Sha256::digest(request.body()))
        ))
    }

    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }

    fn signing_key(&self, secret: &str) -> Vec<u8> {
        let start = format!("AWS4{secret}").into_bytes();
        let parts = [self.date, self.region, self.service, "aws4_request"];
        parts.iter().fold(start, |key, part| hmac(&key, part))
    }
}

/// All values of a header in one, with single spaces.
fn value(request: &Request, name: &str) -> Option<String> {
    let values = request.headers().get_all(name).iter();
    let values: Vec<String> = values
        .map(|value| Some(value.to_str().ok()?.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect::<Option<_>>()?;
    match (values.is_empty(), name) {
        (false, _) => Some(values.join(",")),
        // Within this process the address alone says it.
        (true, "host") => request.uri().authority().map(ToString::to_string),
        (true, _) => None,
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text.as_bytes()));
    mac.map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
}

fn text<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

impl Unauthenticated {
    /// Returns the name that AWS gives the error.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Unsigned => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::TooOldOrNew | Self::Mismatch => "InvalidSignatureException",
        }
    }
}

impl fmt::Display for Unauthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned => "Request is missing Authentication Token",
            Self::Incomplete => {
                "Authorization header requires Credential, SignedHeaders (host and every X-Amz-* header among them) and \
                 Signature, and an X-Amz-Date of the same day."
            }
            Self::UnknownKey => {
                "The security token included in the request is invalid. The local stack's own is in dev.json."
            }
            Self::TooOldOrNew => "Signature expired or not yet current: its date is too far from now.",
            Self::Mismatch => {
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details."
            }
        })
    }
}

#[cfg(test)]
mod tests;

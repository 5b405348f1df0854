//! The checks of a request in front of `s3s`, which verifies its signature.
//!
//! Time, above all. `s3s` compares the date of a signature, and the end of a presigned request or of a POST
//! policy, with the wall clock; the stack has a [`Clock`](shared::clock::Clock), which a test may have moved.
//! So `s3s` is told to tolerate a skew of [`WALL_CLOCK_SKEW_SECS_MAX`], and every date is judged here. Its
//! own check of an end stays, so a moved clock may be ahead of the wall clock (by 136 years) but not behind
//! it.
//!
//! A date that cannot be read is left to `s3s`, which refuses it. Nothing here trusts a date: it is part of
//! what the signature signs.

use std::borrow::Cow;
use std::time::Duration;

use ::http::header;
use s3s::{S3Result, s3_error};
use shared::clock::Timestamp;

use super::form;
use super::signature::version_2_refused;
use crate::http::{BODY_BYTES_MAX, Request};
use crate::iam::signature::{SKEW_MAX, parse_date};

/// The widest skew that `s3s` can be told to tolerate.
pub const WALL_CLOCK_SKEW_SECS_MAX: u32 = u32::MAX;

/// How long a presigned request may live.
const PRESIGNED_SECS_MAX: u64 = 7 * 24 * 60 * 60;

/// Refuses a request that is too old, too early, too long, not as long as it says, or signed in part.
pub fn admit(request: Request, now: Timestamp) -> S3Result<Request> {
    check_length(&request)?;
    // A form comes first, as in `s3s`, which reads no other signature once it sees one.
    if form::is_form(&request) {
        return form::admit(request, now);
    }
    if let Some(presigned) = Presigned::of(&request) {
        presigned.check(now)?;
        check_signed_headers(&request, &presigned.signed_headers)?;
    } else if let Some(authorization) = text(&request, header::AUTHORIZATION.as_str()) {
        if !authorization.starts_with("AWS4-") {
            return Err(version_2_refused());
        }
        check_date(&request, now)?;
        check_signed_headers(&request, signed_headers(authorization))?;
    }
    Ok(request)
}

fn check_length(request: &Request) -> S3Result<()> {
    if request.body().len() > BODY_BYTES_MAX {
        return Err(s3_error!(
            EntityTooLarge,
            "A request has at most {BODY_BYTES_MAX} bytes here: upload in parts."
        ));
    }
    let declared =
        text(request, header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared != request.body().len()) {
        return Err(s3_error!(
            IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header."
        ));
    }
    Ok(())
}

fn check_date(request: &Request, now: Timestamp) -> S3Result<()> {
    let Some(date) = text(request, "x-amz-date").and_then(parse_date) else { return Ok(()) };
    if date.since(now) > SKEW_MAX || now.since(date) > SKEW_MAX {
        return Err(s3_error!(
            RequestTimeTooSkewed,
            "The difference between the request time and the current time is too large."
        ));
    }
    Ok(())
}

/// An `x-amz-` header means something to S3, so nobody but the signer may add one.
fn check_signed_headers(request: &Request, signed: &str) -> S3Result<()> {
    let is_signed = |name: &str| signed.split(';').any(|signed| signed.eq_ignore_ascii_case(name));
    let names = request.headers().keys().map(header::HeaderName::as_str);
    match names.filter(|name| name.starts_with("x-amz-")).find(|name| !is_signed(name)) {
        Some(name) => Err(s3_error!(
            AccessDenied,
            "There were headers present in the request which were not signed: {name}"
        )),
        None => Ok(()),
    }
}

/// The query of a presigned request, as far as it is judged here.
struct Presigned<'a> {
    date: Option<Timestamp>,
    lifetime_secs: Option<u64>,
    signed_headers: Cow<'a, str>,
    is_version_2: bool,
}

impl<'a> Presigned<'a> {
    fn of(request: &'a Request) -> Option<Self> {
        let mut found =
            Self { date: None, lifetime_secs: None, signed_headers: "".into(), is_version_2: false };
        let mut is_presigned = false;
        for (name, value) in form_urlencoded::parse(request.uri().query()?.as_bytes()) {
            match &*name {
                "X-Amz-Date" => found.date = parse_date(&value),
                "X-Amz-Expires" => found.lifetime_secs = value.parse().ok(),
                "X-Amz-SignedHeaders" => found.signed_headers = value,
                "X-Amz-Signature" => is_presigned = true,
                "Signature" => (is_presigned, found.is_version_2) = (true, true),
                _ => {}
            }
        }
        is_presigned.then_some(found)
    }

    fn check(&self, now: Timestamp) -> S3Result<()> {
        if self.is_version_2 {
            return Err(version_2_refused());
        }
        let (Some(date), Some(lifetime_secs)) = (self.date, self.lifetime_secs) else { return Ok(()) };
        if lifetime_secs > PRESIGNED_SECS_MAX {
            return Err(s3_error!(
                AuthorizationQueryParametersError,
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
                 than {PRESIGNED_SECS_MAX} seconds"
            ));
        }
        if date.since(now) > SKEW_MAX {
            return Err(s3_error!(AccessDenied, "Request is not valid yet"));
        }
        if now.since(date) > Duration::from_secs(lifetime_secs) {
            return Err(s3_error!(AccessDenied, "Request has expired"));
        }
        Ok(())
    }
}

/// The signed headers that an `Authorization` header names, as `a;b;c`.
fn signed_headers(authorization: &str) -> &str {
    let named = authorization.split_once("SignedHeaders=").map_or("", |(_, rest)| rest);
    named.split([',', ' ']).next().unwrap_or_default()
}

fn text<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

//! `If-Match` and its kin: on a write against what is there, on a read against what would be sent.

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use s3s::dto::{self, ETag, ETagCondition};
use s3s::{S3Error, S3Result, s3_error};
use shared::clock::Timestamp;

use super::date::date;
use super::store::objects::Object;

/// The conditions of a write.
#[derive(Debug, Default)]
pub struct WriteConditions {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
}

impl WriteConditions {
    /// The conditions of a copy on its destination, of which s3s reads none.
    pub fn of_copy(headers: &HeaderMap) -> S3Result<Self> {
        let condition = |name: HeaderName| {
            let condition = headers.get(name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
            condition.transpose().map_err(|_| s3_error!(InvalidArgument, "A condition is malformed."))
        };
        Ok(Self { if_match: condition(IF_MATCH)?, if_none_match: condition(IF_NONE_MATCH)? })
    }

    pub fn check(&self, current: Option<&Object>) -> S3Result<()> {
        match (&self.if_none_match, current) {
            (None, _) | (Some(ETagCondition::Any), None) => {}
            (Some(ETagCondition::Any), Some(_)) => return Err(precondition_failed()),
            (Some(ETagCondition::ETag(_)), _) => {
                return Err(s3_error!(
                    NotImplemented,
                    "A header you provided implies functionality that is not implemented: If-None-Match takes * alone."
                ));
            }
        }
        match (&self.if_match, current) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
            (Some(condition), Some(current)) if matches(condition, &current.etag) => Ok(()),
            (Some(_), Some(_)) => Err(precondition_failed()),
        }
    }
}

/// The conditions of a read, or of a copy on its source.
#[derive(Debug, Default)]
pub struct ReadConditions {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
    pub if_modified_since: Option<dto::Timestamp>,
    pub if_unmodified_since: Option<dto::Timestamp>,
}

impl ReadConditions {
    /// 412, or `NotModified` for a condition that is there to save the transfer. An ETag decides over a date.
    pub fn check(&self, object: &Object) -> S3Result<()> {
        // A date in a header has whole seconds.
        let modified_at = date(Timestamp::from_millis(object.modified_at.as_secs() * 1000));
        let fails = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => !matches(condition, &object.etag),
            (None, Some(since)) => modified_at > *since,
            (None, None) => false,
        };
        if fails {
            return Err(precondition_failed());
        }
        let is_unmodified = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches(condition, &object.etag),
            (None, Some(since)) => modified_at <= *since,
            (None, None) => false,
        };
        if is_unmodified { Err(not_modified(object)) } else { Ok(()) }
    }
}

fn precondition_failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

fn not_modified(object: &Object) -> S3Error {
    let mut error = s3_error!(NotModified);
    if let Ok(etag) = ETag::Strong(object.etag.clone()).to_http_header() {
        error.set_headers([(::http::header::ETAG, etag)].into_iter().collect());
    }
    error
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.value() == etag)
}

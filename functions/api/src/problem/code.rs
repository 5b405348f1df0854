use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// Everything that can be wrong with a request. Public; the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Malformed,
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    Conflict,
    LimitReached,
    RequestInProgress,
    Gone,
    PreconditionFailed,
    BodyTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    Invalid,
    IdempotencyKeyReused,
    RateLimited,
    TooManyUploadsInFlight,
    TooManyBytesInFlight,
    StorageFull,
    HeadersTooLarge,
    Internal,
    Unavailable,
}

impl Code {
    /// By status.
    pub const ALL: [Self; 23] = [
        Self::Malformed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::Conflict,
        Self::LimitReached,
        Self::RequestInProgress,
        Self::Gone,
        Self::PreconditionFailed,
        Self::BodyTooLarge,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::Invalid,
        Self::IdempotencyKeyReused,
        Self::RateLimited,
        Self::TooManyUploadsInFlight,
        Self::TooManyBytesInFlight,
        Self::StorageFull,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::Unavailable,
    ];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        self.entry().1
    }

    pub fn status(self) -> StatusCode {
        self.entry().0
    }

    pub fn title(self) -> &'static str {
        self.entry().2
    }

    /// Says what it means, and what to do.
    pub fn explanation(self) -> &'static str {
        self.entry().3
    }

    /// Whether the response has `Retry-After`.
    pub const fn tells_when_to_retry(self) -> bool {
        matches!(
            self,
            Self::RequestInProgress
                | Self::RateLimited
                | Self::TooManyUploadsInFlight
                | Self::TooManyBytesInFlight
                | Self::StorageFull
        )
    }

    fn entry(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "malformed",
                "Malformed request",
                "The request cannot be read: the body is not JSON, is nested deeper than 128 levels or has a name twice \
                 in one object, or a header has the wrong form. Correct the request; repeating it does not help.",
            ),
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Not authenticated",
                "The Authorization header has no API key, or one that is unknown, expired or revoked.",
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "Not allowed",
                "The API key is valid but lacks the scope that this request needs. Use a key that has it.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "not_found",
                "Not found",
                "There is no such route, or the tenant has nothing with this id.",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method not allowed",
                "The route takes other methods. The Allow header lists them.",
            ),
            Self::NotAcceptable => (
                StatusCode::NOT_ACCEPTABLE,
                "not_acceptable",
                "Not acceptable",
                "The Accept header rules out the only media type that the route returns: JSON for the API, HTML for its \
                 pages.",
            ),
            Self::Conflict => (
                StatusCode::CONFLICT,
                "conflict",
                "Conflict",
                "The current state does not allow this; `detail` says why. Read the resource and decide again. \
                 Repeating the request does not help.",
            ),
            Self::LimitReached => (
                StatusCode::CONFLICT,
                "limit_reached",
                "Limit reached",
                "The tenant has as many of these as it may have. Delete some first.",
            ),
            Self::RequestInProgress => (
                StatusCode::CONFLICT,
                "request_in_progress",
                "Request in progress",
                "The first request with this Idempotency-Key is still running. Try again after Retry-After seconds.",
            ),
            Self::Gone => (
                StatusCode::GONE,
                "gone",
                "Gone",
                "It was deleted. For a week requests for it return this, then `not_found`.",
            ),
            Self::PreconditionFailed => (
                StatusCode::PRECONDITION_FAILED,
                "precondition_failed",
                "Precondition failed",
                "The resource has changed since its ETag in If-Match was read, or it changed during the request. Read it \
                 again and decide again.",
            ),
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "Body too large",
                "The body is larger than the API accepts. Files do not go through the API: create an upload, and send \
                 the file to the storage.",
            ),
            Self::UriTooLong => (
                StatusCode::URI_TOO_LONG,
                "uri_too_long",
                "URI too long",
                "The path or the query is longer than the API accepts.",
            ),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Unsupported media type",
                "The body must be JSON, sent with Content-Type: application/json and without Content-Encoding.",
            ),
            Self::Invalid => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Invalid fields",
                "Fields or parameters are missing, unknown, of the wrong type or out of bounds. `errors` has an entry \
                 for each, with a JSON pointer to it (`/limit` for the parameter `limit`) and, if a name is nearly \
                 right, the right name as `suggestion`.",
            ),
            Self::IdempotencyKeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "Idempotency-Key reused",
                "Another request was sent with this Idempotency-Key before. Use a new key for a new request.",
            ),
            Self::RateLimited => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many requests",
                "A rate limit is used up. RateLimit-Policy lists the limits, RateLimit what is left of them, and \
                 Retry-After when to try again, in seconds.",
            ),
            Self::TooManyUploadsInFlight => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_uploads_in_flight",
                "Too many uploads in flight",
                "The tenant has as many unfinished uploads as it may have at once. Finish, abort or delete some, or try \
                 again after Retry-After seconds. `GET /v1/usage` returns how many there are.",
            ),
            Self::TooManyBytesInFlight => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_bytes_in_flight",
                "Too many bytes in flight",
                "With this upload, the tenant's unfinished uploads together would be larger than they may be. Finish, \
                 abort or delete some, or try again after Retry-After seconds.",
            ),
            Self::StorageFull => (
                StatusCode::TOO_MANY_REQUESTS,
                "storage_full",
                "Storage full",
                "With this upload, the tenant would have more stored than it may have. Delete uploads; their space is \
                 usually free within a minute. `GET /v1/usage` returns what is stored.",
            ),
            Self::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers_too_large",
                "Headers too large",
                "All headers together are larger than the API accepts.",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side",
                "The cause is in the log, under the `request_id`. Repeat the request; if it changes something, with the \
                 same Idempotency-Key.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Unavailable",
                "Something that the API depends on does not answer. Try again in a moment.",
            ),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "ProblemCode".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let explanations: BTreeMap<_, _> =
            Self::ALL.map(|code| (code.as_str(), code.explanation())).into_iter().collect();
        json_schema!({
            "type": "string",
            "enum": Self::ALL.map(Self::as_str),
            "x-enumDescriptions": explanations,
        })
    }
}

use axum::http::StatusCode;

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

    /// What it means, and what to do.
    pub fn explanation(self) -> &'static str {
        self.entry().3
    }

    fn entry(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "malformed",
                "Malformed request",
                "The request cannot be read: its body is no JSON, is nested deeper than 128 levels or has a name \
                 twice in one object, or a header is not of its form. Correct it; repeating it is of no use.",
            ),
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Not authenticated",
                "There is no API key in the Authorization header, or it is unknown, expired or revoked.",
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "Not allowed",
                "The API key is good, and lacks the scope that this needs. Use, or ask for, one that has it.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "not_found",
                "Not found",
                "There is no such route, or nothing by that id belongs to this tenant.",
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
                "The Accept header rules out the only media type that there is: JSON for the API, HTML for its pages.",
            ),
            Self::Conflict => (
                StatusCode::CONFLICT,
                "conflict",
                "Conflict",
                "The thing is in a state that does not allow this; `detail` says which. Read it, and decide again: \
                 repeating the request is of no use.",
            ),
            Self::LimitReached => (
                StatusCode::CONFLICT,
                "limit_reached",
                "Limit reached",
                "The tenant has as many of something as it may. Remove some first.",
            ),
            Self::RequestInProgress => (
                StatusCode::CONFLICT,
                "request_in_progress",
                "Request in progress",
                "The first request under this Idempotency-Key has not ended. Repeat it after Retry-After seconds.",
            ),
            Self::Gone => (
                StatusCode::GONE,
                "gone",
                "Gone",
                "It was deleted. It is remembered for a week, then it is not_found.",
            ),
            Self::PreconditionFailed => (
                StatusCode::PRECONDITION_FAILED,
                "precondition_failed",
                "Precondition failed",
                "The thing has changed since the ETag in If-Match was read, or while it was being changed. Read it \
                 again, and decide again.",
            ),
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "Body too large",
                "The body is larger than the API takes. Files do not go through it: announce them, and send them \
                 to the storage.",
            ),
            Self::UriTooLong => (
                StatusCode::URI_TOO_LONG,
                "uri_too_long",
                "URI too long",
                "The path or the query is longer than any that this API has a use for.",
            ),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Unsupported media type",
                "The body must be JSON, sent with Content-Type: application/json and no Content-Encoding.",
            ),
            Self::Invalid => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Invalid fields",
                "Fields or parameters are missing, unknown, of a wrong type or out of bounds. `errors` has one entry \
                 for each, with a JSON pointer (`/limit` for the parameter `limit`), and for a name that is nearly \
                 right the `suggestion` of the right one.",
            ),
            Self::IdempotencyKeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "Idempotency-Key reused",
                "The key came with another request before. A key names one request: use a new one for a new request.",
            ),
            Self::RateLimited => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many requests",
                "A limit of requests is used up. RateLimit-Policy says which limits there are, RateLimit what is left \
                 of them, Retry-After when to try again, in seconds.",
            ),
            Self::TooManyUploadsInFlight => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_uploads_in_flight",
                "Too many uploads in flight",
                "The tenant has as many uploads that were announced and have not ended as it may have at once. Finish, \
                 abort or delete some, or try again after Retry-After seconds. `GET /v1/usage` says how many there are.",
            ),
            Self::TooManyBytesInFlight => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_bytes_in_flight",
                "Too many bytes in flight",
                "With this upload, those that were announced and have not ended would be larger together than they may \
                 be. Finish, abort or delete some, or try again after Retry-After seconds.",
            ),
            Self::StorageFull => (
                StatusCode::TOO_MANY_REQUESTS,
                "storage_full",
                "Storage full",
                "With this upload the tenant would have more stored than it may. Delete uploads: their room is \
                 free once their objects are gone, mostly within a minute. `GET /v1/usage` says what is stored.",
            ),
            Self::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers_too_large",
                "Headers too large",
                "All headers together are larger than the API takes.",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side",
                "The cause is in the log, under the request_id. Repeat the request, with the same Idempotency-Key if \
                 it changes something.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Unavailable",
                "Something that the API stands on does not answer. Try again in a moment.",
            ),
        }
    }
}

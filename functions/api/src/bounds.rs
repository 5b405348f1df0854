//! How large a request may be. API Gateway has bounds of its own, which are larger.

pub const BODY_BYTES_MAX: usize = 64 * 1024;
pub const PATH_BYTES_MAX: usize = 1024;
pub const QUERY_BYTES_MAX: usize = 4096;
/// Names and values of all headers together.
pub const HEADERS_BYTES_MAX: usize = 8 * 1024;

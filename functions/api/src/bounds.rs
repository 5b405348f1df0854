//! How large a request may be. API Gateway has bounds of its own, which are larger.

/// The bound of a route that says no other.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The bound of a job: a body of 256 KiB in base 64, and the rest.
pub const JOB_BYTES_MAX: usize = 512 * 1024;
/// The bound of jobs that are submitted together. No route takes more.
pub const JOBS_BYTES_MAX: usize = 1024 * 1024;
pub const PATH_BYTES_MAX: usize = 1024;
pub const QUERY_BYTES_MAX: usize = 4096;
/// Names and values of all headers together.
pub const HEADERS_BYTES_MAX: usize = 8 * 1024;

//! One request and answer type for every emulated service: whole bodies, bounded by [`BODY_BYTES_MAX`].

use bytes::Bytes;

/// No body that reaches the local stack may be larger: one part of a multipart upload, with room.
pub const BODY_BYTES_MAX: usize = 128 * 1024 * 1024;

pub type Request = http::Request<Bytes>;
pub type Response = http::Response<Bytes>;

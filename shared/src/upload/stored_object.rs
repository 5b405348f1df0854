//! The object that was really stored, compared with the announced one.

use crate::image;

use super::{Rejection, Upload, image_format};

/// An object as it lies in the bucket.
#[derive(Clone, Debug)]
pub struct StoredObject {
    pub etag: String,
    pub size_bytes: u64,
    /// In hexadecimal, when S3 verified one.
    pub sha256: Option<String>,
    /// `Content-Encoding`, which whoever sends the bytes may add to a signed request.
    pub content_encoding: Option<String>,
    /// The first bytes of the object, at most [`StoredObject::HEAD_BYTES_MAX`].
    pub head: Vec<u8>,
}

impl StoredObject {
    /// Enough to find the dimensions behind the metadata that cameras write.
    pub const HEAD_BYTES_MAX: u64 = 64 * 1024;
}

/// The outcome of an inspection.
#[derive(Clone, Debug, PartialEq)]
pub enum Inspection {
    Accepted,
    Rejected(Rejection),
}

/// Compares what arrived with what was announced, from the first bytes alone: nothing is decoded.
pub fn inspect(upload: &Upload, object: &StoredObject) -> Inspection {
    if object.size_bytes != upload.size_bytes {
        let detail = format!("{} bytes were announced, {} arrived", upload.size_bytes, object.size_bytes);
        return Inspection::Rejected(Rejection::new("size_mismatch", detail));
    }
    // A browser would unpack it to any size, and to other bytes than those that are inspected here.
    if object.content_encoding.as_deref().is_some_and(|encoding| !encoding.is_empty()) {
        let detail = "the file was sent with a Content-Encoding; send it without one";
        return Inspection::Rejected(Rejection::new("encoding_not_allowed", detail));
    }
    // A job verifies a file that came in parts, and one for which S3 reports no digest.
    let is_reported = !upload.must_be_verified() && !upload.is_unverified_by(object);
    if upload.sha256.is_some() && is_reported && upload.sha256 != object.sha256 {
        let detail = "the SHA-256 of the bytes that arrived is not the announced one";
        return Inspection::Rejected(Rejection::new("checksum_mismatch", detail));
    }
    if image_format(&upload.content_type).is_none() {
        return Inspection::Accepted;
    }
    inspect_image(&upload.content_type, &object.head)
}

/// Which of the known images it is does not matter: names go astray, and the bytes say what they are.
fn inspect_image(announced: &str, head: &[u8]) -> Inspection {
    if image::sniff(head).is_none() {
        let detail = format!("{announced} was announced, but the bytes are no image that Millrace knows");
        return Inspection::Rejected(Rejection::new("type_mismatch", detail));
    }
    match image::read_header(head) {
        // Where the dimensions lie further in, decoding will find them, under the same bounds.
        Ok(_) => Inspection::Accepted,
        Err(error) => Inspection::Rejected(Rejection::new(error.code(), error.to_string())),
    }
}

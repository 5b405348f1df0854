//! What really arrived, held against what was announced.

use crate::image::{self, SourceFormat};

use super::{Rejection, Upload, image_format};

/// An object as it lies in the bucket.
#[derive(Clone, Debug)]
pub struct StoredObject {
    pub etag: String,
    pub size_bytes: u64,
    /// In hexadecimal, when S3 verified one.
    pub sha256: Option<String>,
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
    // What came in parts is verified by a job: S3 knows no digest of the whole.
    if upload.sha256.is_some() && !upload.must_be_verified() && upload.sha256 != object.sha256 {
        let detail = "the SHA-256 of the bytes that arrived is not the announced one";
        return Inspection::Rejected(Rejection::new("checksum_mismatch", detail));
    }
    let Some(announced) = image_format(&upload.content_type) else {
        return Inspection::Accepted;
    };
    inspect_image(announced, &object.head)
}

fn inspect_image(announced: SourceFormat, head: &[u8]) -> Inspection {
    let found = image::sniff(head);
    if found != Some(announced) {
        let found = found.map_or("no image that Millrace knows", SourceFormat::content_type);
        let detail = format!("{} was announced, the bytes are {found}", announced.content_type());
        return Inspection::Rejected(Rejection::new("type_mismatch", detail));
    }
    match image::read_header(head) {
        // Where the dimensions lie further in, decoding will tell, under the same bounds.
        Ok(_) => Inspection::Accepted,
        Err(error) => Inspection::Rejected(Rejection::new(error.code(), error.to_string())),
    }
}

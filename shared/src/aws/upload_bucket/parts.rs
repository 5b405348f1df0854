//! Uploads that come in parts. S3 keeps the parts apart until they are completed; then there is an object, and an event.

use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;

use super::{SignedPut, UploadBucket, for_the_client, signing};
use crate::aws::fault;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::upload::{Multipart, StoredPart, Upload, key};

/// S3 answers at most this many parts at once.
const PAGE_PARTS_MAX: u32 = 1000;

/// The outcome of completing an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The object is there.
    Done,
    /// S3 knows no such upload (any more), or there is an object already.
    Gone,
    /// Another request completes the same upload.
    UnderWay,
    /// The parts are no longer those that were chosen.
    OtherParts,
}

impl UploadBucket {
    /// Has S3 take the upload in parts, and answers what S3 calls it.
    ///
    /// It asks for no checksum of a kind that every part would have to bring, which no presigned client does: S3 then
    /// keeps a CRC-64 of the whole by itself.
    pub async fn begin_parts(&self, upload: &Upload) -> Result<String, Fault> {
        let doing = "beginning a multipart upload";
        let create = self.client.create_multipart_upload().bucket(&self.name).key(key(upload));
        let created = create.content_type(&upload.content_type).send().await.map_err(fault(doing))?;
        created.upload_id.ok_or_else(|| Fault::new(doing, "S3 named no upload"))
    }

    /// Signs a PUT of one part with exactly this length.
    pub async fn sign_part(
        &self,
        upload: &Upload,
        parts: &Multipart,
        (number, bytes): (u32, u64),
        now: Timestamp,
        life: Duration,
    ) -> Result<SignedPut, Fault> {
        let part = self.client.upload_part().bucket(&self.name).key(key(upload));
        let part = part.upload_id(&parts.s3_upload_id).part_number(i32::try_from(number).unwrap_or(0));
        let part = part.content_length(i64::try_from(bytes).unwrap_or(i64::MAX));
        let signed = part.presigned(signing(now, life)?).await.map_err(fault("signing a part"))?;
        Ok(for_the_client(&signed))
    }

    /// Stores one part of a file that Millrace sends itself.
    pub async fn put_part(
        &self,
        upload: &Upload,
        parts: &Multipart,
        number: u32,
        bytes: Bytes,
    ) -> Result<StoredPart, Fault> {
        const DOING: &str = "storing a part";
        let size_bytes = bytes.len() as u64;
        let put =
            self.client.upload_part().bucket(&self.name).key(key(upload)).upload_id(&parts.s3_upload_id);
        let put = put.part_number(i32::try_from(number).map_err(fault(DOING))?).body(bytes.into());
        let stored = put.send().await.map_err(fault(DOING))?;
        let etag = stored.e_tag.ok_or_else(|| Fault::new(DOING, "S3 named no ETag"))?;
        Ok(StoredPart { number, etag: etag.trim_matches('"').to_owned(), size_bytes })
    }

    /// The parts that arrived whose numbers are `from` or more, at most `limit`, in order; `None` when S3 knows no such
    /// upload: it was completed or aborted.
    pub async fn stored_parts(
        &self,
        upload: &Upload,
        parts: &Multipart,
        from: u32,
        limit: u32,
    ) -> Result<Option<Vec<StoredPart>>, Fault> {
        let mut arrived: Vec<StoredPart> = Vec::new();
        let mut after = from.saturating_sub(1);
        while let Some(missing) = limit.checked_sub(arrived.len() as u32).filter(|missing| *missing > 0) {
            let list = self.client.list_parts().bucket(&self.name).key(key(upload));
            let list = list.upload_id(&parts.s3_upload_id).part_number_marker(after.to_string());
            let list = list.max_parts(i32::try_from(missing.min(PAGE_PARTS_MAX)).unwrap_or(1));
            let page = match list.send().await {
                Ok(page) => page,
                Err(error) if is_gone(&error) => return Ok(None),
                Err(error) => return Err(fault("listing the parts")(error)),
            };
            arrived.extend(page.parts().iter().filter_map(arrived_part));
            match arrived.last() {
                Some(last) if page.is_truncated() == Some(true) => after = last.number,
                _ => break,
            }
        }
        Ok(Some(arrived))
    }

    /// Has S3 make the object out of these parts. There must be none yet.
    pub async fn complete_parts(
        &self,
        upload: &Upload,
        parts: &Multipart,
        chosen: &[StoredPart],
    ) -> Result<Completion, Fault> {
        let chosen = chosen.iter().map(|part| {
            let number = i32::try_from(part.number).unwrap_or(0);
            CompletedPart::builder().part_number(number).e_tag(format!("\"{}\"", part.etag)).build()
        });
        let chosen = CompletedMultipartUpload::builder().set_parts(Some(chosen.collect())).build();
        let complete = self.client.complete_multipart_upload().bucket(&self.name).key(key(upload));
        let complete = complete.upload_id(&parts.s3_upload_id).multipart_upload(chosen).if_none_match("*");
        match complete.send().await {
            Ok(_) => Ok(Completion::Done),
            // S3 may say 200 before it knows, and tell of a failure in the body: the SDK reads that as the error it is.
            Err(error) => match code(&error) {
                Some("NoSuchUpload" | "PreconditionFailed") => Ok(Completion::Gone),
                Some("ConditionalRequestConflict" | "OperationAborted") => Ok(Completion::UnderWay),
                Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall") => Ok(Completion::OtherParts),
                _ => Err(fault("completing the multipart upload")(error)),
            },
        }
    }

    /// Removes all parts, if the upload comes in parts; harmless when they are gone, or have become an object.
    pub async fn abort_parts(&self, upload: &Upload) -> Result<(), Fault> {
        let Some(parts) = &upload.multipart else { return Ok(()) };
        let abort = self.client.abort_multipart_upload().bucket(&self.name).key(key(upload));
        match abort.upload_id(&parts.s3_upload_id).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(fault("aborting the multipart upload")(error)),
        }
    }
}

fn key(upload: &Upload) -> String {
    key::original(&upload.tenant, &upload.id)
}

fn arrived_part(part: &aws_sdk_s3::types::Part) -> Option<StoredPart> {
    Some(StoredPart {
        number: part.part_number().and_then(|number| u32::try_from(number).ok())?,
        etag: part.e_tag()?.trim_matches('"').to_owned(),
        size_bytes: part.size().and_then(|size| u64::try_from(size).ok())?,
    })
}

fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error) == Some("NoSuchUpload")
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

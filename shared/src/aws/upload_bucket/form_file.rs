//! Files that forms send. A form can be sent again while its policy lives, so what it sends is no original yet.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::ChecksumAlgorithm;

use super::UploadBucket;
use crate::aws::fault;
use crate::error::Fault;
use crate::upload::{Upload, key};

impl UploadBucket {
    /// Makes the file that a form sent the original, unless there is an original already, and removes it where it was sent
    /// to; harmless when repeated.
    ///
    /// S3 makes the copy at once or not at all, and only one: whatever the form sends later, the original stays as it is.
    /// Nobody but the functions can write its key. S3 computes the copy's own SHA-256 if one was declared.
    pub async fn keep_form_file(&self, upload: &Upload) -> Result<(), Fault> {
        let (tenant, id) = (&upload.tenant, &upload.id);
        let source = format!("{}/{}", self.name, key::form_file(tenant, id));
        let copy = self.client.copy_object().bucket(&self.name).key(key::original(tenant, id));
        let copy = copy.copy_source(source).if_none_match("*");
        let sha256 = upload.sha256.as_ref().map(|_| ChecksumAlgorithm::Sha256);
        match copy.set_checksum_algorithm(sha256).send().await {
            Ok(_) => {}
            Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some("PreconditionFailed") => {}
                Some("NoSuchKey") => return Ok(()),
                _ => return Err(fault("copying the file that a form sent")(error)),
            },
        }
        self.remove_form_file(upload).await
    }

    /// Removes the file that a form sent; harmless when it is gone.
    pub async fn remove_form_file(&self, upload: &Upload) -> Result<(), Fault> {
        self.remove(&key::form_file(&upload.tenant, &upload.id)).await
    }
}

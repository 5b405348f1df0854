//! The bucket: originals under `uploads/`, derivatives under `derived/`.

mod form;
mod form_file;
mod parts;
mod stored;

pub use form::SignedForm;
pub use parts::Completion;
pub use stored::StoredPage;

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, Delete, ObjectIdentifier};
use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;

use crate::aws::fault;
use crate::clock::Timestamp;
use crate::config::AwsConfig;
use crate::download::{Download, Method};
use crate::error::Fault;
use crate::upload::{StoredObject, Upload, key};

/// Headers that every client sends by itself, and those that the SDK adds for its own sake.
const NOT_FOR_THE_CLIENT: [&str; 3] = ["host", "content-length", "x-amzn-trace-id"];

/// Objects under a prefix are removed in this many pages of a thousand at a time.
const REMOVED_PAGES_MAX: usize = 10;

#[derive(Clone, Debug)]
pub struct UploadBucket {
    client: Client,
    name: String,
    /// Signs what the SDK does not.
    aws: AwsConfig,
}

/// A request that a client sends to S3 itself.
#[derive(Clone, Debug)]
pub struct SignedPut {
    pub url: String,
    /// The headers that the client must send besides the length, which every client sends by itself.
    pub headers: Vec<(String, String)>,
}

/// The outcome of reading an object.
#[derive(Clone, Debug)]
pub enum Fetched {
    Bytes(Bytes),
    /// It is gone, or it is not the one that was asked for.
    Gone,
}

impl UploadBucket {
    pub fn new(client: Client, name: &str, aws: &AwsConfig) -> Self {
        Self { client, name: name.to_owned(), aws: aws.clone() }
    }

    /// Signs a PUT of exactly what the upload announced: length, type, checksum, and only once.
    pub async fn sign_put(
        &self,
        upload: &Upload,
        now: Timestamp,
        life: Duration,
    ) -> Result<SignedPut, Fault> {
        let key = key::original(&upload.tenant, &upload.id);
        let mut put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(&upload.content_type)
            .content_length(i64::try_from(upload.size_bytes).unwrap_or(i64::MAX))
            .if_none_match("*");
        if let Some(sha256) = &upload.sha256 {
            put = put.checksum_sha256(hex_to_base64(sha256));
        }
        let signed = put.presigned(signing(now, life)?).await.map_err(fault("signing the upload"))?;
        Ok(for_the_client(&signed))
    }

    /// A URL that reads one object until `life` is over.
    pub async fn sign_get(&self, key: &str, now: Timestamp, life: Duration) -> Result<String, Fault> {
        let get = self.client.get_object().bucket(&self.name).key(key);
        let signed = get.presigned(signing(now, life)?).await.map_err(fault("signing a download"))?;
        Ok(signed.uri().to_owned())
    }

    /// A URL for one request that hands out an object: its signature is good for that method alone, and for any range.
    pub async fn sign_download(
        &self,
        key: &str,
        download: &Download,
        method: Method,
        now: Timestamp,
    ) -> Result<String, Fault> {
        const DOING: &str = "signing a download";
        let signing = signing(now, download.life)?;
        let signed = match method {
            Method::Head => {
                let head = self.client.head_object().bucket(&self.name).key(key);
                head.presigned(signing).await.map_err(fault(DOING))?
            }
            Method::Get => {
                let get = self.client.get_object().bucket(&self.name).key(key);
                let get = get
                    .response_content_disposition(download.content_disposition())
                    .response_content_type(&download.content_type)
                    .response_cache_control(download.cache_control());
                get.presigned(signing).await.map_err(fault(DOING))?
            }
        };
        Ok(signed.uri().to_owned())
    }

    /// Returns the object at `key`, with its first bytes; `None` when there is none.
    pub async fn probe(&self, key: &str) -> Result<Option<StoredObject>, Fault> {
        let head = self.client.head_object().bucket(&self.name).key(key).checksum_mode(ChecksumMode::Enabled);
        let head = match head.send().await {
            Ok(head) => head,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => {
                return Ok(None);
            }
            Err(error) => return Err(fault("probing the original")(error)),
        };
        let size_bytes = head.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
        let etag = head.e_tag().unwrap_or_default().to_owned();
        let first = if size_bytes == 0 {
            Fetched::Bytes(Bytes::new())
        } else {
            let range = format!("bytes=0-{}", StoredObject::HEAD_BYTES_MAX - 1);
            self.read(key, Some(&etag), Some(range)).await?
        };
        let Fetched::Bytes(first) = first else {
            return Ok(None);
        };
        Ok(Some(StoredObject {
            etag,
            size_bytes,
            sha256: head.checksum_sha256().and_then(base64_to_hex),
            content_encoding: head.content_encoding().map(str::to_owned),
            head: first.to_vec(),
        }))
    }

    /// Whether anything lies at the upload's own key.
    pub async fn has_original(&self, upload: &Upload) -> Result<bool, Fault> {
        let key = key::original(&upload.tenant, &upload.id);
        match self.client.head_object().bucket(&self.name).key(key).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Err(error) => Err(fault("looking for the original")(error)),
        }
    }

    /// The original's size in bytes, if it still is the one with this ETag.
    pub async fn size_of(&self, key: &str, etag: &str) -> Result<Option<u64>, Fault> {
        const GONE: [u16; 2] = [404, 412];
        match self.client.head_object().bucket(&self.name).key(key).if_match(etag).send().await {
            Ok(head) => Ok(head.content_length().and_then(|length| u64::try_from(length).ok())),
            Err(error) if error.raw_response().is_some_and(|raw| GONE.contains(&raw.status().as_u16())) => {
                Ok(None)
            }
            Err(error) => Err(fault("reading the original's size")(error)),
        }
    }

    /// The original's bytes from `first` to `last`, if it still is the one with this ETag.
    pub async fn read_range(&self, key: &str, etag: &str, first: u64, last: u64) -> Result<Fetched, Fault> {
        self.read(key, Some(etag), Some(format!("bytes={first}-{last}"))).await
    }

    /// The whole original, if it still is the one with this ETag.
    pub async fn read_original(&self, key: &str, etag: &str) -> Result<Fetched, Fault> {
        self.read(key, Some(etag), None).await
    }

    /// All of what a step made.
    pub async fn read_derivative(&self, key: &str) -> Result<Fetched, Fault> {
        self.read(key, None, None).await
    }

    async fn read(&self, key: &str, etag: Option<&str>, range: Option<String>) -> Result<Fetched, Fault> {
        const GONE: [&str; 2] = ["NoSuchKey", "PreconditionFailed"];
        let get = self.client.get_object().bucket(&self.name).key(key).set_range(range);
        let get = get.set_if_match(etag.map(str::to_owned));
        let got = match get.send().await {
            Ok(got) => got,
            Err(error) => {
                let code = error.as_service_error().and_then(|error| error.meta().code());
                if code.is_some_and(|code| GONE.contains(&code)) {
                    return Ok(Fetched::Gone);
                }
                return Err(fault("reading an object")(error));
            }
        };
        let body = got.body.collect().await.map_err(fault("reading an object's bytes"))?;
        Ok(Fetched::Bytes(body.into_bytes()))
    }

    /// Stores an original that Millrace fetched itself, unless there is one already. S3 verifies its SHA-256, and keeps it.
    pub async fn put_original(&self, upload: &Upload, body: Bytes, sha256: &str) -> Result<(), Fault> {
        let key = key::original(&upload.tenant, &upload.id);
        let put = self.client.put_object().bucket(&self.name).key(key).content_type(&upload.content_type);
        let put = put.if_none_match("*").checksum_sha256(hex_to_base64(sha256)).body(body.into());
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 412) => Ok(()),
            Err(error) => Err(fault("storing the original")(error)),
        }
    }

    /// Stores a derivative; the same key always gets the same bytes, so a repeat changes nothing.
    pub async fn put_derivative(&self, key: &str, content_type: &str, body: Vec<u8>) -> Result<(), Fault> {
        let put = self.client.put_object().bucket(&self.name).key(key).content_type(content_type);
        put.body(ByteStream::from(body)).send().await.map_err(fault("storing the derivative"))?;
        Ok(())
    }

    /// Removes an object; harmless when it is gone.
    pub async fn remove(&self, key: &str) -> Result<(), Fault> {
        let delete = self.client.delete_object().bucket(&self.name).key(key);
        delete.send().await.map_err(fault("removing an object"))?;
        Ok(())
    }

    /// Removes all that is stored of an original; harmless when repeated.
    ///
    /// The parts, or the file that a form sent, go first: once they are gone, nothing can become the original any more.
    pub async fn remove_original(&self, upload: &Upload) -> Result<(), Fault> {
        self.abort_parts(upload).await?;
        if upload.form {
            self.remove_form_file(upload).await?;
        }
        self.remove(&key::original(&upload.tenant, &upload.id)).await
    }

    /// Removes the objects whose keys begin with `prefix`, up to a bound; `false` when some may be left.
    pub async fn remove_under(&self, prefix: &str) -> Result<bool, Fault> {
        const DOING: &str = "removing objects";
        for _ in 0..REMOVED_PAGES_MAX {
            let list = self.client.list_objects_v2().bucket(&self.name).prefix(prefix);
            let page = list.send().await.map_err(fault("listing objects"))?;
            let keys = page.contents().iter().filter_map(|object| object.key());
            let named: Result<Vec<_>, _> =
                keys.map(|key| ObjectIdentifier::builder().key(key).build()).collect();
            let named = named.map_err(fault(DOING))?;
            if named.is_empty() {
                return Ok(true);
            }
            let delete = Delete::builder().set_objects(Some(named)).quiet(true).build();
            let delete = delete.map_err(fault(DOING))?;
            let request = self.client.delete_objects().bucket(&self.name).delete(delete);
            let answer = request.send().await.map_err(fault(DOING))?;
            if let Some(error) = answer.errors().first() {
                return Err(Fault::new(DOING, error.code().unwrap_or("an object stays").to_owned()));
            }
            if !page.is_truncated().unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn for_the_client(signed: &PresignedRequest) -> SignedPut {
    let headers = signed.headers().filter(|(name, _)| !NOT_FOR_THE_CLIENT.contains(name));
    SignedPut {
        url: signed.uri().to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn signing(now: Timestamp, life: Duration) -> Result<PresigningConfig, Fault> {
    let start = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
    let config = PresigningConfig::builder().start_time(start).expires_in(life).build();
    config.map_err(fault("choosing the life of a signature"))
}

fn hex_to_base64(hex: &str) -> String {
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    BASE64_STANDARD.encode(bytes)
}

fn base64_to_hex(base64: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

//! S3 for the local stack: `s3s` speaks the protocol and verifies signatures, an own small store keeps the
//! objects.
//!
//! A request passes [`cors`], then [`admission`] (what `s3s` does not judge of a signature, time above all),
//! then `s3s` itself, which calls one of the [`operations`] over the [`store`]. An upload that has a reader
//! leaves a [`Notification`] in the same transaction as its object.

mod admission;
mod checksum;
mod conditions;
mod cors;
mod date;
mod error;
mod event;
mod form;
mod operations;
mod signature;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ::http::{Method, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Error, S3Result, s3_error};
use shared::clock::{Clock, Timestamp};

use crate::http::{BODY_BYTES_MAX, Request, Response};
use crate::state::{self, State};

use operations::Operations;
use store::Store;

pub use cors::CorsRule;
pub use form::{end as form_end, field as form_field};
pub use store::buckets::BucketSettings;
pub use store::notifications::Notification;

/// The region that buckets say they are in.
pub const REGION: &str = "us-east-1";

/// The emulated service. Clones share their objects.
#[derive(Clone)]
pub struct S3 {
    service: S3Service,
    store: Arc<Store>,
    clock: Clock,
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("S3")
    }
}

impl S3 {
    /// Opens the store that `state` holds. `credentials` gives the secret key of an access key ID, if there
    /// is one.
    pub fn open(
        state: &State,
        clock: Clock,
        credentials: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> state::Result<S3> {
        let store = Arc::new(Store::open(state)?);
        let mut builder =
            S3ServiceBuilder::new(Operations { store: Arc::clone(&store), clock: clock.clone() });
        builder.set_auth(Credentials(credentials));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(protocol_limits()))));
        Ok(S3 { service: builder.build(), store, clock })
    }

    /// Makes the bucket, or gives it these settings if it exists.
    pub fn create_bucket(&self, settings: BucketSettings) -> state::Result<()> {
        let now = self.clock.now();
        Ok(self.store.change(|index, _| store::buckets::put(index, &settings, now))?)
    }

    /// Handles one request for `/bucket/key`. Whatever goes wrong is an S3 error in the response.
    pub async fn call(&self, request: Request) -> Response {
        let rules = match self.cors_rules(&request) {
            Ok(rules) => rules,
            Err(error) => return refuse(error::Error::Fault(error).into()),
        };
        if request.method() == Method::OPTIONS {
            return cors::preflight(&request, &rules).unwrap_or_else(refuse);
        }
        let is_head = request.method() == Method::HEAD;
        let cors_headers = cors::response_headers(&request, &rules);
        let mut response = self.answer(request).await.unwrap_or_else(refuse);
        if is_head || response.status() == StatusCode::NOT_MODIFIED {
            *response.body_mut() = Bytes::new();
        }
        response.headers_mut().extend(cors_headers);
        response
    }

    /// The notifications to deliver by `now`, oldest first.
    pub fn due_notifications(&self, now: Timestamp, limit: usize) -> state::Result<Vec<Notification>> {
        Ok(self.store.read(|index| store::notifications::due(index, now, limit))?)
    }

    /// Forgets a notification that was delivered or given up.
    pub fn notification_done(&self, id: i64) -> state::Result<()> {
        Ok(self.store.change(|index, _| store::notifications::remove(index, id))?)
    }

    /// Puts a notification off until `due_at`, after `attempts` failed ones.
    pub fn notification_retry(&self, id: i64, attempts: u32, due_at: Timestamp) -> state::Result<()> {
        Ok(self.store.change(|index, _| store::notifications::put_off(index, id, attempts, due_at))?)
    }

    /// When the next pending notification is due.
    pub fn next_notification_at(&self) -> state::Result<Option<Timestamp>> {
        Ok(self.store.read(store::notifications::next_due)?)
    }

    /// Waits for a notification added since the last call. Meant for one delivery loop.
    pub async fn changed(&self) {
        self.store.changed().await;
    }

    /// The keys of every object of the bucket, in order.
    pub fn keys(&self, bucket: &str) -> state::Result<Vec<String>> {
        Ok(self.store.read(|index| store::objects::keys(index, bucket))?)
    }

    /// The names of the multipart uploads of the bucket that are neither completed nor aborted.
    pub fn open_uploads(&self, bucket: &str) -> state::Result<Vec<String>> {
        let uploads = self.store.read(|index| store::uploads::list(index, bucket))?;
        Ok(uploads.iter().map(store::uploads::Upload::name).collect())
    }

    async fn answer(&self, request: Request) -> S3Result<Response> {
        let request = admission::admit(request, self.clock.now())?;
        let response = self.service.call(request.map(s3s::Body::from)).await;
        let (parts, body) = response.map_err(|error| internal_error(error.into()))?.into_parts();
        let body = body.collect().await.map_err(internal_error)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }

    fn cors_rules(&self, request: &Request) -> state::Result<Vec<CorsRule>> {
        if !request.headers().contains_key(header::ORIGIN) {
            return Ok(Vec::new());
        }
        let bucket = request.uri().path().split('/').nth(1).unwrap_or_default();
        let settings = self.store.read(|index| store::buckets::find(index, bucket))?;
        Ok(settings.map(|settings| settings.cors).unwrap_or_default())
    }
}

struct Credentials<F>(F);

#[async_trait::async_trait]
impl<F: Fn(&str) -> Option<String> + Send + Sync + 'static> S3Auth for Credentials<F> {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        (self.0)(access_key).map(SecretKey::from).ok_or_else(|| {
            s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")
        })
    }
}

fn protocol_limits() -> S3Config {
    let mut limits = S3Config::default();
    limits.presigned_url_max_skew_time_secs = admission::WALL_CLOCK_SKEW_SECS_MAX;
    limits.post_object_max_file_size = BODY_BYTES_MAX as u64;
    // The form arrives as one chunk with its file, and `s3s` holds each chunk to this bound.
    limits.form_max_fields_size = BODY_BYTES_MAX;
    limits
}

fn internal_error(source: s3s::StdError) -> S3Error {
    S3Error::with_source(s3s::S3ErrorCode::InternalError, source)
}

fn refuse(refusal: S3Error) -> Response {
    match refusal.to_http_response() {
        Ok(response) => response.map(|mut body| body.take_bytes().unwrap_or_default()),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an S3 error could not be written as XML"
            );
            let mut response = Response::default();
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

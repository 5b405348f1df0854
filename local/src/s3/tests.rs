//! S3 as a client meets it: every request is signed by the real SDK, and answered by [`S3::call`] in its
//! place.

mod admission;
mod cors;
mod forms;
mod listing;
mod multipart;
mod notifications;
mod objects;
mod persistence;
mod presigned;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::http::StatusCode;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;
use shared::clock::{Clock, Timestamp};

use super::{BucketSettings, CorsRule, S3};
use crate::http::{Request, Response};
use crate::state::{State, TemporaryFolder};

const BUCKET: &str = "uploads";
const ACCESS_KEY: &str = "AKIDLOCAL";
const SECRET_KEY: &str = "local-secret";

/// 2100-01-01: far from the wall clock, so that a test fails which still reads that.
const START: Timestamp = Timestamp::from_millis(4_102_444_800_000);

/// One S3 with one bucket, at a time of its own.
struct World {
    s3: S3,
    clock: Clock,
    client: Client,
}

impl World {
    fn new() -> Self {
        Self::open(&State::Memory, Clock::starting_at(START))
    }

    fn open(state: &State, clock: Clock) -> Self {
        let credentials = |id: &str| (id == ACCESS_KEY).then(|| SECRET_KEY.to_owned());
        let s3 = S3::open(state, clock.clone(), credentials).unwrap();
        s3.create_bucket(bucket_settings()).unwrap();
        let client = client(&s3, &clock, ACCESS_KEY, RequestChecksumCalculation::WhenRequired);
        Self { s3, clock, client }
    }

    async fn put(&self, key: &str, content: &'static [u8]) -> String {
        let put = self.client.put_object().bucket(BUCKET).key(key).body(Bytes::from(content).into());
        put.send().await.unwrap().e_tag.unwrap()
    }

    async fn get(&self, key: &str) -> Bytes {
        let got = self.client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
        got.body.collect().await.unwrap().into_bytes()
    }

    async fn send(&self, request: Request) -> Answer {
        Answer(self.s3.call(request).await)
    }
}

fn bucket_settings() -> BucketSettings {
    BucketSettings {
        name: BUCKET.to_owned(),
        cors: vec![CorsRule {
            allowed_origins: vec!["https://*.example.com".to_owned()],
            allowed_methods: vec!["GET".to_owned(), "PUT".to_owned()],
            allowed_headers: vec!["content-type".to_owned(), "x-amz-*".to_owned()],
            exposed_headers: vec!["ETag".to_owned()],
            max_age_secs: Some(600),
        }],
        notification_prefixes: vec!["in/".to_owned()],
    }
}

fn client(s3: &S3, clock: &Clock, access_key: &str, checksums: RequestChecksumCalculation) -> Client {
    let connector = SharedHttpConnector::new(InProcess(s3.clone()));
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://s3.localhost:9000")
        .force_path_style(true)
        .credentials_provider(Credentials::new(access_key, SECRET_KEY, None, None, "test"))
        .time_source(Moved(clock.clone()))
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .request_checksum_calculation(checksums)
        .http_client(http_client_fn(move |_, _| connector.clone()));
    Client::from_conf(config.build())
}

#[derive(Debug)]
struct InProcess(S3);

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let s3 = self.0.clone();
        HttpConnectorFuture::new(async move {
            let other = |source| ConnectorError::other(source, None);
            let request = request.try_into_http1x().map_err(|source| other(source.into()))?;
            let (mut head, body) = request.into_parts();
            // An HTTP client names the host, which is part of what is signed.
            let host = head.uri.authority().expect("an endpoint").as_str().parse().expect("a host");
            head.headers.insert(::http::header::HOST, host);
            let body = body.collect().await.map_err(other)?.to_bytes();
            let response = s3.call(Request::from_parts(head, body)).await.map(SdkBody::from);
            HttpResponse::try_from(response).map_err(|source| other(source.into()))
        })
    }
}

#[derive(Debug)]
struct Moved(Clock);

impl TimeSource for Moved {
    fn now(&self) -> SystemTime {
        system_time(self.0.now())
    }
}

fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + at.since(Timestamp::from_millis(0))
}

fn presigning(clock: &Clock, lifetime: Duration) -> PresigningConfig {
    PresigningConfig::builder().start_time(system_time(clock.now())).expires_in(lifetime).build().unwrap()
}

/// Returns the request of a client that does as a presigned request says.
fn request(presigned: &PresignedRequest, body: &'static [u8]) -> Request {
    let mut request = ::http::Request::builder().method(presigned.method()).uri(presigned.uri());
    for (name, value) in presigned.headers() {
        request = request.header(name, value);
    }
    request.header("host", "s3.localhost:9000").body(Bytes::from_static(body)).unwrap()
}

struct Answer(Response);

impl Answer {
    fn status(&self) -> StatusCode {
        self.0.status()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name).map(|value| value.to_str().unwrap())
    }

    /// The status and the code of an error in XML.
    fn error(&self) -> (u16, String) {
        let text = String::from_utf8_lossy(self.0.body());
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        (self.status().as_u16(), code.map_or(String::new(), |(code, _)| code.to_owned()))
    }
}

/// The status and the code of an error that the SDK made of an answer.
fn refusal<T, E: ProvideErrorMetadata>(result: Result<T, SdkError<E, HttpResponse>>) -> (u16, String) {
    let Err(error) = result else { panic!("the call succeeded") };
    let status = error.raw_response().expect("an answer").status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

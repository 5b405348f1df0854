//! The public HTTP API, as much of it as the commands need.

mod answer;
mod error;

pub use answer::{Created, Derivative, Upload};
pub use error::ApiError;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use shared::id::UploadId;
use shared::upload::UploadRequest;

use crate::cli::client::Client;

/// Enough for a function's first start on a busy machine.
const PROBE_TIME_MAX: Duration = Duration::from_secs(10);

/// One tenant's view of a stack.
pub struct Api {
    client: Client,
    /// Without a slash at its end.
    url: String,
    key: String,
}

impl Api {
    pub fn new(url: &str, key: &str) -> Self {
        Self { client: Client::new(), url: url.to_owned(), key: key.to_owned() }
    }

    /// Whether an API is there that knows the key, be it out of order. Something else may listen where it did once.
    pub async fn answers(&self) -> bool {
        match tokio::time::timeout(PROBE_TIME_MAX, self.list(1)).await {
            Ok(Ok(_)) => true,
            Ok(Err(ApiError::Refused { status, .. })) => status.is_server_error(),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// `POST /v1/uploads`. Another call with the same `idempotency_key` makes no second upload.
    pub async fn create(&self, request: &UploadRequest, idempotency_key: &str) -> Result<Created, ApiError> {
        let doing = "creating the upload";
        let body = serde_json::to_vec(request).map_err(|source| ApiError::Unreadable { doing, source })?;
        let creation = self
            .request(Method::POST, "/v1/uploads")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", idempotency_key);
        read(doing, &self.send_body(doing, creation, body.into()).await?)
    }

    /// Sends the bytes as the created upload says; nothing if it says that there is nothing to send.
    pub async fn send(&self, created: Created, bytes: Bytes) -> Result<(), ApiError> {
        let Some(signed) = created.request else {
            return Ok(());
        };
        let mut request = Request::builder().method(signed.method.as_str()).uri(signed.url);
        for (name, value) in &signed.headers {
            request = request.header(name, value);
        }
        self.send_body("sending the bytes", request, bytes).await?;
        Ok(())
    }

    /// `GET /v1/uploads/{id}`.
    pub async fn read(&self, id: &UploadId) -> Result<Upload, ApiError> {
        let doing = "asking for the upload";
        read(doing, &self.call(doing, self.request(Method::GET, &format!("/v1/uploads/{id}"))).await?)
    }

    /// `GET /v1/uploads`: the newest page, of at most `limit`.
    pub async fn list(&self, limit: u32) -> Result<Bytes, ApiError> {
        let page = self.request(Method::GET, &format!("/v1/uploads?limit={limit}"));
        Ok(self.call("listing uploads", page).await?.into_body())
    }

    /// Fetches a derivative by the URL that the API signed.
    pub async fn fetch(&self, url: &str) -> Result<Bytes, ApiError> {
        Ok(self.call("fetching a derivative", Request::get(url)).await?.into_body())
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let url = format!("{}{path}", self.url);
        Request::builder()
            .method(method)
            .uri(url)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
    }

    async fn call(
        &self,
        doing: &'static str,
        request: http::request::Builder,
    ) -> Result<Response<Bytes>, ApiError> {
        self.send_body(doing, request, Bytes::new()).await
    }

    async fn send_body(
        &self,
        doing: &'static str,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Bytes>, ApiError> {
        let request = request.body(body).map_err(|source| ApiError::NotARequest { doing, source })?;
        let answer = self.client.send(request).await;
        let answer = answer.map_err(|source| ApiError::NoAnswer { doing, source })?;
        match answer.status() {
            StatusCode::OK | StatusCode::CREATED => Ok(answer),
            status => Err(ApiError::refused(doing, status, answer.body())),
        }
    }
}

fn read<T: DeserializeOwned>(doing: &'static str, answer: &Response<Bytes>) -> Result<T, ApiError> {
    serde_json::from_slice(answer.body()).map_err(|source| ApiError::Unreadable { doing, source })
}

//! The real SDK client, its network replaced by [`Sqs::call`].

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::sqs::{REGION, Sqs};

pub const ACCESS_KEY: &str = "AKIDWORKER";

pub fn of(sqs: &Sqs) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(Credentials::new(ACCESS_KEY, "secret", None, None, "test"))
        .endpoint_url("http://localhost:4000")
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .http_client(Connector(sqs.clone()))
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

#[derive(Clone)]
struct Connector(Sqs);

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sqs = self.0.clone();
        HttpConnectorFuture::new(async move {
            let whole = |body: SdkBody| Bytes::copy_from_slice(body.bytes().expect("the body is in memory"));
            let request = request.try_into_http1x().expect("the SDK makes valid requests").map(whole);
            let response = sqs.call(request).await.map(SdkBody::from);
            Ok(HttpResponse::try_from(response).expect("the answer is a valid response"))
        })
    }
}

//! SDK clients, made by hand: the default loader and the system's certificate files would cost a cold start dearly.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use base64::prelude::{BASE64_STANDARD, Engine};

use crate::clock::Clock;
use crate::config::AwsConfig;

/// The first try and two more: an invocation has a deadline, and its event comes again.
const ATTEMPTS_MAX: u32 = 3;

/// Without bounds of its own, a connection that hangs would hold an invocation until it is killed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// AWS's endpoints chain to these roots, whatever the region of the partition `aws`.
const ROOT_NAMES: [&[u8]; 2] = [b"Amazon Root CA", b"Starfield Services Root Certificate Authority - G2"];

/// A client for each service; making one costs no call.
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub s3: aws_sdk_s3::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub ssm: aws_sdk_ssm::Client,
}

impl Clients {
    pub fn new(config: &AwsConfig, network: SharedHttpClient, clock: Clock) -> Self {
        let shared = shared_config(config, network, clock);
        let s3 = aws_sdk_s3::config::Builder::from(&shared)
            // One bucket, reached at the endpoint's own host when there is one.
            .force_path_style(config.endpoint_url.is_some())
            // Nothing is signed for a client but what is asked for here.
            .request_checksum_calculation(aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(aws_sdk_s3::config::ResponseChecksumValidation::WhenRequired)
            .build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&shared),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&shared),
            ssm: aws_sdk_ssm::Client::new(&shared),
        }
    }
}

fn shared_config(config: &AwsConfig, network: SharedHttpClient, clock: Clock) -> aws_types::SdkConfig {
    // Lambda hands every environment credentials that outlive it: nothing needs to be refreshed.
    let credentials = Credentials::new(
        &config.access_key_id,
        &config.secret_access_key,
        config.session_token.clone(),
        None,
        "environment",
    );
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
    let mut builder = aws_types::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(config.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(network)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
        .timeout_config(timeouts)
        // The invocation's deadline bounds a stalled body, and it needs no timer of its own.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .time_source(SharedTimeSource::new(SdkTime(clock.clone())))
        .sleep_impl(SharedAsyncSleep::new(SdkSleep(clock)));
    builder.set_endpoint_url(config.endpoint_url.clone());
    builder.build()
}

/// The real network: rustls on ring, trusting AWS's own roots, which are compiled in.
pub fn network() -> SharedHttpClient {
    let tls = TlsContext::builder().with_trust_store(trust_store()).build();
    let tls = tls.unwrap_or_else(|error| unreachable!("the roots are compiled in: {error}"));
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https()
}

fn trust_store() -> TrustStore {
    let names = |der: &[u8], name: &[u8]| der.windows(name.len()).any(|window| window == name);
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let amazon = roots.iter().filter(|der| ROOT_NAMES.iter().any(|name| names(der, name)));
    amazon.fold(TrustStore::empty(), |store, der| {
        let encoded = BASE64_STANDARD.encode(der);
        store.with_pem_certificate(format!(
            "-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n"
        ))
    })
}

#[derive(Debug)]
struct SdkTime(Clock);

impl TimeSource for SdkTime {
    fn now(&self) -> SystemTime {
        let millis = u64::try_from(self.0.now().as_millis()).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }
}

/// The SDK's pauses between tries: real ones, but none under a clock that a test moves.
#[derive(Debug)]
struct SdkSleep(Clock);

impl AsyncSleep for SdkSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        if self.0.is_moved_by_hand() {
            return Sleep::new(tokio::task::yield_now());
        }
        TokioSleep::new().sleep(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_five_roots_of_aws_are_compiled_in() {
        let roots = format!("{:?}", trust_store());
        assert_eq!(
            roots.matches("BEGIN CERTIFICATE").count().max(roots.matches("CertificatePEM").count()),
            5
        );
    }
}

//! SDK clients, made by hand: the default loader and the system's certificate files would cost a cold start dearly.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
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

/// How long one try of a call may take. Most calls end within a tenth of it; a connection that nobody answers any more, as
/// after a thaw, costs one try.
const DYNAMODB_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
const SSM_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
const SQS_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// S3's calls take as long as their bytes; this is how long it may be silent before it answers.
const S3_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// All tries of a call together, its pauses included. Within the 29 s of an invocation of api.
const DYNAMODB_CALL_TIMEOUT: Duration = Duration::from_secs(5);
const SSM_CALL_TIMEOUT: Duration = Duration::from_secs(8);
const SQS_CALL_TIMEOUT: Duration = Duration::from_secs(17);
const S3_CALL_TIMEOUT: Duration = Duration::from_secs(25);

/// A body of which nothing comes for so long has stalled.
const BODY_STALLS_AFTER: Duration = Duration::from_secs(5);

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
        // A test pauses a function for as long as it wants, and its calls are then to go on as if they had just been made.
        let has_timeouts = !clock.is_moved_by_hand();
        let timeouts = |attempt, call| {
            let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT);
            if has_timeouts {
                timeouts.operation_attempt_timeout(attempt).operation_timeout(call).build()
            } else {
                timeouts.build()
            }
        };
        let shared = shared_config(config, network, clock);
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared)
            .timeout_config(timeouts(DYNAMODB_ATTEMPT_TIMEOUT, DYNAMODB_CALL_TIMEOUT))
            .build();
        let sqs = aws_sdk_sqs::config::Builder::from(&shared)
            .timeout_config(timeouts(SQS_ATTEMPT_TIMEOUT, SQS_CALL_TIMEOUT))
            .build();
        let ssm = aws_sdk_ssm::config::Builder::from(&shared)
            .timeout_config(timeouts(SSM_ATTEMPT_TIMEOUT, SSM_CALL_TIMEOUT))
            .build();
        let s3_timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(S3_READ_TIMEOUT);
        let s3_timeouts = match has_timeouts {
            true => s3_timeouts.operation_timeout(S3_CALL_TIMEOUT),
            false => s3_timeouts,
        };
        let stalls =
            StalledStreamProtectionConfig::enabled().upload_enabled(false).grace_period(BODY_STALLS_AFTER);
        let s3 = aws_sdk_s3::config::Builder::from(&shared)
            // One bucket, reached at the endpoint's own host when there is one.
            .force_path_style(config.endpoint_url.is_some())
            // Nothing is signed for a client but what is asked for here.
            .request_checksum_calculation(aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(aws_sdk_s3::config::ResponseChecksumValidation::WhenRequired)
            .timeout_config(s3_timeouts.build())
            .stalled_stream_protection(match has_timeouts {
                true => stalls.build(),
                false => StalledStreamProtectionConfig::disabled(),
            })
            .build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            ssm: aws_sdk_ssm::Client::from_conf(ssm),
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
    let mut builder = aws_types::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(config.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(network)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
        // Only S3 has bodies that may stall.
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

/// The SDK's pauses between tries, and its timeouts.
#[derive(Debug)]
struct SdkSleep(Clock);

impl AsyncSleep for SdkSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.0.clone();
        Sleep::new(async move { clock.pause(duration).await })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A DynamoDB that never answers on its first connection, and at once on the next.
    async fn thawed() -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let _black_hole = listener.accept().await.unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 64 * 1024];
            let _ = stream.read(&mut request).await.unwrap();
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(head.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        });
        address
    }

    #[tokio::test]
    async fn a_connection_that_nobody_answers_costs_one_try() {
        let config = AwsConfig {
            region: "us-east-1".to_owned(),
            access_key_id: "a".to_owned(),
            secret_access_key: "s".to_owned(),
            session_token: None,
            endpoint_url: Some(format!("http://{}", thawed().await)),
        };
        let began = tokio::time::Instant::now();
        let clients = Clients::new(&config, network(), Clock::system());
        let key = aws_sdk_dynamodb::types::AttributeValue::S("a".to_owned());
        let read = clients.dynamodb.get_item().table_name("t").key("pk", key).send().await;
        assert!(read.is_ok(), "{read:?}");
        let took = began.elapsed();
        assert!((DYNAMODB_ATTEMPT_TIMEOUT..3 * DYNAMODB_ATTEMPT_TIMEOUT).contains(&took), "{took:?}");
    }

    #[test]
    fn all_five_roots_of_aws_are_compiled_in() {
        let roots = format!("{:?}", trust_store());
        assert_eq!(
            roots.matches("BEGIN CERTIFICATE").count().max(roots.matches("CertificatePEM").count()),
            5
        );
    }
}

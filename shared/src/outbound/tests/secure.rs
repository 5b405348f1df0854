use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use rustls::{RootCertStore, SupportedProtocolVersion};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use super::wire::{get, network, read_head};
use crate::clock::{Clock, Timestamp};
use crate::outbound::{Client, Error, Guard, Network, Response, TlsError};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

static TLS12: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS12];
static TLS13: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate that the authority issued for these names.
fn certificate(authority: &Issuer, names: &[&str]) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_after = rcgen::date_time_ymd(2099, 12, 31);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    (certificate.der().clone(), key.into())
}

struct Server {
    authority: Issuer,
    names: Vec<&'static str>,
    versions: &'static [&'static SupportedProtocolVersion],
    asks_for_certificate: bool,
    answer: &'static [u8],
}

impl Server {
    fn named(name: &'static str) -> Self {
        Self {
            authority: authority(),
            names: vec![name],
            versions: rustls::ALL_VERSIONS,
            asks_for_certificate: false,
            answer: OK,
        }
    }

    /// The network that leads to it, and the authority that issued its certificate.
    fn network(&self) -> Network {
        let (certificate, key) = certificate(&self.authority, &self.names);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_protocol_versions(self.versions).unwrap();
        let config = if self.asks_for_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.authority.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            config.with_client_cert_verifier(verifier)
        } else {
            config.with_no_client_auth()
        };
        let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()));
        let answer = self.answer;
        network(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                read_head(&mut stream).await;
                let _ = stream.write_all(answer).await;
                let _ = stream.flush().await;
            }
        })
    }

    fn trusted_network(&self) -> Network {
        self.network().trusting(self.authority.der().clone())
    }
}

async fn call_at(clock: Clock, network: Network, url: &str) -> Result<Response, Error> {
    Client::new(network, Guard::default(), clock).send(get(url)).await
}

async fn call(network: Network, url: &str) -> Result<Response, Error> {
    call_at(Clock::system(), network, url).await
}

fn tls_error(outcome: Result<Response, Error>) -> TlsError {
    match outcome {
        Err(Error::TlsFailed { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_with_a_trusted_certificate_for_its_name_is_called() {
    for versions in [rustls::ALL_VERSIONS, &TLS12, &TLS13] {
        let server = Server { versions, ..Server::named("example.com") };
        for url in ["https://example.com/", "https://example.com./", "https://EXAMPLE.com:8443/"] {
            let response = call(server.trusted_network(), url).await.unwrap();
            assert_eq!(response.body.whole().await.unwrap(), "hello");
        }
    }
    let by_address = Server::named("93.184.215.14");
    assert!(call(by_address.trusted_network(), "https://93.184.215.14/").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_is_not_valid_is_refused_for_good() {
    let server = Server::named("example.com");
    let of_another = call(server.trusted_network(), "https://www.example.com/").await;
    let of_no_one = call(server.network(), "https://example.com/").await;
    let in_2100 = Clock::starting_at(Timestamp::from_millis(4_102_444_800_000));
    let expired = call_at(in_2100, server.trusted_network(), "https://example.com/").await;
    for outcome in [of_another, of_no_one, expired] {
        let error = tls_error(outcome);
        assert_eq!((error, error.is_permanent()), (TlsError::Certificate, true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_no_certificate_can_have_is_not_called() {
    for url in ["https://a..b/", "https://-/", &format!("https://{}.example/", "a".repeat(64))] {
        let error = call(Server::named("example.com").trusted_network(), url).await.expect_err(url);
        assert!(matches!(error, Error::InvalidUrl(_)), "{url}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_a_certificate_is_refused_for_good() {
    for versions in [rustls::ALL_VERSIONS, &TLS12] {
        let server = Server { asks_for_certificate: true, versions, ..Server::named("example.com") };
        let outcome = call(server.trusted_network(), "https://example.com/").await;
        let error = tls_error(outcome);
        assert!(error.is_permanent(), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_without_tls_is_refused_for_good() {
    let network = network(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP on port 443").await;
        pending::<()>().await;
    });
    assert_eq!(tls_error(call(network, "https://example.com/").await), TlsError::NotTls);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_cut_off_may_succeed_later() {
    let network = network(|stream| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(stream);
    });
    let error = call(network, "https://example.com/").await.unwrap_err();
    assert!(matches!(&error, Error::TlsFailed { error: TlsError::Interrupted, .. }), "{error:?}");
    assert!(error.can_retry());
}

/// Somebody between both could cut it there.
#[tokio::test(start_paused = true)]
async fn a_body_that_ends_with_its_connection_ends_with_a_goodbye_of_tls() {
    let server = Server { answer: b"HTTP/1.1 200 OK\r\n\r\nhello", ..Server::named("example.com") };
    let response = call(server.trusted_network(), "https://example.com/").await.unwrap();
    let error = response.body.whole().await.unwrap_err();
    assert!(matches!(error, Error::BodyCutOff { .. }), "{error:?}");
}

//! TLS to the world: rustls on ring with Mozilla's roots, which are compiled in; TLS 1.2 and 1.3, HTTP/1.1 alone.

use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{fmt, io};

use rustls::RootCertStore;
use rustls::client::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use tokio_rustls::TlsConnector;

use super::error::Error;
use super::network::Stream;
use super::target::{Target, UrlError};
use super::tls_error::TlsError;
use crate::clock::Clock;

/// Makes connections secure. The roots are read at the first use, so that a process without one starts no slower.
#[derive(Clone)]
pub struct Tls {
    clock: Clock,
    roots: Vec<CertificateDer<'static>>,
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Tls {
    pub fn new(roots: Vec<CertificateDer<'static>>, clock: Clock) -> Self {
        Self { clock, roots, config: Arc::default() }
    }

    /// Shakes hands with the target's server and verifies its certificate.
    pub async fn secure(&self, stream: Stream, target: &Target) -> Result<Stream, Error> {
        let name = server_name(target)?;
        let connector = TlsConnector::from(Arc::clone(self.config.get_or_init(|| self.configure())));
        let secured = connector.connect(name, stream).await;
        secured.map(Stream::new).map_err(|source| failure(target.host(), source))
    }

    fn configure(&self) -> Arc<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let time = Arc::new(TlsTime(self.clock.clone()));
        let versions =
            ClientConfig::builder_with_details(provider, time).with_safe_default_protocol_versions();
        let versions = versions.unwrap_or_else(|error| unreachable!("ring speaks TLS 1.2 and 1.3: {error}"));
        let mut roots = RootCertStore::empty();
        let mozillas = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
        roots.add_parsable_certificates(mozillas.chain(self.roots.iter().cloned()));
        let mut config = versions.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

fn server_name(target: &Target) -> Result<ServerName<'static>, UrlError> {
    let name = match target.literal_address() {
        Some(address) => return Ok(ServerName::from(address)),
        None => target.host().trim_end_matches('.').to_owned(),
    };
    ServerName::try_from(name).map_err(|_| UrlError::Malformed)
}

/// Certificates are valid at the time that this clock shows.
#[derive(Debug)]
struct TlsTime(Clock);

impl TimeProvider for TlsTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_secs()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// The failure of a handshake, or of what comes after it because of TLS.
pub fn failure(host: &str, source: io::Error) -> Error {
    let error = cause(&source).map_or(TlsError::Interrupted, TlsError::of);
    Error::TlsFailed { host: host.to_owned(), error, source }
}

/// The error of TLS itself; `None` if the connection failed beneath it.
pub fn cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

//! TLS to the world: rustls on ring with Mozilla's roots, which are compiled in; TLS 1.2 and 1.3, HTTP/1.1 alone.

use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{fmt, io};

use rustls::client::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{AlertDescription, RootCertStore};
use tokio_rustls::TlsConnector;

use super::error::Error;
use super::network::Stream;
use super::target::{Target, UrlError};
use crate::clock::Clock;

/// Makes connections secure. The roots are read at the first use, so that a process without one starts no slower.
#[derive(Clone)]
pub struct Tls {
    clock: Clock,
    roots: Vec<CertificateDer<'static>>,
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

/// Why there is no secure connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsError {
    /// The server's certificate is not valid for it, or not trusted.
    Certificate,
    /// Nothing that both sides speak.
    Incompatible,
    /// The server asks for a certificate of the client's, or refuses the name.
    Refused,
    /// The server does not speak TLS on this port.
    NotTls,
    /// The connection ended within the handshake, or something else went wrong in it.
    Interrupted,
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

impl TlsError {
    fn of(error: &rustls::Error) -> Self {
        use AlertDescription as Alert;
        match error {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Self::Certificate
            }
            rustls::Error::PeerIncompatible(_) | rustls::Error::NoApplicationProtocol => Self::Incompatible,
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            rustls::Error::AlertReceived(alert) => match alert {
                Alert::HandshakeFailure
                | Alert::ProtocolVersion
                | Alert::InsufficientSecurity
                | Alert::NoApplicationProtocol
                | Alert::MissingExtension
                | Alert::UnsupportedExtension => Self::Incompatible,
                Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::CertificateUnknown
                | Alert::AccessDenied
                | Alert::UnrecognisedName => Self::Refused,
                _ => Self::Interrupted,
            },
            _ => Self::Interrupted,
        }
    }

    /// Whether it stays so until somebody changes the server.
    pub const fn is_permanent(self) -> bool {
        !matches!(self, Self::Interrupted)
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => {
                "its certificate is expired, for another name, or not issued by a trusted authority"
            }
            Self::Incompatible => {
                "it supports no protocol version or cipher of TLS 1.2 and 1.3 that is still secure"
            }
            Self::Refused => "it refused the connection, or asks for a client certificate",
            Self::NotTls => "it does not speak TLS on this port",
            Self::Interrupted => "the TLS handshake failed",
        })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

//! The reasons why there is no secure connection, in words for the person who chose the URL.

use std::fmt;

use rustls::AlertDescription;

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

impl TlsError {
    pub fn of(error: &rustls::Error) -> Self {
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

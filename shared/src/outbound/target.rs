//! URLs that may be called: parsed once, into what is sent and dialled.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use http::HeaderValue;
use http::uri::PathAndQuery;
use url::{Host, Url};

/// A longer URL is refused; in characters, as it was given and as it is sent.
pub const URL_CHARS_MAX: usize = 2048;

/// An `http` or `https` URL with a host, without credentials and without a fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    path_and_query: PathAndQuery,
    host_header: HeaderValue,
}

/// Why a URL cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    TooLong,
    /// Not an absolute URL with a valid host and port, or with white space or control characters in it.
    Malformed,
    NotHttp,
    Credentials,
    /// A redirect from `https` to `http`.
    Downgrade,
}

impl Target {
    /// Parses as browsers do: spellings of an IPv4 address such as `0x7f.1` become the address.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::checked(text, Url::parse)
    }

    /// Where a redirect to `location`, absolute or relative, leads from here.
    pub fn redirected(&self, location: &str) -> Result<Self, UrlError> {
        let target = Self::checked(location, |location| self.url.join(location))?;
        if self.is_https() && !target.is_https() {
            return Err(UrlError::Downgrade);
        }
        Ok(target)
    }

    fn checked(
        text: &str,
        parse: impl FnOnce(&str) -> Result<Url, url::ParseError>,
    ) -> Result<Self, UrlError> {
        if text.chars().nth(URL_CHARS_MAX).is_some() {
            return Err(UrlError::TooLong);
        }
        // The parser would skip some of them without a word.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(UrlError::Malformed);
        }
        let mut url = parse(text).map_err(|_| UrlError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.host().is_none() || url.port() == Some(0) {
            return Err(UrlError::Malformed);
        }
        url.set_fragment(None);
        if url.as_str().len() > URL_CHARS_MAX {
            return Err(UrlError::TooLong);
        }
        let path_and_query = url[url::Position::BeforePath..].parse().map_err(|_| UrlError::Malformed)?;
        let host_header = HeaderValue::from_str(url.authority()).map_err(|_| UrlError::Malformed)?;
        Ok(Self { url, path_and_query, host_header })
    }

    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host as it is in the URL: a name in lower case and ASCII, or an address, in brackets if it is IPv6.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The address that the host is, if it is not a name.
    pub fn literal_address(&self) -> Option<IpAddr> {
        match self.url.host()? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }

    pub fn port(&self) -> u16 {
        let of_scheme = if self.is_https() { 443 } else { 80 };
        self.url.port().unwrap_or(of_scheme)
    }

    /// The whole URL. It may hold secrets: don't log it.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether both have the same scheme, host and port. Secret headers must not go to another origin.
    pub fn has_origin_of(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    pub(super) const fn path_and_query(&self) -> &PathAndQuery {
        &self.path_and_query
    }

    /// Host and, unless it is the scheme's, port.
    pub(super) const fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }
}

/// Path and query are left out, because a secret is often part of them.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.url.origin().ascii_serialization())
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the URL has more than {URL_CHARS_MAX} characters"),
            Self::Malformed => {
                f.write_str("the URL is not valid; it must look like https://example.com/file.jpg")
            }
            Self::NotHttp => f.write_str("the URL must start with https:// or http://"),
            Self::Credentials => f.write_str("the URL must not contain a user name or password"),
            Self::Downgrade => f.write_str("the server redirects from https to http, which is not followed"),
        }
    }
}

impl std::error::Error for UrlError {}

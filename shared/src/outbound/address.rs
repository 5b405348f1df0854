//! The address guard: decides which addresses may be dialled. Pure, and asked about each address right before it is dialled.
//!
//! An address that reaches this machine, its network or its cloud's metadata is refused, and so is one that only stands
//! for such an address. In IPv6 nothing is permitted that is not known to be public.

mod embedded;
mod ranges;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses may be dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Lets `127.0.0.0/8` and `::1` through, and nothing else. For development and tests only.
    pub allow_loopback: bool,
}

/// An address that the [`Guard`] permits. Only its [`Guard::judge`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permitted(IpAddr);

/// Why an address may not be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub address: IpAddr,
    /// The IPv4 address that `address` stands for, if that is why it is refused.
    pub stands_for: Option<Ipv4Addr>,
    pub kind: Kind,
}

/// The kinds of addresses that may not be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Unspecified,
    Loopback,
    Private,
    /// Shared by the customers of a provider (RFC 6598).
    CarrierShared,
    LinkLocal,
    UniqueLocal,
    SiteLocal,
    /// Hands out a cloud's credentials.
    Metadata,
    Multicast,
    Broadcast,
    Documentation,
    Benchmarking,
    /// A prefix whose operator alone knows what it stands for (RFC 8215).
    LocalTranslation,
    Reserved,
}

impl Guard {
    /// Permits an address that is public; refuses any other, and any that stands for another.
    pub fn judge(self, address: IpAddr) -> Result<Permitted, Refusal> {
        if self.allow_loopback && is_loopback(address) {
            return Ok(Permitted(address));
        }
        let refused = match address {
            IpAddr::V4(address) => ranges::kind_of_v4(address).map(|kind| (None, kind)),
            IpAddr::V6(address) => judge_v6(address),
        };
        match refused {
            Some((stands_for, kind)) => Err(Refusal { address, stands_for, kind }),
            None => Ok(Permitted(address)),
        }
    }
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => address == Ipv6Addr::LOCALHOST,
    }
}

fn judge_v6(address: Ipv6Addr) -> Option<(Option<Ipv4Addr>, Kind)> {
    let mut embedded = embedded::addresses(address).into_iter();
    let refused = embedded.find_map(|inner| Some((Some(inner), ranges::kind_of_v4(inner)?)));
    refused.or_else(|| ranges::kind_of_v6(address).map(|kind| (None, kind)))
}

impl Permitted {
    pub const fn address(self) -> IpAddr {
        self.0
    }
}

/// A sentence's end for whoever gave the address: "10.0.0.1 is a private address".
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stands_for {
            Some(inner) => write!(f, "{} stands for {inner}, which is {}", self.address, self.kind),
            None => write!(f, "{} is {}", self.address, self.kind),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "no host's address",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::CarrierShared => "an address inside a provider's network",
            Self::LinkLocal => "a link-local address",
            Self::UniqueLocal => "a unique local address",
            Self::SiteLocal => "a site-local address",
            Self::Metadata => "the address of a cloud's metadata",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Documentation => "an address for documentation",
            Self::Benchmarking => "an address for benchmarks",
            Self::LocalTranslation => "an address for local translation to IPv4",
            Self::Reserved => "a reserved address",
        })
    }
}

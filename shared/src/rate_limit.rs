//! Token buckets, leased: what a tenant, an API key or a client's address may ask for in a time.
//!
//! A bucket is spread over [`Pace::shards`] rows of the table, and each row is one number, `full_at`: when the shard
//! will be full again (the generic cell rate algorithm). Taking tokens moves it on, by one conditional write and no
//! read. Each environment takes tokens ahead, as a [`lease::Lease`], and serves what follows from it without a call.
//!
//! Read in this order: [`pace`] (tokens as time), [`shard`] (what an environment believes of a row), [`lease`] (how many
//! tokens it takes ahead), [`holding`] (all of it, for one bucket), [`leases`] (for all buckets), [`headers`].

pub mod headers;
pub mod holding;
pub mod lease;
pub mod leases;
pub mod pace;
pub mod shard;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{digest, encode};
use crate::tenant::Tenant;

pub use leases::Leases;
pub use pace::Pace;

/// Most tokens of a full bucket.
pub const CAPACITY_MAX: u32 = 1_000_000;

/// How fast a bucket refills, in tokens a second.
pub const PER_SECOND_MAX: u32 = 100_000;

/// A rate limit: a bucket of tokens that refills. Each request costs tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Unchecked", deny_unknown_fields)]
#[schemars(!try_from, rename = "RateLimit")]
pub struct Limit {
    /// The tokens of a full bucket.
    #[schemars(range(min = 1, max = CAPACITY_MAX))]
    capacity: u32,
    /// The tokens that come back each second.
    #[schemars(range(min = 1, max = PER_SECOND_MAX))]
    per_second: u32,
}

/// A number of a limit that is out of its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds {
    /// `capacity` or `per_second`.
    pub field: &'static str,
    pub most: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    capacity: u32,
    per_second: u32,
}

impl Limit {
    /// Whether it allows no more than `other`, at once and in the long run.
    pub const fn is_within(self, other: Self) -> bool {
        self.capacity <= other.capacity && self.per_second <= other.per_second
    }

    /// The limit of a tenant for whom nothing else is set.
    pub const OF_TENANT: Self = Self { capacity: 1000, per_second: 100 };

    /// The limit of an address whose requests bear no key.
    pub const OF_ADDRESS: Self = Self { capacity: 100, per_second: 10 };

    /// Checks `capacity` against 1–[`CAPACITY_MAX`] and `per_second` against 1–[`PER_SECOND_MAX`].
    pub fn new(capacity: u32, per_second: u32) -> Result<Self, OutOfBounds> {
        let bounds = [("capacity", capacity, CAPACITY_MAX), ("per_second", per_second, PER_SECOND_MAX)];
        match bounds.into_iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
            Some((field, _, most)) => Err(OutOfBounds { field, most }),
            None => Ok(Self { capacity, per_second }),
        }
    }

    pub const fn capacity(self) -> u32 {
        self.capacity
    }

    pub const fn per_second(self) -> u32 {
        self.per_second
    }
}

impl TryFrom<Unchecked> for Limit {
    type Error = OutOfBounds;

    fn try_from(unchecked: Unchecked) -> Result<Self, OutOfBounds> {
        Self::new(unchecked.capacity, unchecked.per_second)
    }
}

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be from 1 to {}", self.field, self.most)
    }
}

impl std::error::Error for OutOfBounds {}

/// The owner of a bucket's tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    Tenant(Tenant),
    /// One key of a tenant, by what names it in the table.
    ApiKey {
        tenant: Tenant,
        key: String,
    },
    /// The hash of an address: the address itself is stored nowhere.
    Address(String),
}

/// The tokens of one owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bucket {
    pub owner: Owner,
    pub limit: Limit,
}

impl Bucket {
    pub fn of_tenant(tenant: &Tenant, limit: Limit) -> Self {
        Self { owner: Owner::Tenant(tenant.clone()), limit }
    }

    /// Returns the bucket of a key that has a limit of its own; `key` names it in the table, and is no secret.
    pub fn of_api_key(tenant: &Tenant, key: &str, limit: Limit) -> Self {
        Self { owner: Owner::ApiKey { tenant: tenant.clone(), key: key.to_owned() }, limit }
    }

    /// Returns the bucket of a client without a key. An IPv6 network of 64 bits is one client: it has all of it.
    pub fn of_address(address: IpAddr) -> Self {
        let hash = encode(digest(&["address", &network(address).to_string()]));
        Self { owner: Owner::Address(hash), limit: Limit::OF_ADDRESS }
    }

    /// Returns the policy's name in the answer's headers. Public: it never changes.
    pub const fn policy(&self) -> &'static str {
        match self.owner {
            Owner::Tenant(_) => "tenant",
            Owner::ApiKey { .. } => "api-key",
            Owner::Address(_) => "address",
        }
    }

    pub fn pace(&self) -> Pace {
        match self.owner {
            Owner::Address(_) => Pace::of_one_shard(self.limit),
            _ => Pace::of(self.limit),
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.to_ipv4_mapped() {
        Some(v4) => IpAddr::V4(Ipv4Addr::from(v4.octets())),
        None => IpAddr::V6(Ipv6Addr::from(u128::from(v6) >> 64 << 64)),
    }
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// `remaining` estimates what is left of the whole bucket. It is unknown when the table did not answer: the request
    /// passes uncounted.
    Allowed { remaining: Option<u32> },
    /// Not enough is left, and there is no use in asking again before `retry_after`.
    Refused { remaining: u32, retry_after: Duration },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_out_of_bounds_tells_which_bound() {
        assert!(Limit::new(CAPACITY_MAX, PER_SECOND_MAX).is_ok());
        let told = |limit: Result<Limit, OutOfBounds>| limit.unwrap_err().to_string();
        assert_eq!(told(Limit::new(0, 1)), "capacity must be from 1 to 1000000");
        assert_eq!(told(Limit::new(1_000_001, 1)), "capacity must be from 1 to 1000000");
        assert_eq!(told(Limit::new(1, 0)), "per_second must be from 1 to 100000");
        assert!(serde_json::from_str::<Limit>(r#"{"capacity":5,"per_second":0}"#).is_err());
        assert_eq!(
            serde_json::from_str::<Limit>(r#"{"capacity":5,"per_second":2}"#).ok(),
            Limit::new(5, 2).ok()
        );
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let bucket = |address: &str| Bucket::of_address(address.parse().unwrap());
        assert_eq!(bucket("2001:db8::1"), bucket("2001:db8:0:0:ffff::2"));
        assert_ne!(bucket("2001:db8::1"), bucket("2001:db8:0:1::1"));
        assert_ne!(bucket("192.0.2.1"), bucket("192.0.2.2"));
        assert_eq!(bucket("192.0.2.1"), bucket("::ffff:192.0.2.1"));
    }

    #[test]
    fn an_address_is_kept_as_a_hash() {
        let bucket = Bucket::of_address("192.0.2.1".parse().unwrap());
        assert!(!format!("{bucket:?}").contains("192"), "{bucket:?}");
    }
}

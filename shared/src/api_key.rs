//! API keys: `mk_<tenant>_<secret>`. The tenant is in the key, so that the row that holds its hash is under the tenant.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::id::{Ids, encode};
use crate::tenant::Tenant;

const PREFIX: &str = "mk_";
const SECRET_CHARS: usize = 52;

/// A well-formed key: whether it is known, the table tells.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApiKey {
    tenant: Tenant,
    secret: String,
}

impl ApiKey {
    /// A new key with 256 random bits.
    pub fn generate(tenant: Tenant, ids: &Ids) -> Self {
        Self { tenant, secret: encode(ids.next()) + &encode(ids.next()) }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, secret) = text.strip_prefix(PREFIX)?.rsplit_once('_')?;
        let fits = secret.len() == SECRET_CHARS && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then_some(())?;
        Some(Self { tenant: Tenant::parse(tenant)?, secret: secret.to_owned() })
    }

    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// What is stored in the key's place: the secret is long and random, so a plain hash cannot be guessed back.
    pub fn hash(&self) -> String {
        Sha256::digest(self.secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key itself, to be shown once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.tenant, self.secret)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({PREFIX}{}_…)", self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_parses_back_and_is_not_shown_by_debug() {
        let key = ApiKey::generate(Tenant::parse("acme").unwrap(), &Ids::seeded(1));
        assert_eq!(ApiKey::parse(&key.reveal()), Some(key.clone()));
        assert!(!format!("{key:?}").contains(&key.secret));
    }

    #[test]
    fn what_is_no_key_does_not_parse() {
        for wrong in ["", "mk_", "mk_acme_short", "mk_../x_0123", "sk_acme_0000"] {
            assert_eq!(ApiKey::parse(wrong), None, "{wrong}");
        }
    }
}

//! The text that a caller sends: `mk_<tenant>_<id><secret>`.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::id::{ApiKeyId, ENCODED_CHARS, Ids, encode};
use crate::tenant::Tenant;

/// Says what kind of secret this is, to people and to scanners of source code.
const PREFIX: &str = "mk_";

/// A well-formed key: whether it is known, the table tells. The tenant and the id in it say where its row is.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    tenant: Tenant,
    id: ApiKeyId,
    secret: String,
}

impl Credential {
    /// The credential of a new key.
    pub fn random(tenant: Tenant, ids: &Ids) -> Self {
        Self::generate(tenant, ApiKeyId::random(ids), ids)
    }

    /// A secret for the key with this id: 128 random bits.
    pub fn generate(tenant: Tenant, id: ApiKeyId, ids: &Ids) -> Self {
        Self { tenant, id, secret: encode(ids.next()) }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, rest) = text.strip_prefix(PREFIX)?.rsplit_once('_')?;
        let (id, secret) = rest.split_at_checked(ENCODED_CHARS)?;
        let fits = secret.len() == ENCODED_CHARS && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then_some(())?;
        let id = ApiKeyId::parse(&format!("{}{id}", ApiKeyId::PREFIX))?;
        Some(Self { tenant: Tenant::parse(tenant)?, id, secret: secret.to_owned() })
    }

    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    pub fn id(&self) -> &ApiKeyId {
        &self.id
    }

    /// Returns the hash that is stored for the secret: it is long and random, so a plain hash cannot be guessed back.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.secret.as_bytes()))
    }

    /// The key itself, to be shown once.
    pub fn reveal(&self) -> String {
        let id = self.id.as_str().trim_start_matches(ApiKeyId::PREFIX);
        format!("{PREFIX}{}_{id}{}", self.tenant, self.secret)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({} of {})", self.id, self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_parses_back_and_is_not_shown_by_debug() {
        let ids = Ids::seeded(1);
        let key = Credential::generate(Tenant::parse("acme").unwrap(), ApiKeyId::random(&ids), &ids);
        assert_eq!(Credential::parse(&key.reveal()), Some(key.clone()));
        assert!(!format!("{key:?}").contains(&key.secret));
    }

    #[test]
    fn what_is_no_key_does_not_parse() {
        let long = format!("mk_acme_{}", "0".repeat(53));
        let path = format!("mk_../x_{}", "0".repeat(52));
        for wrong in ["", "mk_", "mk_acme_short", &path, "sk_acme_0000", &long, "mk_acme_é"] {
            assert_eq!(Credential::parse(wrong), None, "{wrong}");
        }
    }
}

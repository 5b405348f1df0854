//! Cursors: where a page ended, signed so that they hold for one tenant and one listing only.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;
use crate::tenant::Tenant;

const TAG_BYTES: usize = 16;

/// Longer text is no cursor of ours.
const CURSOR_CHARS_MAX: usize = 256;

/// The cursor that continues `listing` of `tenant` after `position`.
pub fn sign(secret: &Secret, tenant: &Tenant, listing: &str, position: &str) -> String {
    let tag = tag(secret, tenant, listing, position).finalize().into_bytes();
    let mut bytes = tag[..TAG_BYTES].to_vec();
    bytes.extend_from_slice(position.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The position that a cursor names; `None` when it was not signed for this tenant and listing.
pub fn verify(secret: &Secret, tenant: &Tenant, listing: &str, cursor: &str) -> Option<String> {
    if cursor.len() > CURSOR_CHARS_MAX {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (given, position) = bytes.split_at_checked(TAG_BYTES)?;
    let position = std::str::from_utf8(position).ok()?;
    tag(secret, tenant, listing, position).verify_truncated_left(given).ok()?;
    Some(position.to_owned())
}

fn tag(secret: &Secret, tenant: &Tenant, listing: &str, position: &str) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes());
    let mut mac = mac.unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    for part in [tenant.as_str(), listing, position] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_holds_for_its_own_tenant_listing_and_secret_alone() {
        let (acme, other) = (Tenant::parse("acme").unwrap(), Tenant::parse("other").unwrap());
        let (secret, guess) = (Secret::new("secret".to_owned()), Secret::new("guess".to_owned()));
        let cursor = sign(&secret, &acme, "uploads", "0001#x");
        assert_eq!(verify(&secret, &acme, "uploads", &cursor).as_deref(), Some("0001#x"));
        assert_eq!(verify(&secret, &other, "uploads", &cursor), None);
        assert_eq!(verify(&secret, &acme, "jobs", &cursor), None);
        assert_eq!(verify(&guess, &acme, "uploads", &cursor), None);
        assert_eq!(verify(&secret, &acme, "uploads", &format!("{cursor}A")), None);
        assert_eq!(verify(&secret, &acme, "uploads", "not a cursor"), None);
    }
}

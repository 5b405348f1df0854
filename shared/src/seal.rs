//! Sealing: text that only this stack can read, for secrets that tenants hand over. ChaCha20-Poly1305, by ring.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::id::Ids;
use crate::secret::Secret;

/// Seals `text` so that it opens only with the same secret and for the same `purpose`, such as the id of its job.
pub fn seal(secret: &Secret, purpose: &str, text: &str, ids: &Ids) -> String {
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&ids.next()[..NONCE_LEN]);
    let mut sealed = text.as_bytes().to_vec();
    let key = key(secret);
    // It fails for texts of 256 GiB alone.
    let tag =
        key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed);
    let tag = tag.map(|tag| tag.as_ref().to_vec()).unwrap_or_default();
    BASE64_STANDARD_NO_PAD.encode([&nonce[..], &sealed, &tag].concat())
}

/// Opens what [`seal`] returned; `None` if the secret or the purpose is another, or a bit has changed.
pub fn open(secret: &Secret, purpose: &str, sealed: &str) -> Option<String> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).ok()?;
    let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
    let mut rest = rest.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let text = key(secret).open_in_place(nonce, Aad::from(purpose), &mut rest).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

fn key(secret: &Secret) -> LessSafeKey {
    // The secret is 256 random bits: a hash of it is a key.
    let hash = Sha256::digest(secret.reveal());
    match UnboundKey::new(&CHACHA20_POLY1305, &hash) {
        Ok(key) => LessSafeKey::new(key),
        Err(_) => unreachable!("a SHA-256 is as long as a key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_purpose_alone() {
        let ids = Ids::seeded(1);
        let (secret, other) = (Secret::random(&ids), Secret::random(&ids));
        let sealed = seal(&secret, "job_1", "Bearer s3cret", &ids);
        assert_eq!(open(&secret, "job_1", &sealed).as_deref(), Some("Bearer s3cret"));
        assert_eq!(open(&secret, "job_2", &sealed), None);
        assert_eq!(open(&other, "job_1", &sealed), None);
        assert!(!sealed.contains("s3cret"));
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        let ids = Ids::seeded(1);
        let secret = Secret::random(&ids);
        assert_ne!(seal(&secret, "job_1", "text", &ids), seal(&secret, "job_1", "text", &ids));
    }

    #[test]
    fn whatever_is_changed_or_cut_off_does_not_open() {
        let ids = Ids::seeded(1);
        let secret = Secret::random(&ids);
        let sealed = seal(&secret, "job_1", "text", &ids);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(open(&secret, "job_1", &changed), None, "{index}");
            assert_eq!(open(&secret, "job_1", &sealed[..index]), None, "{index}");
        }
    }
}

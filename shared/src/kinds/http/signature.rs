//! The signature that tells a receiver who sent a request: Standard Webhooks, scheme `v1`.

use base64::prelude::{BASE64_STANDARD, Engine};
use ring::hmac;

use crate::clock::Timestamp;
use crate::signing_key::SigningSecret;

/// The value of `webhook-signature`: one signature by each secret; `None` without any.
pub fn signatures(secrets: &[SigningSecret], id: &str, at: Timestamp, body: &[u8]) -> Option<String> {
    let signatures: Vec<String> = secrets.iter().map(|secret| sign(secret, id, at, body)).collect();
    (!signatures.is_empty()).then(|| signatures.join(" "))
}

fn sign(secret: &SigningSecret, id: &str, at: Timestamp, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{id}.{}.", at.as_secs()).as_bytes());
    context.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_signed_as_it_says() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp::from_millis(1_614_265_330_000);
        let signed = signatures(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(signatures(&[], "id", at, b""), None);
    }
}

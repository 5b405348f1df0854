use super::*;
use crate::idempotency::fingerprint;

fn fingerprint_of(body: &str) -> String {
    let request: UploadRequest = serde_json::from_str(body).unwrap();
    fingerprint(&request)
}

#[test]
fn the_same_request_in_other_json_has_the_same_fingerprint() {
    let plain = fingerprint_of(r#"{"filename":"a","content_type":"a/b","size_bytes":1}"#);
    let other =
        r#"{ "size_bytes": 1, "recipe": {"steps": []}, "content_type": "a/b", "filename": "\u0061" }"#;
    assert_eq!(fingerprint_of(other), plain);
}

#[test]
fn every_field_is_part_of_the_fingerprint() {
    let plain = fingerprint(&request(json!({})));
    for other in [
        json!({"filename": "other.png"}),
        json!({"content_type": "image/gif"}),
        json!({"size_bytes": 999}),
        json!({"sha256": SHA256}),
        json!({"recipe": steps(&["thumb"])}),
        json!({"recipe": "thumb"}),
        json!({"recipe": "thumb@1"}),
    ] {
        assert_ne!(fingerprint(&request(other.clone())), plain, "{other}");
    }
}

/// A row keeps it for as long as its key counts, across releases.
#[test]
fn fingerprints_never_change() {
    assert_eq!(fingerprint(&request(json!({}))), "68d7ebafe083cc93b2c97548fbc26e78");
    let full = request(json!({"sha256": SHA256, "recipe": steps(&["thumb"])}));
    assert_eq!(fingerprint(&full), "f7edafd672ac5e14307ac750d8e8749f");
    let shouted = request(json!({"sha256": SHA256.to_uppercase(), "recipe": steps(&["thumb"])}));
    assert_eq!(shouted.fingerprint(), fingerprint(&full), "digits are the same in either case");
}

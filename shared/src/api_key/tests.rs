use super::*;
use crate::id::Ids;

const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

fn credential(ids: &Ids) -> Credential {
    Credential::generate(Tenant::parse("acme").unwrap(), ApiKeyId::derived(&["one"]), ids)
}

fn key(credential: &Credential) -> ApiKey {
    ApiKey::new("a key".to_owned(), Scope::ALL, credential, NOW)
}

#[test]
fn a_key_admits_its_own_secret_alone() {
    let ids = Ids::seeded(1);
    let (own, other) = (credential(&ids), credential(&ids));
    assert!(key(&own).admits(&own, NOW));
    assert!(!key(&own).admits(&other, NOW));
}

#[test]
fn a_rotated_key_admits_the_secret_before_until_its_time_is_up() {
    let ids = Ids::seeded(1);
    let (old, new) = (credential(&ids), credential(&ids));
    let until = NOW + Duration::from_secs(60);
    let previous = Some(PreviousSecret { hash: old.hash(), valid_until: until });
    let rotated = ApiKey { previous, ..key(&new) };
    assert!(rotated.admits(&new, NOW) && rotated.admits(&old, NOW));
    assert!(rotated.admits(&new, until) && !rotated.admits(&old, until));
}

#[test]
fn a_key_that_expired_or_was_revoked_admits_nothing() {
    let own = credential(&Ids::seeded(1));
    let until = NOW + Duration::from_secs(60);
    let expiring = ApiKey { valid_until: Some(until), ..key(&own) };
    assert!(expiring.admits(&own, NOW) && !expiring.admits(&own, until));
    assert_eq!(expiring.state(until), State::Expired);
    let revoked = ApiKey { revoked_at: Some(NOW), ..expiring };
    assert!(!revoked.admits(&own, NOW));
    assert_eq!(revoked.state(until), State::Revoked);
}

#[test]
fn stored_names_never_change() {
    let own = credential(&Ids::seeded(1));
    let previous = Some(PreviousSecret { hash: "h".to_owned(), valid_until: NOW });
    let full = ApiKey {
        previous,
        valid_until: Some(NOW),
        revoked_at: Some(NOW),
        last_used_on: Some("2026-11-24".to_owned()),
        rotation: Some("r".to_owned()),
        rate_limit: Limit::new(10, 1).ok(),
        scopes: [Scope::JobsRead].into(),
        hash: "h".to_owned(),
        ..key(&own)
    };
    let expected = serde_json::json!({
        "tenant": "acme", "id": own.id().as_str(), "name": "a key", "scopes": ["jobs:read"], "hash": "h",
        "previous": { "hash": "h", "valid_until": 1_000_000_000 }, "created_at": 1_000_000_000,
        "valid_until": 1_000_000_000, "revoked_at": 1_000_000_000, "last_used_on": "2026-11-24",
        "revision": 1, "rotation": "r", "fingerprint": "", "rate_limit": { "capacity": 10, "per_second": 1 },
    });
    assert_eq!(serde_json::to_value(full).unwrap(), expected);
}

#[test]
fn a_request_names_everything_that_is_wrong_with_it() {
    let own = credential(&Ids::seeded(1));
    let caller = Caller { scopes: [Scope::JobsRead].into(), ..key(&own).caller() };
    let pointers = |request: ApiKeyRequest| match request.validate(&caller, NOW) {
        Err(crate::error::Rejected::Invalid { errors }) => {
            errors.into_iter().map(|error| error.pointer).collect()
        }
        _ => Vec::new(),
    };
    let good = ApiKeyRequest {
        name: "a".to_owned(),
        scopes: vec![Scope::JobsRead],
        expires_in_days: None,
        rate_limit: None,
    };
    assert!(pointers(good.clone()).is_empty());
    let wrong =
        ApiKeyRequest { name: "a\n".to_owned(), scopes: vec![], expires_in_days: Some(0), rate_limit: None };
    assert_eq!(pointers(wrong), ["/name", "/scopes", "/expires_in_days"]);
    let more = ApiKeyRequest { scopes: vec![Scope::JobsRead, Scope::ApiKeysWrite], ..good };
    assert_eq!(pointers(more), ["/scopes/1"], "no key gives what it may not do itself");
}

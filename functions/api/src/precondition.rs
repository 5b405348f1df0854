//! Entity tags: what a client saw of a thing, and whether it still is like that.

use axum::http::{HeaderMap, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::error::Rejected;

/// Longer lists of tags are refused.
pub const TAGS_BYTES_MAX: usize = 1024;

/// The part that a compressed body adds to a tag: the same thing, in another representation.
pub const GZIP_SUFFIX: &str = "-gzip";

/// The strong entity tag of a body, in its quotes.
pub fn entity_tag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(body)[..12]))
}

/// The entity tags of `If-Match`: the resource must still have one of them.
#[derive(Clone, Debug, Default)]
pub struct Precondition(Option<String>);

impl Precondition {
    pub fn read(headers: &HeaderMap) -> Result<Self, Rejected> {
        Ok(Self(tags(headers, &header::IF_MATCH)?))
    }

    /// Whether anything is demanded at all.
    pub const fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Fails unless the thing, as it would be shown now, is what the client saw.
    pub fn check(&self, current: &impl Serialize) -> Result<(), Rejected> {
        let body = serde_json::to_vec(current).unwrap_or_default();
        let holds = self.0.as_ref().is_none_or(|tags| is_among(&entity_tag(&body), tags, true));
        if holds { Ok(()) } else { Err(Rejected::PreconditionFailed) }
    }

    /// Fails if anything is demanded of a thing that is not there.
    pub const fn check_absent(&self) -> Result<(), Rejected> {
        if self.is_given() { Err(Rejected::PreconditionFailed) } else { Ok(()) }
    }
}

/// Whether `If-None-Match` says that the client has this very body.
pub fn is_known(headers: &HeaderMap, tag: &str) -> Result<bool, Rejected> {
    Ok(tags(headers, &header::IF_NONE_MATCH)?.is_some_and(|tags| is_among(tag, &tags, false)))
}

fn tags(headers: &HeaderMap, name: &header::HeaderName) -> Result<Option<String>, Rejected> {
    let lines: Vec<&str> = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect();
    let tags = lines.join(",");
    if tags.len() > TAGS_BYTES_MAX {
        let detail = format!("{name} is longer than {TAGS_BYTES_MAX} bytes");
        return Err(Rejected::Malformed { detail });
    }
    Ok(headers.contains_key(name).then_some(tags))
}

/// A weak tag is never equal to a strong one where the comparison is strong.
fn is_among(tag: &str, tags: &str, is_strong: bool) -> bool {
    tags.split(',').map(str::trim).any(|other| {
        let other = if is_strong { other } else { other.trim_start_matches("W/") };
        other == "*" || other.replacen(&format!("{GZIP_SUFFIX}\""), "\"", 1) == tag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_change_goes_on_only_where_the_tag_is_the_current_one() {
        let tag = entity_tag(b"1");
        let check = |value: &str| Precondition::read(&with(header::IF_MATCH, value)).unwrap().check(&1);
        let gzip = format!("{}{GZIP_SUFFIX}\"", &tag[..tag.len() - 1]);
        for good in [&tag, "*", &format!("\"x\", {tag}"), &gzip] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for wrong in ["", "\"x\"", &format!("W/{tag}"), tag.trim_matches('"')] {
            assert_eq!(check(wrong), Err(Rejected::PreconditionFailed), "{wrong}");
        }
        assert_eq!(Precondition::read(&HeaderMap::new()).unwrap().check(&1), Ok(()));
    }

    #[test]
    fn a_reader_knows_a_body_by_a_weak_tag_too() {
        let tag = entity_tag(b"1");
        assert!(is_known(&with(header::IF_NONE_MATCH, &format!("W/{tag}")), &tag).unwrap());
        assert!(!is_known(&with(header::IF_NONE_MATCH, "\"x\""), &tag).unwrap());
        assert!(!is_known(&HeaderMap::new(), &tag).unwrap());
        assert!(is_known(&with(header::IF_NONE_MATCH, &"\"x\",".repeat(300)), &tag).is_err());
    }
}

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::request::Keep;
use crate::outbound::response::Excerpt;

/// A longer value of a header is cut.
const HEADER_VALUE_CHARS_MAX: usize = 256;

/// The output of a job whose request succeeded: the status of the response, and of the rest what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The start of the body, if it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The start of the body, if it isn't text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// Whether the body went on, or might have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
    /// Whether all but the status has an item of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_apart: bool,
}

impl Answer {
    pub(super) fn of(status: u16, headers: &HeaderMap, body: &Excerpt, keep: &Keep) -> Self {
        let kept = keep.headers.iter().filter_map(|name| {
            let values: Vec<_> =
                headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            let value: String = values.join(", ").chars().take(HEADER_VALUE_CHARS_MAX).collect();
            (!values.is_empty()).then(|| (name.to_ascii_lowercase(), value))
        });
        let mut answer = Self { status, headers: kept.collect(), ..Self::default() };
        let Some(most) = keep.body_bytes.filter(|most| *most > 0) else { return answer };
        let kept = &body.bytes[..body.bytes.len().min(most as usize)];
        answer.is_cut = body.is_cut || kept.len() < body.bytes.len();
        match text_of(kept, answer.is_cut) {
            Some(text) => answer.body = Some(text.to_owned()),
            None => answer.body_base64 = Some(BASE64_STANDARD.encode(kept)),
        }
        answer
    }
}

/// The text that the bytes are, without a last character that the cut has halved.
fn text_of(bytes: &[u8], is_cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_kept_as_text_if_it_is_text_and_in_base_64_if_not() {
        let keep = Keep { headers: vec!["X-Id".to_owned(), "absent".to_owned()], body_bytes: Some(9) };
        let headers = HeaderMap::from_iter([("x-id".parse().unwrap(), "7".parse().unwrap())]);
        let answer = |bytes: &'static [u8], is_cut| {
            Answer::of(200, &headers, &Excerpt { bytes: bytes.into(), is_cut }, &keep)
        };
        let text = answer("é".as_bytes(), false);
        assert_eq!((text.body.as_deref(), text.body_base64), (Some("é"), None));
        assert_eq!(text.headers, BTreeMap::from([("x-id".to_owned(), "7".to_owned())]));
        let cut = answer(&"aé".as_bytes()[..2], true);
        assert_eq!((cut.body.as_deref(), cut.is_cut), (Some("a"), true));
        assert_eq!(answer(b"\xff\x00", false).body_base64.as_deref(), Some("/wA="));
        let nothing =
            Answer::of(204, &headers, &Excerpt { bytes: "a".into(), is_cut: true }, &Keep::default());
        assert_eq!(nothing, Answer { status: 204, ..Answer::default() });
    }
}

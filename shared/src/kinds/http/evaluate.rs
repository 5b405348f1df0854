//! The meaning of a response for its job.

use http::{HeaderMap, HeaderName, StatusCode, header};

use super::call::Call;
use super::request::Statuses;

/// A response with this header and the value `no` ends its job at once.
const RETRY: HeaderName = HeaderName::from_static("millrace-retry");

/// After these, no other attempt would come to anything else: redirects are not followed, and the request is refused for
/// what it is.
const FINAL: [Statuses; 14] = [
    Statuses::Class(3),
    Statuses::One(400),
    Statuses::One(405),
    Statuses::One(406),
    Statuses::One(410),
    Statuses::One(411),
    Statuses::One(413),
    Statuses::One(414),
    Statuses::One(415),
    Statuses::One(422),
    Statuses::One(431),
    Statuses::One(489),
    Statuses::One(501),
    Statuses::One(505),
];

/// Whatever a job says of statuses, the receiver ends it with these: it is gone, or wants no more.
const ENDED_BY_RECEIVER: [u16; 2] = [410, 489];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Success,
    /// No other attempt is made.
    Final,
    Failure,
    /// The receiver can't take the request now, which is not the request's fault.
    NotNow,
}

pub fn meaning(call: &Call, status: StatusCode, headers: &HeaderMap) -> Meaning {
    let status = status.as_u16();
    let is_among = |statuses: &[Statuses]| statuses.iter().any(|one| one.contains(status));
    let is_success =
        if call.success.is_empty() { is_among(&[Statuses::Class(2)]) } else { is_among(&call.success) };
    if is_success {
        return Meaning::Success;
    }
    let is_refused = headers.get(RETRY).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"no"));
    let is_final = is_among(call.final_statuses.as_deref().unwrap_or(&FINAL));
    match status {
        _ if is_final || is_refused || ENDED_BY_RECEIVER.contains(&status) => Meaning::Final,
        429 | 503 => Meaning::NotNow,
        _ => Meaning::Failure,
    }
}

/// A sentence for whoever reads why an attempt failed: the status, and where a redirect leads or how the body begins.
pub fn detail(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> String {
    let location = headers.get(header::LOCATION).filter(|_| status.is_redirection());
    let more = match location {
        Some(location) => format!("redirects to {}", String::from_utf8_lossy(location.as_bytes())),
        None => String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let more: String = more.chars().filter(|c| !c.is_control()).collect();
    let separator = if more.is_empty() { "" } else { ": " };
    format!("HTTP {}{separator}{more}", status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::super::Method;
    use super::*;

    fn call(success: &[Statuses], final_statuses: Option<&[Statuses]>) -> Call {
        Call {
            url: "https://a.example".to_owned(),
            method: Method::Post,
            headers: None,
            body: Default::default(),
            success: success.to_vec(),
            final_statuses: final_statuses.map(<[_]>::to_vec),
            keep: Default::default(),
        }
    }

    fn of(call: &Call, status: u16) -> Meaning {
        meaning(call, StatusCode::from_u16(status).unwrap(), &HeaderMap::new())
    }

    #[test]
    fn without_a_word_of_the_job_the_table_decides() {
        let call = call(&[], None);
        for (statuses, expected) in [
            (&[200, 201, 202, 204, 299][..], Meaning::Success),
            (
                &[301, 302, 304, 307, 308, 400, 405, 406, 410, 411, 413, 414, 415, 422, 431, 489, 501, 505],
                Meaning::Final,
            ),
            (
                &[401, 403, 404, 407, 408, 409, 412, 418, 423, 424, 425, 499, 500, 502, 504, 507, 520, 599],
                Meaning::Failure,
            ),
            (&[429, 503], Meaning::NotNow),
        ] {
            for status in statuses {
                assert_eq!(of(&call, *status), expected, "{status}");
            }
        }
    }

    #[test]
    fn a_job_may_say_other_statuses_and_the_receiver_has_the_last_word() {
        let call = call(&[Statuses::Class(2), Statuses::One(404)], Some(&[Statuses::Class(5)]));
        assert_eq!(of(&call, 404), Meaning::Success);
        assert_eq!((of(&call, 503), of(&call, 400)), (Meaning::Final, Meaning::Failure));
        assert_eq!((of(&call, 410), of(&call, 489)), (Meaning::Final, Meaning::Final));
        let headers = HeaderMap::from_iter([(RETRY, "No".parse().unwrap())]);
        assert_eq!(meaning(&call, StatusCode::NOT_FOUND, &headers), Meaning::Success);
        assert_eq!(meaning(&call, StatusCode::BAD_REQUEST, &headers), Meaning::Final);
    }

    #[test]
    fn a_failure_says_its_status_and_how_the_body_begins() {
        let headers = HeaderMap::from_iter([(header::LOCATION, "https://b.example/".parse().unwrap())]);
        let status = |status| StatusCode::from_u16(status).unwrap();
        assert_eq!(detail(status(302), &headers, b"x"), "HTTP 302: redirects to https://b.example/");
        assert_eq!(
            detail(status(500), &headers, b" no\n\n\x00database \xff"),
            "HTTP 500: no database \u{fffd}"
        );
        assert_eq!(detail(status(500), &headers, b""), "HTTP 500");
    }
}

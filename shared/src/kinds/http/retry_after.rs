//! `Retry-After`: how long a server asks to be left alone.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, header};

use crate::clock::Timestamp;

/// The wait that the headers ask for; `None` if they ask for none that can be understood. A date is relative to the
/// server's own `Date`, if it says one: its clock may be wrong.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let waits = headers.get_all(header::RETRY_AFTER).iter().filter_map(|value| {
        let text = value.to_str().ok()?.trim();
        seconds(text).or_else(|| until(text, headers, now))
    });
    waits.max().filter(|wait| !wait.is_zero())
}

/// Any number of digits: what is more than any wait is the longest.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

fn until(text: &str, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let at = date(text)?;
    let from = headers.get(header::DATE).and_then(|date| date.to_str().ok()).and_then(date);
    Some(at.since(from.unwrap_or(now)))
}

/// All three forms of HTTP's dates.
fn date(text: &str) -> Option<Timestamp> {
    let since_epoch = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since_epoch.as_millis()).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2027-01-15T08:00:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn asked(values: &[&str], date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::RETRY_AFTER, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        if let Some(date) = date {
            headers.insert(header::DATE, date.parse().unwrap());
        }
        retry_after(&headers, NOW).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_read_however_many() {
        for (text, expected) in [("1", 1), (" 120 ", 120), ("2147483648", 1 << 31), ("007", 7)] {
            assert_eq!(asked(&[text], None), Some(expected), "{text}");
        }
        assert_eq!(asked(&["9223372036854775808"], None), Some(1 << 63));
        assert_eq!(asked(&[&"9".repeat(40)], None), Some(u64::MAX));
    }

    #[test]
    fn every_form_of_a_date_is_read_and_a_servers_wrong_clock_does_not_matter() {
        let dates =
            ["Fri, 15 Jan 2027 08:01:00 GMT", "Friday, 15-Jan-27 08:01:00 GMT", "Fri Jan 15 08:01:00 2027"];
        for text in dates {
            assert_eq!(asked(&[text], None), Some(60), "{text}");
            assert_eq!(asked(&[text], Some("Fri, 15 Jan 2027 08:00:30 GMT")), Some(30), "{text}");
            assert_eq!(asked(&[text], Some("Fri, 15 Jan 2027 10:00:00 GMT")), None, "{text}");
        }
        assert!(asked(&["Fri, 31 Dec 9999 23:59:59 GMT"], None).is_some());
    }

    #[test]
    fn what_cannot_be_understood_asks_for_nothing() {
        for text in
            ["", "0", "-1", "1.5", "1e9", "+5", "6m5s", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "\u{fc}"]
        {
            assert_eq!(asked(&[text], None), None, "{text}");
        }
    }

    #[test]
    fn of_two_headers_the_longer_wait_counts() {
        assert_eq!(asked(&["5", "60"], None), Some(60));
        assert_eq!(asked(&["soon", "5"], None), Some(5));
    }
}

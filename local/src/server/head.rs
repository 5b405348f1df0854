//! The head of a request, read strictly: what two readers might read differently is refused.
//!
//! RFC 9112 lets a server mend much of this. One that stands behind a gateway must not, and neither should one that plays
//! the gateway: a request that another server takes for two is how requests are smuggled past it.

use http::{Uri, Version};

use super::framing::Framing;
use super::refusal::Refusal;

/// Request lines of more fields are refused: no client of an API has a use for so many.
pub const HEADERS_MAX: usize = 100;

/// The bytes of the head at the start of `bytes`, its empty line included; `None` while it is incomplete.
///
/// A line that ends without a carriage return is refused at once, and not when the rest has come.
pub fn length(bytes: &[u8]) -> Result<Option<usize>, Refusal> {
    let mut start = 0;
    while let Some(end) = bytes[start..].iter().position(|byte| *byte == b'\n').map(|at| start + at) {
        match bytes[start..end].strip_suffix(b"\r") {
            None => return Err(Refusal::Malformed),
            Some(b"") => return Ok(Some(end + 1)),
            Some(_) => start = end + 1,
        }
    }
    Ok(None)
}

/// Checks a whole head, and answers how its body is framed.
pub fn framing(head: &[u8]) -> Result<Framing, Refusal> {
    let mut lines = lines(head);
    let version = version(lines.next().ok_or(Refusal::Malformed)?)?;
    let mut hosts = 0;
    let mut lengths = Vec::new();
    let mut codings = Vec::new();
    for (index, line) in lines.enumerate() {
        if index == HEADERS_MAX {
            return Err(Refusal::HeadTooLarge);
        }
        let (name, value) = field(line)?;
        match name.to_ascii_lowercase().as_slice() {
            b"host" => hosts += 1,
            b"content-length" => lengths.push(number(value)?),
            b"transfer-encoding" => codings.push(value.to_ascii_lowercase()),
            _ => {}
        }
    }
    if hosts > 1 || (hosts == 0 && version == Version::HTTP_11) {
        return Err(Refusal::Malformed);
    }
    match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => Ok(Framing::Length(0)),
        ([length, others @ ..], []) if others.iter().all(|other| other == length) => {
            Ok(Framing::Length(*length))
        }
        ([], [coding]) if version == Version::HTTP_11 => match coding.as_slice() {
            b"chunked" => Ok(Framing::chunked()),
            _ => Err(Refusal::UnknownCoding),
        },
        _ => Err(Refusal::Malformed),
    }
}

/// The lines without their ends, up to the empty one.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.take_while(|line| !line.is_empty())
}

/// Checks `GET /path?query HTTP/1.1`.
fn version(line: &[u8]) -> Result<Version, Refusal> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Malformed);
    };
    let is_method = !method.is_empty() && method.iter().copied().all(is_of_token);
    // `CONNECT` is for proxies, and has neither path nor query.
    let is_target = target.iter().all(u8::is_ascii_graphic)
        && Uri::try_from(target).is_ok_and(|uri| !uri.path().is_empty());
    if !is_method || !is_target || method == b"CONNECT" {
        return Err(Refusal::Malformed);
    }
    match version {
        b"HTTP/1.1" => Ok(Version::HTTP_11),
        b"HTTP/1.0" => Ok(Version::HTTP_10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(Refusal::UnknownVersion)
        }
        _ => Err(Refusal::Malformed),
    }
}

/// Splits `name: value`. A line that goes on with the value of the one before it has no name.
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or(Refusal::Malformed)?;
    let (name, value) = (&line[..colon], trimmed(&line[colon + 1..]));
    let is_name = !name.is_empty() && name.iter().copied().all(is_of_token);
    // Controls are what headers are injected with.
    let is_value = value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control());
    if is_name && is_value { Ok((name, value)) } else { Err(Refusal::Malformed) }
}

/// Without the spaces and tabs around it, and nothing else that other texts call white.
fn trimmed(value: &[u8]) -> &[u8] {
    let is_visible = |byte: &u8| !b" \t".contains(byte);
    let start = value.iter().position(is_visible).unwrap_or(value.len());
    let end = value.iter().rposition(is_visible).map_or(start, |last| last + 1);
    &value[start..end]
}

fn number(value: &[u8]) -> Result<u64, Refusal> {
    let digits =
        std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(Refusal::Malformed)
}

/// What methods and names of fields are made of.
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Framing, Refusal> {
        assert_eq!(length(head.as_bytes()), Ok(Some(head.len())));
        framing(head.as_bytes())
    }

    /// With these lines below a request line.
    fn with(lines: &str) -> Result<Framing, Refusal> {
        read(&format!("POST / HTTP/1.1\r\nHost: x\r\n{lines}\r\n"))
    }

    #[test]
    fn a_head_ends_with_an_empty_line_and_every_line_with_both_characters() {
        assert_eq!(length(b""), Ok(None));
        assert_eq!(length(b"GET / HTTP/1.1\r\nHost: x\r\n\r"), Ok(None));
        assert_eq!(length(b"GET / HTTP/1.1\r\n\r\nGET"), Ok(Some(18)));
        assert_eq!(length(b"GET / HTTP/1.1\n"), Err(Refusal::Malformed));
        assert_eq!(length(b"GET / HTTP/1.1\r\nHost: x\nA: b"), Err(Refusal::Malformed));
    }

    #[test]
    fn a_body_is_as_long_as_the_head_says() {
        assert_eq!(with(""), Ok(Framing::Length(0)));
        assert_eq!(with("Content-Length: 5\r\n"), Ok(Framing::Length(5)));
        assert_eq!(with("Content-Length: 5\r\ncontent-length:5\r\n"), Ok(Framing::Length(5)));
        assert_eq!(with("Transfer-Encoding: Chunked\r\n"), Ok(Framing::chunked()));
    }

    #[test]
    fn a_length_that_is_none_or_not_the_only_one_is_refused() {
        for lines in [
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: -5\r\n",
            "Content-Length: 5 5\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ] {
            assert_eq!(with(lines), Err(Refusal::Malformed), "{lines}");
        }
        assert_eq!(with("Transfer-Encoding: gzip, chunked\r\n"), Err(Refusal::UnknownCoding));
        let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(read(old), Err(Refusal::Malformed));
    }

    #[test]
    fn a_request_line_that_is_none_is_refused() {
        for line in [
            "GET",
            "GET /",
            "GET  / HTTP/1.1",
            " GET / HTTP/1.1",
            "GET / HTTP/1.1 ",
            "G@T / HTTP/1.1",
            "GET x HTTP/1.1/",
            "GET /\u{e9} HTTP/1.1",
            "GET /\t HTTP/1.1",
            "GET /<a> HTTP/1.1",
            "GET /a#b HTTP/1.11",
            "GET / http/1.1",
            "CONNECT x:443 HTTP/1.1",
            "/ HTTP/1.1",
        ] {
            let head = format!("{line}\r\nHost: x\r\n\r\n");
            assert_eq!(read(&head), Err(Refusal::Malformed), "{line}");
        }
        for line in ["PRI * HTTP/2.0", "GET / HTTP/1.2", "GET / HTTP/0.9"] {
            assert_eq!(read(&format!("{line}\r\nHost: x\r\n\r\n")), Err(Refusal::UnknownVersion), "{line}");
        }
        for line in
            ["GET /%zz?%FF HTTP/1.1", "OPTIONS * HTTP/1.1", "GET http://x/a HTTP/1.1", "GET / HTTP/1.0"]
        {
            assert_eq!(read(&format!("{line}\r\nHost: x\r\n\r\n")), Ok(Framing::Length(0)), "{line}");
        }
    }

    #[test]
    fn a_host_is_named_once() {
        assert_eq!(read("GET / HTTP/1.1\r\n\r\n"), Err(Refusal::Malformed));
        assert_eq!(with("host: y\r\n"), Err(Refusal::Malformed));
        assert_eq!(read("GET / HTTP/1.0\r\n\r\n"), Ok(Framing::Length(0)));
    }

    #[test]
    fn what_headers_are_injected_with_is_refused() {
        for line in [
            "A: b\rC: d",
            "A: b\0",
            "A: \u{7f}",
            "A: \u{c}",
            "A\0: b",
            "A : b",
            "A",
            ": b",
            " a: b",
            "\tb",
            "A(: b",
            "\u{e9}: b",
        ] {
            assert_eq!(with(&format!("{line}\r\n")), Err(Refusal::Malformed), "{line:?}");
        }
        assert_eq!(with("A:\r\nB: \u{e9}\tc \r\n"), Ok(Framing::Length(0)));
    }

    #[test]
    fn a_hundred_headers_are_enough() {
        // Beside the host.
        assert_eq!(with(&"a: b\r\n".repeat(HEADERS_MAX - 1)), Ok(Framing::Length(0)));
        assert_eq!(with(&"a: b\r\n".repeat(HEADERS_MAX)), Err(Refusal::HeadTooLarge));
    }
}

//! The request for a source, through its redirects, and the head of the response that has the file.

use std::time::Duration;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use crate::app::App;
use crate::error::Fault;
use crate::outbound::{Limits, Request, Response};
use crate::upload::{IMAGE_SIZE_BYTES_MAX, SIZE_BYTES_MAX, Source, Upload, content_type_of};

use super::problem::Problem;

const REDIRECTS_MAX: usize = 5;

/// Media types that servers send for files of any type.
const TYPES_OF_ANYTHING: [&str; 3] =
    ["application/octet-stream", "binary/octet-stream", "application/x-download"];

/// The part of a file that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    pub from: u64,
    /// ETag of the file whose beginning is stored already.
    pub etag: String,
}

/// A response that has the file, or the rest of it.
#[derive(Debug)]
pub struct Fetched {
    pub response: Response,
    /// Whether the body begins where the rest was asked for, rather than at the beginning of the file.
    pub is_rest: bool,
    /// The size of the whole file, as the server announced it.
    pub size_bytes: Option<u64>,
    pub etag: Option<String>,
    pub content_type: Option<String>,
}

/// Asks for the file, or for the `rest` of it, until `time` is over. `bytes_max` bounds the whole file.
pub async fn fetch(
    app: &App,
    source: &Source,
    rest: Option<&Rest>,
    bytes_max: u64,
    time: Duration,
) -> Result<Fetched, Problem> {
    let until = app.clock.now() + time;
    let mut target = source.target().map_err(crate::outbound::Error::InvalidUrl)?;
    let origin = target.clone();
    for _ in 0..=REDIRECTS_MAX {
        let limits = Limits { time: until.since(app.clock.now()), body_bytes_max: bytes_max };
        let mut request = Request::new(Method::GET, target.clone(), limits);
        if target.has_origin_of(&origin) {
            for (name, value) in source.headers() {
                request = request.header(name, value)?;
            }
        }
        if let Some(rest) = rest {
            request = request.header(header::RANGE, value(format!("bytes={}-", rest.from))?)?;
            request = request.header(header::IF_RANGE, value(rest.etag.clone())?)?;
        }
        let response = app.outbound.send(request).await?;
        match response.redirect()? {
            Some(next) => target = next,
            None => return judge(response, rest),
        }
    }
    Err(Problem::refused("source_redirects", format!("the server redirects more than {REDIRECTS_MAX} times")))
}

fn judge(response: Response, rest: Option<&Rest>) -> Result<Fetched, Problem> {
    let status = response.status;
    let is_rest = match (status, rest) {
        (StatusCode::OK, _) => false,
        (StatusCode::PARTIAL_CONTENT, Some(rest)) => {
            let begins = content_range(&response.headers).map(|(from, _)| from);
            if begins != Some(rest.from) {
                return Err(Problem::passing(
                    "source_status",
                    "the server sent another range than it was asked for",
                ));
            }
            true
        }
        _ => return Err(bad_status(status)),
    };
    if let Some(coding) = response.content_encoding() {
        let coding = String::from_utf8_lossy(coding.as_bytes()).chars().take(32).collect::<String>();
        let detail = format!("the server sent the file compressed ({coding}), though it was asked not to");
        return Err(Problem::refused("source_encoded", detail));
    }
    let size_bytes = match is_rest {
        true => content_range(&response.headers).and_then(|(_, size)| size),
        false => response.body.announced_bytes(),
    };
    let text = |name| response.headers.get(name).and_then(|value| value.to_str().ok());
    Ok(Fetched {
        is_rest,
        size_bytes,
        etag: text(header::ETAG).map(str::to_owned),
        content_type: text(header::CONTENT_TYPE).and_then(content_type_of),
        response,
    })
}

fn bad_status(status: StatusCode) -> Problem {
    let detail = format!("the server responded {status} instead of the file");
    let passes = status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS]
            .contains(&status);
    if passes { Problem::passing("source_status", detail) } else { Problem::refused("source_status", detail) }
}

/// The first byte and the size of the file, from a header such as `bytes 8-15/16`.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.trim().strip_prefix("bytes ")?;
    let (range, size) = range.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, size.trim().parse().ok()))
}

/// The size of the file as it was declared, or of the largest that the upload's recipe can work on.
pub fn bytes_max(upload: &Upload, works_on_image: bool) -> u64 {
    let most = if works_on_image { IMAGE_SIZE_BYTES_MAX } else { SIZE_BYTES_MAX };
    upload.declared_bytes().map_or(most, |declared| declared.min(most))
}

/// Refuses what is of another type than was declared: a page that says that one must log in is no photograph. Which of the
/// image types it is, the bytes decide.
pub fn check_type(declared: &str, sent: Option<&str>) -> Result<(), Problem> {
    let Some(sent) = sent else { return Ok(()) };
    let is_image = |name: &str| name.starts_with("image/");
    let is_same = sent.eq_ignore_ascii_case(declared);
    let is_any = TYPES_OF_ANYTHING.contains(&sent) || TYPES_OF_ANYTHING.contains(&declared);
    if is_same || is_any || is_image(sent) && is_image(declared) {
        return Ok(());
    }
    Err(Problem::refused("type_mismatch", format!("the server sent {sent} instead of {declared}")))
}

fn value(text: String) -> Result<HeaderValue, Fault> {
    HeaderValue::try_from(text).map_err(|error| Fault::new("asking for the rest of a file", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_with_or_without_the_size() {
        let range = |text| {
            let value = HeaderValue::from_static(text);
            content_range(&HeaderMap::from_iter([(header::CONTENT_RANGE, value)]))
        };
        assert_eq!(range("bytes 8-15/16"), Some((8, Some(16))));
        assert_eq!(range("bytes 8-15/*"), Some((8, None)));
        for nothing in ["bytes */16", "8-15/16", "items 8-15/16", "", "bytes 8", "bytes -1-3/4"] {
            assert_eq!(range(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_file_of_another_type_is_refused_and_one_of_any_type_is_not() {
        for (declared, sent) in [
            ("image/jpeg", "image/jpeg"),
            ("image/jpeg", "image/png"),
            ("image/jpeg", "application/octet-stream"),
            ("application/octet-stream", "text/html"),
            ("text/csv", "TEXT/CSV"),
        ] {
            assert!(check_type(declared, Some(sent)).is_ok(), "{declared}, {sent}");
        }
        for (declared, sent) in [("image/jpeg", "text/html"), ("application/pdf", "text/html")] {
            assert!(check_type(declared, Some(sent)).is_err(), "{declared}, {sent}");
        }
        assert!(check_type("image/jpeg", None).is_ok());
    }
}

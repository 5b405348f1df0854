//! A browser's upload: a form whose fields are signed by a policy, and whose last part is the file.

use std::ops::Range;

use ::http::{Method, header};
use bytes::Bytes;
use s3s::post_policy::PostPolicy;
use s3s::{S3Result, s3_error};
use shared::clock::Timestamp;
use time::OffsetDateTime;

use super::signature::version_2_refused;
use crate::http::Request;

/// The placeholder in the field `key` for the name of the file.
const FILE_NAME_PLACEHOLDER: &str = "${filename}";

/// How far into the body the file may begin.
const FIELDS_BYTES_MAX: usize = 64 * 1024;

const MEDIA_TYPE: &str = "multipart/form-data";

pub fn is_form(request: &Request) -> bool {
    request.method() == Method::POST && boundary(request).is_some()
}

/// Refuses a form whose policy has ended, and puts the file's name into its key.
pub fn admit(request: Request, now: Timestamp) -> S3Result<Request> {
    let Some(boundary) = boundary(&request) else { return Ok(request) };
    let fields = fields(request.body(), &boundary);
    let field = |name: &str| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    if field("signature").is_some() {
        return Err(version_2_refused());
    }
    if let Some(policy) = field("policy") {
        check_end(&request.body()[policy.value.clone()], now)?;
    }
    let Some(file) = field("file") else {
        return Err(s3_error!(
            InvalidArgument,
            "POST requires exactly one file upload per request, within its first {FIELDS_BYTES_MAX} bytes."
        ));
    };
    let Some(body) = field("key").and_then(|key| name_file(request.body(), key, file)) else {
        return Ok(request);
    };
    let (mut head, _) = request.into_parts();
    head.headers.insert(header::CONTENT_LENGTH, body.len().into());
    Ok(Request::from_parts(head, body))
}

/// The value of one field of a form, which comes before the file; `None` if the request is no form.
pub fn field<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    if !is_form(request) {
        return None;
    }
    let fields = fields(request.body(), &boundary(request)?);
    let field = fields.into_iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(&request.body()[field.value]).ok()
}

/// When the policy of a form ends; `None` if the request is no form, or has none that can be read.
pub fn end(request: &Request) -> Option<Timestamp> {
    let policy = PostPolicy::from_base64(field(request, "policy")?).ok()?;
    let nanos = OffsetDateTime::from(policy.expiration).unix_timestamp_nanos();
    i64::try_from(nanos / 1_000_000).ok().map(Timestamp::from_millis)
}

struct Field {
    name: String,
    file_name: Option<String>,
    value: Range<usize>,
}

fn check_end(policy: &[u8], now: Timestamp) -> S3Result<()> {
    // A policy that cannot be read is left to `s3s`, which says what is wrong with it.
    let policy = std::str::from_utf8(policy).ok().and_then(|policy| PostPolicy::from_base64(policy).ok());
    let Some(policy) = policy else { return Ok(()) };
    let end = OffsetDateTime::from(policy.expiration);
    if i128::from(now.as_millis()) * 1_000_000 >= end.unix_timestamp_nanos() {
        return Err(s3_error!(AccessDenied, "Invalid according to Policy: Policy expired."));
    }
    Ok(())
}

fn name_file(body: &Bytes, key: &Field, file: &Field) -> Option<Bytes> {
    let pattern = std::str::from_utf8(&body[key.value.clone()]).ok()?;
    if !pattern.contains(FILE_NAME_PLACEHOLDER) {
        return None;
    }
    let file_name = file.file_name.as_deref().unwrap_or_default();
    let base_name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let named = pattern.replace(FILE_NAME_PLACEHOLDER, base_name);
    Some([&body[..key.value.start], named.as_bytes(), &body[key.value.end..]].concat().into())
}

fn boundary(request: &Request) -> Option<String> {
    let content_type = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (media_type, parameters) = content_type.split_at_checked(MEDIA_TYPE.len())?;
    media_type.eq_ignore_ascii_case(MEDIA_TYPE).then(|| parameter(parameters, "boundary"))?
}

/// The form's fields up to the file, whose own value is left empty: it may be large, and nobody here needs
/// it.
fn fields(body: &[u8], boundary: &str) -> Vec<Field> {
    let delimiter = format!("\r\n--{boundary}");
    let head = &body[..body.len().min(FIELDS_BYTES_MAX)];
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(headers_end) = find(head, b"\r\n\r\n", at) {
        let headers = String::from_utf8_lossy(&head[at..headers_end]);
        let Some(name) = parameter(&headers, "name") else { break };
        let file_name = parameter(&headers, "filename");
        let start = headers_end + 4;
        let end = if name == "file" { Some(start) } else { find(head, delimiter.as_bytes(), start) };
        let Some(end) = end else { break };
        let is_file = name == "file";
        fields.push(Field { name, file_name, value: start..end });
        if is_file {
            break;
        }
        at = end + delimiter.len();
    }
    fields
}

/// The value of `name="value"` or `name=value` among parameters that are set off by `;` or a line's end.
fn parameter(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text
        .match_indices(name)
        .map(|(at, _)| (text[..at].chars().next_back(), &text[at + name.len()..]))
        .find(|(before, rest)| {
            before.is_none_or(|it| it == ';' || it.is_whitespace()) && rest.starts_with('=')
        })?;
    let value = &rest[1..];
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().map(str::to_owned),
        None => value.split([';', '\r']).next().map(|value| value.trim().to_owned()),
    }
}

fn find(text: &[u8], pattern: &[u8], from: usize) -> Option<usize> {
    text.get(from..)?.windows(pattern.len()).position(|window| window == pattern).map(|at| from + at)
}

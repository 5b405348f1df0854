//! Makes events of API Gateway fit for the adapter, which makes a URL from them.

use axum::http::header;
use lambda_http::request::LambdaRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the characters that stand for themselves in a path (RFC 3986, `pchar` and the slash).
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Encodes the path anew: API Gateway has decoded it, so that a `?` in it would begin the query and a `%` be decoded twice.
///
/// Takes the host away: it is the client's word, the adapter panics at one that no URL has, and no route asks for it.
pub fn fit(mut request: LambdaRequest) -> LambdaRequest {
    let LambdaRequest::ApiGatewayV2(event) = &mut request else { return request };
    event.headers.remove(header::HOST);
    event.request_context.domain_name = None;
    let decoded = event.raw_path.take().unwrap_or_default();
    let path = utf8_percent_encode(decoded.strip_prefix('/').unwrap_or(&decoded), &ENCODED);
    event.raw_path = Some(format!("/{path}"));
    request
}

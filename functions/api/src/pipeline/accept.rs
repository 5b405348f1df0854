//! The media types that a client takes.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Code, Problem};
use crate::route::Route;

pub async fn negotiate(request: Request, next: Next) -> Response {
    if let Some(route) = request.extensions().get::<&'static Route>() {
        let produced = route.produces.as_str();
        if !accepts(request.headers(), produced) {
            let detail = format!("there is only {produced} here, which the Accept header rules out");
            return Problem::new(Code::NotAcceptable, detail).into_response();
        }
    }
    next.run(request).await
}

/// Whether an `Accept` header allows this type: the most specific range that covers it decides.
fn accepts(headers: &HeaderMap, produced: &str) -> bool {
    let lines: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok()).collect();
    let accept = lines.join(",");
    if accept.trim().is_empty() {
        return true;
    }
    let kind = produced.split('/').next().unwrap_or_default();
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let range = parts.next()?.to_ascii_lowercase();
        let specificity = [("*/*".to_owned(), 0), (format!("{kind}/*"), 1), (produced.to_owned(), 2)];
        let (_, specificity) = specificity.into_iter().find(|(known, _)| *known == range)?;
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        let quality = quality.map_or(Some(1.0), |quality| quality.trim().parse::<f32>().ok())?;
        Some((specificity, quality))
    });
    ranges.max_by_key(|(specificity, _)| *specificity).is_some_and(|(_, quality)| quality > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts_json(accept: &str) -> bool {
        accepts(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]), "application/json")
    }

    #[test]
    fn the_most_specific_range_decides() {
        for good in [
            "",
            "*/*",
            "application/*",
            "Application/JSON",
            "text/html, application/json;q=0.5",
            "text/html,*/*;q=0.1",
            "application/json; charset=utf-8",
        ] {
            assert!(accepts_json(good), "{good}");
        }
        for wrong in [
            "text/html",
            "application/xml",
            "application/json;q=0",
            "*/*, application/json;q=0.0",
            "nonsense",
        ] {
            assert!(!accepts_json(wrong), "{wrong}");
        }
        assert!(accepts(&HeaderMap::new(), "application/json"));
    }
}

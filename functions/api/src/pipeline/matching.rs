//! Which route a request is for.

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::route::Route;

/// Finds the request's route and puts it among its extensions, beside the table of all. Handles `OPTIONS`.
pub async fn find_route(
    State(routes): State<&'static [Route]>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let at_path: Vec<&'static Route> =
        routes.iter().filter(|route| path.as_deref() == Some(route.path)).collect();
    if request.method() == Method::OPTIONS && !at_path.is_empty() {
        return options(at_path.iter().map(|route| &route.method));
    }
    request.extensions_mut().insert(routes);
    let route = at_path.into_iter().find(|route| route.method == request.method());
    if let Some(route) = route {
        request.extensions_mut().insert(route);
    }
    let mut response = next.run(request).await;
    // For the log.
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

fn options<'a>(methods: impl Iterator<Item = &'a Method>) -> Response {
    let mut allowed = vec!["OPTIONS"];
    for method in methods {
        allowed.push(method.as_str());
        if method == Method::GET {
            allowed.push("HEAD");
        }
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(allowed) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// Handles `HEAD` as `GET` without the body: with the same headers, its entity tag and length among them.
pub async fn head_as_get(mut request: Request, next: Next) -> Response {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        *request.method_mut() = Method::GET;
    }
    let response = next.run(request).await;
    if is_head { response.map(|_| Body::empty()) } else { response }
}

//! The id of a request, the problem documents that carry it, and the request's line in the log.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use shared::api_key::Caller;
use shared::app::App;
use shared::metrics::{self, Metric};
use shared::request_id::RequestId;
use shared::work_log::{About, Http, Kind, Outcome, Unit};

use super::limits;
use crate::problem::{CONTENT_TYPE, Problem};
use crate::route::Route;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The route in the log of a request that has none.
const NO_ROUTE: &str = "none";

/// Gives the request its id, renders what was refused, and logs how it ended.
pub async fn identify(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = given.and_then(RequestId::parse).unwrap_or_else(|| RequestId::random(&app.ids));
    let method = request.method().to_string();
    let about = About { request_id: Some(id.clone()), sample: Some(random(&app)), ..About::default() };
    let unit = app.work_log.begin(Kind::Request, about);
    let client = limits::network_of(&request);
    request.extensions_mut().insert(id.clone());
    let response = next.run(request).await;
    log(unit, method, client, &response);
    let mut response = rendered(response, &id);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

/// Our own choice of the requests that are logged: the client's id may be chosen not to be.
fn random(app: &App) -> u64 {
    let bits = app.ids.next();
    u64::from_be_bytes([bits[0], bits[1], bits[2], bits[3], bits[4], bits[5], bits[6], bits[7]])
}

fn log(mut unit: Unit<'_>, method: String, client: Option<IpAddr>, response: &Response) {
    let (status, extensions) = (response.status(), response.extensions());
    let route = extensions.get::<&'static Route>().map_or(NO_ROUTE, |route| route.path).to_owned();
    unit.about.http = Some(Http { method, route, status: status.as_u16() });
    unit.about.tenant = extensions.get::<Caller>().map(|caller| caller.tenant.clone());
    let problem = extensions.get::<Problem>();
    unit.about.code = problem.map(|problem| problem.code.as_str().to_owned());
    unit.about.error = problem.and_then(|problem| problem.cause.clone());
    unit.outcome = match status {
        status if status.is_server_error() => Outcome::Faulted,
        status if status.is_client_error() => Outcome::Refused,
        _ => Outcome::Succeeded,
    };
    if unit.outcome == Outcome::Refused {
        unit.about.api_key = extensions.get::<Caller>().map(|caller| caller.key.clone());
        unit.about.client = client.map(|network| network.to_string());
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        metrics::count(Metric::RequestsFaulted, unit.about.request_id.as_ref());
    }
    unit.end();
}

/// The response, as a problem document if it is a refusal, ours or the framework's own, and no page for people.
fn rendered(response: Response, id: &RequestId) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let content_type = response.headers().get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    if !is_refusal || content_type == CONTENT_TYPE.as_bytes() || content_type.starts_with(b"text/html") {
        return response;
    }
    let problem = response.extensions().get::<Problem>();
    let mut document = problem.cloned().unwrap_or_else(|| Problem::of_status(status)).render(id.as_str());
    for (name, value) in response.headers() {
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            document.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    document
}

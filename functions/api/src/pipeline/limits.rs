//! How much may be asked for: of a tenant, of a key that has a limit of its own, and of an address without a key.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lambda_http::request::RequestContext;
use shared::api_key::Caller;
use shared::app::App;
use shared::operations::rate_limits::take_tokens;
use shared::rate_limit::headers::{rate_limit, rate_limit_policy};
use shared::rate_limit::{Bucket, Taken};

use crate::problem::Problem;
use crate::route::{Access, Route};

const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Takes the route's tokens, and says what is left.
pub async fn limit_rate(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<&'static Route>().copied();
    let caller = request.extensions().get::<Caller>();
    let buckets = match (route, caller) {
        (Some(route), _) if route.tokens == 0 => Vec::new(),
        (Some(_), Some(caller)) => caller.buckets(app.tenant_limit),
        (Some(route), None) if route.access == Access::Public => address_of(&request).into_iter().collect(),
        _ => Vec::new(),
    };
    let tokens = route.map_or(0, |route| route.tokens);
    let mut taken = Vec::new();
    let mut refused = None;
    for bucket in &buckets {
        let answer = take_tokens(&app, bucket, tokens).await;
        taken.push((bucket, answer));
        if let Taken::Refused { retry_after, .. } = answer {
            refused = Some(Problem::rate_limited(retry_after));
            break;
        }
    }
    let mut response = match refused {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    add_headers(response.headers_mut(), &buckets, &taken);
    response
}

fn add_headers(headers: &mut HeaderMap, buckets: &[Bucket], taken: &[(&Bucket, Taken)]) {
    if buckets.is_empty() {
        return;
    }
    let left = rate_limit(taken.iter().map(|(bucket, taken)| (*bucket, taken)));
    for (name, value) in [(RATELIMIT_POLICY, Some(rate_limit_policy(buckets))), (RATELIMIT, left)] {
        if let Some(Ok(value)) = value.as_deref().map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
}

/// The bucket of the client's address, as API Gateway tells it.
pub fn address_of(request: &Request) -> Option<Bucket> {
    client_of(request).map(Bucket::of_address)
}

/// The network that the client's address is in: enough to find an attack by, and no person.
pub fn network_of(request: &Request) -> Option<IpAddr> {
    Some(match client_of(request)? {
        IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from(u32::from(v4) & 0xffff_ff00)),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) >> 80 << 80)),
    })
}

fn client_of(request: &Request) -> Option<IpAddr> {
    let RequestContext::ApiGatewayV2(context) = request.extensions().get()? else { return None };
    context.http.source_ip.as_deref()?.parse().ok()
}

/// Refuses a client without a good key that asks too often: guessing keys is asking, too.
pub async fn refuse_stranger(app: &App, bucket: Option<&Bucket>, problem: Problem) -> Response {
    let Some(bucket) = bucket else { return problem.into_response() };
    let taken = take_tokens(app, bucket, 1).await;
    let mut response = match taken {
        Taken::Refused { retry_after, .. } => Problem::rate_limited(retry_after).into_response(),
        Taken::Allowed { .. } => problem.into_response(),
    };
    add_headers(response.headers_mut(), std::slice::from_ref(bucket), &[(bucket, taken)]);
    response
}

//! Who may knock: programs on this machine. Web pages that a developer visits can reach it, too.
//!
//! A page can send requests to loopback, and under a name that it has pointed there read the responses. A browser says
//! which name it asked for (`Host`) and which page asks (`Origin`); nobody else sends what a page cannot leave out.

use http::{StatusCode, header, uri::Authority};

use crate::http::{Request, Response, refusal};

/// Returns the refusal of a request for another host than this machine.
pub fn refusal_of_api(request: &Request) -> Option<Response> {
    (!names_this_machine(request)).then(forbidden)
}

/// Returns the same, and the refusal of what pages ask of services that none has any business with. They may send and
/// fetch objects, as on AWS: those requests are signed, and the bucket's CORS rules say what a page learns.
pub fn refusal_of_services(request: &Request, is_for_s3: bool) -> Option<Response> {
    let is_of_page = !is_for_s3 && request.headers().contains_key(header::ORIGIN);
    refusal_of_api(request).or_else(|| is_of_page.then(forbidden))
}

fn names_this_machine(request: &Request) -> bool {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(authority) = named.and_then(|host| host.parse::<Authority>().ok()) else {
        return false;
    };
    let host = authority.host().to_ascii_lowercase();
    // Names under `localhost` are never looked up elsewhere (RFC 6761).
    ["127.0.0.1", "[::1]", "localhost"].contains(&host.as_str()) || host.ends_with(".localhost")
}

fn forbidden() -> Response {
    refusal(StatusCode::FORBIDDEN, "Forbidden")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(host: &str, origin: Option<&str>) -> Request {
        let mut request = http::Request::post("/").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.body(Default::default()).unwrap()
    }

    #[test]
    fn only_this_machine_is_asked_for() {
        for host in ["127.0.0.1:3000", "localhost", "LOCALHOST:3000", "[::1]:3000", "bucket.localhost:3001"] {
            assert!(refusal_of_api(&request(host, None)).is_none(), "{host}");
        }
        for host in [
            "rebound.example:3000",
            "localhost.example",
            "127.0.0.1.example",
            "notlocalhost",
            "192.0.2.1",
            "",
        ] {
            assert!(refusal_of_api(&request(host, None)).is_some(), "{host}");
            assert!(refusal_of_services(&request(host, None), true).is_some(), "{host}");
        }
        assert!(
            refusal_of_api(&http::Request::get("/").body(Default::default()).unwrap()).is_some(),
            "without a host"
        );
    }

    #[test]
    fn a_page_reaches_the_api_and_objects_alone() {
        for origin in ["https://page.example", "null", "http://localhost:5173"] {
            let request = request("localhost:3001", Some(origin));
            assert!(refusal_of_api(&request).is_none());
            assert!(refusal_of_services(&request, true).is_none());
            assert!(refusal_of_services(&request, false).is_some(), "{origin}");
        }
    }
}

//! Routes, and which of them a request takes: the most specific one that matches, as API Gateway chooses.

use std::collections::BTreeMap;
use std::fmt;

use http::Method;

/// Key of the route that takes whatever no other does.
const DEFAULT_KEY: &str = "$default";

/// `POST /v1/uploads`, `ANY /{proxy+}` or `$default`, and the function that it invokes.
#[derive(Clone, Debug)]
pub struct Route {
    key: String,
    function: String,
    /// `None` is `ANY`.
    method: Option<Method>,
    /// `None` is `$default`.
    segments: Option<Vec<Segment>>,
}

#[derive(Clone, Debug)]
enum Segment {
    Literal(String),
    Parameter(String),
    /// The rest of the path, `{name+}`; the last segment if any.
    Greedy(String),
}

#[derive(Debug, PartialEq, Eq)]
pub struct InvalidRoute {
    key: String,
}

/// A route and what its parameters stand for in a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Matched<'r> {
    pub key: &'r str,
    pub function: &'r str,
    pub parameters: BTreeMap<String, String>,
}

impl Route {
    /// Reads a route key, the form in which API Gateway names a route.
    pub fn parse(key: &str, function: &str) -> Result<Self, InvalidRoute> {
        let invalid = || InvalidRoute { key: key.to_owned() };
        let (method, segments) = if key == DEFAULT_KEY {
            (None, None)
        } else {
            let (method, path) = key.split_once(' ').ok_or_else(invalid)?;
            let segments = segments(path).ok_or_else(invalid)?;
            let method = match method {
                "ANY" => None,
                other => Some(Method::from_bytes(other.as_bytes()).map_err(|_| invalid())?),
            };
            (method, Some(segments))
        };
        Ok(Self { key: key.to_owned(), function: function.to_owned(), method, segments })
    }

    fn matches(&self, method: &Method, path: &str) -> Option<BTreeMap<String, String>> {
        if self.method.as_ref().is_some_and(|own| own != method) {
            return None;
        }
        match &self.segments {
            Some(segments) => parameters(segments, path.strip_prefix('/')?),
            None => Some(BTreeMap::new()),
        }
    }

    /// Compares as API Gateway chooses: each segment the more literal the better, then a method before `ANY`.
    fn specificity(&self) -> (Option<Vec<u8>>, bool) {
        let rank = |segment: &Segment| match segment {
            Segment::Greedy(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Literal(_) => 2,
        };
        let ranks = self.segments.as_ref().map(|segments| segments.iter().map(rank).collect());
        (ranks, self.method.is_some())
    }
}

/// The route of a request for the decoded `path`.
pub fn find<'r>(routes: &'r [Route], method: &Method, path: &str) -> Option<Matched<'r>> {
    let matching = routes.iter().filter_map(|route| Some((route, route.matches(method, path)?)));
    let (route, parameters) = matching.max_by_key(|(route, _)| route.specificity())?;
    Some(Matched { key: &route.key, function: &route.function, parameters })
}

fn segments(path: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    for part in path.strip_prefix('/')?.split('/') {
        if let Some(Segment::Greedy(_)) = segments.last() {
            return None;
        }
        segments.push(match part.strip_prefix('{').map(|part| part.strip_suffix('}')) {
            None => Segment::Literal(part.to_owned()),
            Some(Some(name)) if !name.trim_end_matches('+').is_empty() => match name.strip_suffix('+') {
                Some(name) => Segment::Greedy(name.to_owned()),
                None => Segment::Parameter(name.to_owned()),
            },
            Some(_) => return None,
        });
    }
    Some(segments)
}

/// Returns the parameters' values in `path`, which has no leading slash; `None` if it does not match.
fn parameters(segments: &[Segment], path: &str) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    let mut rest = Some(path);
    for segment in segments {
        let remaining = rest?;
        let (part, following) =
            remaining.split_once('/').map_or((remaining, None), |(part, following)| (part, Some(following)));
        match segment {
            Segment::Literal(literal) if literal == part => rest = following,
            Segment::Parameter(name) if !part.is_empty() => {
                parameters.insert(name.clone(), part.to_owned());
                rest = following;
            }
            Segment::Greedy(name) if !remaining.is_empty() => {
                parameters.insert(name.clone(), remaining.to_owned());
                rest = None;
            }
            _ => return None,
        }
    }
    rest.is_none().then_some(parameters)
}

impl fmt::Display for InvalidRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no route key such as `POST /v1/uploads`, `ANY /{{proxy+}}` or `$default`",
            self.key
        )
    }
}

impl std::error::Error for InvalidRoute {}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str]) -> Vec<Route> {
        keys.iter().map(|key| Route::parse(key, "api").unwrap()).collect()
    }

    fn chosen(keys: &[&str], method: Method, path: &str) -> Option<String> {
        find(&routes(keys), &method, path).map(|matched| matched.key.to_owned())
    }

    #[test]
    fn a_greedy_parameter_is_the_rest_of_the_path() {
        let routes = routes(&["ANY /{proxy+}"]);
        for (path, proxy) in
            [("/v1", "v1"), ("/v1/uploads/7", "v1/uploads/7"), ("/a/", "a/"), ("/a//b", "a//b")]
        {
            let matched = find(&routes, &Method::GET, path).unwrap();
            assert_eq!(matched.parameters["proxy"], proxy, "{path}");
        }
        assert_eq!(find(&routes, &Method::GET, "/"), None);
    }

    #[test]
    fn the_most_specific_route_is_taken() {
        let keys = ["$default", "ANY /{proxy+}", "ANY /v1/{id}", "GET /v1/{id}", "ANY /v1/uploads"];
        let expected = [
            (Method::GET, "/v1/uploads", "ANY /v1/uploads"),
            (Method::GET, "/v1/7", "GET /v1/{id}"),
            (Method::PUT, "/v1/7", "ANY /v1/{id}"),
            (Method::GET, "/v1/7/8", "ANY /{proxy+}"),
            (Method::GET, "/", "$default"),
        ];
        for (method, path, key) in expected {
            assert_eq!(chosen(&keys, method, path).as_deref(), Some(key), "{path}");
        }
    }

    #[test]
    fn a_route_takes_only_its_method_and_its_path() {
        let keys = ["GET /v1/uploads", "POST /"];
        assert_eq!(chosen(&keys, Method::POST, "/").as_deref(), Some("POST /"));
        for (method, path) in [
            (Method::POST, "/v1/uploads"),
            (Method::GET, "/v1/uploads/"),
            (Method::GET, "/v1"),
            (Method::GET, "/"),
        ] {
            assert_eq!(chosen(&keys, method, path), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_route_key_is_refused_by_name() {
        for key in ["", "GET", "GET v1", "/v1", "ANY /{}", "ANY /{+}", "ANY /{a", "ANY /{all+}/b", "G@T /a"] {
            let error = Route::parse(key, "api").unwrap_err().to_string();
            assert!(error.starts_with(&format!("{key:?} is no route key")), "{error}");
        }
    }
}

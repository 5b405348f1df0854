//! Examples of requests and responses, by the name of the operation. A whole-system test sends each request, and compares
//! the fields of the response with those of the real one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::route::{Access, Route};

const FILES: [&str; 9] = [
    include_str!("examples/activity.json"),
    include_str!("examples/api_keys.json"),
    include_str!("examples/jobs.json"),
    include_str!("examples/recipes.json"),
    include_str!("examples/runs.json"),
    include_str!("examples/service.json"),
    include_str!("examples/signing_keys.json"),
    include_str!("examples/uploads.json"),
    include_str!("examples/usage.json"),
];

/// An example of an operation. Where its path has parameters, they have their own examples.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Box<RawValue>>,
    response: Option<Box<RawValue>>,
}

static EXAMPLES: LazyLock<BTreeMap<String, Example>> = LazyLock::new(|| {
    let read = |file| serde_json::from_str::<BTreeMap<String, Example>>(file);
    FILES.into_iter().filter_map(|file| read(file).ok()).flatten().collect()
});

/// The example of a route; every route for programs has one.
pub fn of(route: &Route) -> Option<&'static Example> {
    EXAMPLES.get(route.name)
}

impl Example {
    /// The query of the URL, without its question mark.
    pub fn query(&self) -> String {
        let pairs: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    /// The body, laid out for a reader.
    pub fn body(&self) -> Option<String> {
        self.body.as_ref().map(|body| outdented(body.get()))
    }

    /// The body of the response, laid out for a reader.
    pub fn response(&self) -> Option<String> {
        self.response.as_ref().map(|response| outdented(response.get()))
    }

    /// A call of curl that sends the request.
    pub fn curl(&self, route: &Route) -> String {
        let path = route.path_parameters.iter().fold(route.path.to_owned(), |path, parameter| {
            path.replace(&format!("{{{}}}", parameter.name()), &parameter.example())
        });
        let query = self.query();
        let question_mark = if query.is_empty() { "" } else { "?" };
        // With a body, curl posts by itself.
        let method = match (route.method.as_str(), &self.body) {
            ("GET", None) | ("POST", Some(_)) => String::new(),
            (method, _) => format!("-X {method} "),
        };
        let mut words = vec![format!("curl {method}\"$API{path}{question_mark}{query}\"")];
        if route.access != Access::Public {
            words.push("-H \"Authorization: Bearer $KEY\"".to_owned());
        }
        words.extend(self.headers.iter().map(|(name, value)| format!("-H '{name}: {value}'")));
        if let Some(body) = self.body() {
            words.push("-H 'Content-Type: application/json'".to_owned());
            words.push(format!("-d '{}'", body.replace('\n', "\n  ")));
        }
        words.join(" \\\n  ")
    }
}

/// Adds the route's example to its operation in the document.
pub fn add(operation: &mut Value, route: &Route) {
    let Some(example) = of(route) else { return };
    operation["x-codeSamples"] = json!([{ "lang": "Shell", "label": "curl", "source": example.curl(route) }]);
    let put = |content: &mut Value, raw: &Option<Box<RawValue>>| {
        if let Some(value) = raw.as_ref().and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()) {
            content["content"]["application/json"]["example"] = value;
        }
    };
    if example.body.is_some() {
        put(&mut operation["requestBody"], &example.body);
    }
    put(&mut operation["responses"][route.contract.status.as_str()], &example.response);
}

/// The text without the indentation that it has in its file.
fn outdented(text: &str) -> String {
    let indents = text.lines().skip(1).map(|line| line.len() - line.trim_start().len());
    let indent = indents.min().unwrap_or(0);
    let mut lines: Vec<&str> = text.lines().take(1).collect();
    lines.extend(text.lines().skip(1).map(|line| &line[indent..]));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    #[test]
    fn every_file_is_read_and_every_example_is_of_a_route() {
        for file in FILES {
            serde_json::from_str::<BTreeMap<String, Example>>(file).unwrap();
        }
        for name in EXAMPLES.keys() {
            assert!(ROUTES.iter().any(|route| route.name == name), "there is no operation {name}");
        }
    }

    #[test]
    fn an_example_is_a_call_of_curl() {
        let route = |name| ROUTES.iter().find(|route| route.name == name).unwrap();
        let curl = |name| of(route(name)).unwrap().curl(route(name));
        assert_eq!(
            curl("getUploadUrl"),
            "curl \"$API/v1/uploads/upl_54df63zb7rnrnrnk8bhknq46c5/url?derivative=thumb&disposition=inline\" \\\n  \
             -H \"Authorization: Bearer $KEY\""
        );
        assert_eq!(curl("getHealth"), "curl \"$API/healthz\"");
        assert!(curl("deleteUpload").starts_with("curl -X DELETE "));
        let rotation = curl("rotateApiKey");
        assert!(rotation.ends_with("-H 'Idempotency-Key: rotation-1' \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"overlap_seconds\": 3600}'"), "{rotation}");
    }
}

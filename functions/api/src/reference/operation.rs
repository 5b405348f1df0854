//! The page of one operation.

use serde_json::Value;

use super::Reference;
use super::fields::{of_request, of_response, parameters};
use super::html::{Element, all, element, heading, line, listing, prose, text};
use super::layout::{badge, reference_page};
use super::problems::problem_link;
use crate::openapi::examples::{self, Example};
use crate::route::Route;

pub fn page(reference: Reference<'_>, route: &Route) -> String {
    let operation = reference.operation(route);
    let path = element("p").class("path").with(badge(route)).with(element("code").with(text(route.path)));
    let main = all([
        element("p").class("resource").with(text(route.resource.name)),
        heading(route.name),
        path,
        element("p").class("lead").with(line(route.summary)),
        prose(operation["description"].as_str().unwrap_or_default()),
        request_example(route),
        response_example(route),
        all_parameters(operation),
        body(reference.document, operation),
        response(reference.document, route, operation),
        problems(route),
    ]);
    reference_page(reference, route.name, Some(route), main)
}

fn request_example(route: &Route) -> Element {
    match examples::of(route) {
        Some(example) => all([subheading("Request"), listing(&example.curl(route))]),
        None => all([]),
    }
}

fn response_example(route: &Route) -> Element {
    let statuses = [Some(route.contract.status), route.contract.other_status].into_iter().flatten();
    let named = |status: http::StatusCode| {
        format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
    };
    let title = format!("Response: {}", statuses.map(named).collect::<Vec<_>>().join(" or "));
    let body = examples::of(route).and_then(Example::response);
    all([subheading(&title), body.map_or_else(|| all([]), |body| listing(&body))])
}

fn all_parameters(operation: &Value) -> Element {
    match operation["parameters"].as_array() {
        Some(some) if !some.is_empty() => all([subheading("Parameters"), parameters(some)]),
        _ => all([]),
    }
}

fn body(document: &Value, operation: &Value) -> Element {
    match operation.pointer("/requestBody/content/application~1json/schema") {
        Some(schema) => all([subheading("Body"), of_request(document, schema)]),
        None => all([]),
    }
}

fn response(document: &Value, route: &Route, operation: &Value) -> Element {
    let response = &operation["responses"][route.contract.status.as_str()];
    let schema = response.pointer("/content/application~1json/schema");
    match schema.filter(|schema| schema.get("$ref").is_some()) {
        Some(schema) => all([subheading("Fields of the response"), of_response(document, schema)]),
        None => all([]),
    }
}

fn problems(route: &Route) -> Element {
    let item = |code| element("li").with(problem_link(code));
    let list = element("ul").class("names inline").with(all(route.problems().into_iter().map(item)));
    all([subheading("Problems"), list])
}

fn subheading(title: &str) -> Element {
    element("h2").with(text(title))
}

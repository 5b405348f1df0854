//! The reference for people: pages made from the OpenAPI document, with everything that they need in them.

use serde_json::{Map, Value};

use crate::problem::Code;

mod html;
mod schema;

use html::{Element, element, text};

const STYLE: &str = include_str!("reference/style.css");

/// The whole reference.
pub fn page(document: &Value) -> String {
    let title = document["info"]["title"].as_str().unwrap_or_default();
    let operations = operations(document);
    let tags: Vec<&str> =
        document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();

    let mut contents = element("nav").with(element("h1").with(text(title)));
    let mut main =
        element("main").with(element("p").class("lead").with(html::prose(&document["info"]["description"])));
    main = main.with(
        element("p")
            .with(element("a").attribute("href", "/v1/openapi.json").with(text("OpenAPI 3.1 document"))),
    );
    for tag in tags {
        contents = contents.with(element("h2").with(text(tag)));
        main = main.with(element("h2").attribute("id", tag).with(text(tag)));
        let mut list = element("ul");
        for operation in operations.iter().filter(|operation| operation.value["tags"][0] == tag) {
            let id = operation.value["operationId"].as_str().unwrap_or_default();
            let link = element("a").attribute("href", &format!("#{id}")).with(text(id));
            list = list.with(element("li").with(link));
            main = main.with(section(document, operation));
        }
        contents = contents.with(list);
    }
    contents = contents.with(element("h2").with(text("problems")));
    let problems =
        Code::ALL.iter().fold(element("ul"), |list, code| list.with(element("li").with(problem_link(*code))));
    contents = contents.with(problems);
    document_of(title, contents.then(main))
}

/// The page that a problem's `type` names.
pub fn problem(code: Code) -> String {
    let back = element("p").with(element("a").attribute("href", "/docs").with(text("All of the reference")));
    let heading = element("h1").with(text(&format!("{} {}", code.status().as_u16(), code.title())));
    let body =
        element("main").with(heading).with(element("p").with(element("code").with(text(code.as_str()))));
    let body = body.with(element("p").with(html::prose(&code.explanation().into()))).with(back);
    document_of(code.title(), body)
}

fn problem_link(code: Code) -> Element {
    let link = element("a").attribute("href", &format!("/docs/problems/{}", code.as_str()));
    link.with(text(&format!("{} {}", code.status().as_u16(), code.as_str())))
}

struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    value: &'a Value,
}

fn operations<'a>(document: &'a Value) -> Vec<Operation<'a>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let of_path = |(path, methods): (&'a String, &'a Value)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, value)| Operation { method, path, value })
    };
    paths.flat_map(of_path).collect()
}

fn section(document: &Value, operation: &Operation<'_>) -> Element {
    let id = operation.value["operationId"].as_str().unwrap_or_default();
    let method = element("b").class(operation.method).with(text(&operation.method.to_uppercase()));
    let heading = element("h3").with(method).with(element("code").with(text(operation.path)));
    let summary = element("p").with(html::prose(&operation.value["summary"]));
    let mut section = element("section").attribute("id", id).with(heading).with(summary);
    if operation.value.get("description").is_some() {
        section = section.with(element("p").class("note").with(html::prose(&operation.value["description"])));
    }
    let parameters = operation.value["parameters"].as_array().cloned().unwrap_or_default();
    if !parameters.is_empty() {
        section = section.with(element("h4").with(text("Parameters")));
        section = section.with(schema::parameters(&parameters));
    }
    let body = operation.value.pointer("/requestBody/content/application~1json/schema");
    if let Some(body) = body {
        section = section.with(element("h4").with(text("Body"))).with(schema::fields(document, body));
    }
    let none = Map::new();
    let responses = operation.value["responses"].as_object().unwrap_or(&none);
    section = section.with(element("h4").with(text("Answers")));
    for (status, response) in responses.iter().filter(|(_, response)| response.get("$ref").is_none()) {
        let line = format!("{status} {}", response["description"].as_str().unwrap_or_default());
        section = section.with(element("p").with(element("code").with(text(&line))));
        if let Some(answer) = response.pointer("/content/application~1json/schema") {
            section = section.with(schema::fields(document, answer));
        }
    }
    let codes = operation.value["x-problem-codes"].as_array().into_iter().flatten();
    let mut line = element("p").class("note").with(text("Problems:"));
    for code in codes.filter_map(|code| Code::parse(code.as_str()?)) {
        line = line.with(text(" ")).with(problem_link(code));
    }
    section.with(line)
}

fn document_of(title: &str, body: Element) -> String {
    let title = element("title").with(text(title)).render();
    let body = body.render();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">{title}<style>{STYLE}</style></head>\
         <body>{body}</body></html>\n"
    )
}

//! Schemas as tables of fields.

use serde_json::Value;

use super::html::{Element, all, element, line, prose, text};
use super::kind::{kind, names};

/// Types within types are shown to this depth.
const DEPTH_MAX: usize = 5;

/// The parameters of an operation.
pub fn parameters(parameters: &[Value]) -> Element {
    let row = |parameter: &Value| {
        let place = parameter["in"].as_str().unwrap_or_default();
        let schema = &parameter["schema"];
        let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
        row(&Field {
            name: parameter["name"].as_str().unwrap_or_default(),
            kind: format!("{place}, {}", kind(&parameter["schema"])),
            presence: if parameter["required"] == true { "required" } else { "" },
            description: parameter["description"].as_str().unwrap_or_default(),
            names: names(schema),
        })
    };
    element("dl").class("fields").with(all(parameters.iter().map(row)))
}

/// The fields of a body, required ones first, with those of the objects in it below them.
pub fn of_request(document: &Value, schema: &Value) -> Element {
    element("dl").class("fields").with(all(rows(document, schema, Side::Request, "", 0)))
}

/// The fields of a response, with those of the objects in it below them.
pub fn of_response(document: &Value, schema: &Value) -> Element {
    element("dl").class("fields").with(all(rows(document, schema, Side::Response, "", 0)))
}

/// Where the fields are: a request's sender must know what is required, a response's reader what may be absent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

struct Field<'a> {
    name: &'a str,
    kind: String,
    /// `required` or `optional`, where that is worth saying.
    presence: &'static str,
    description: &'a str,
    names: Vec<(String, String)>,
}

fn row(field: &Field<'_>) -> Element {
    let mut term = element("dt").with(element("code").with(text(field.name))).with(text(" "));
    term = term.with(element("span").class("kind").with(text(&field.kind)));
    if !field.presence.is_empty() {
        term = term.with(text(" ")).with(element("span").class(field.presence).with(text(field.presence)));
    }
    all([term, element("dd").with(prose(field.description)).with(names_of(field))])
}

/// The names of an enum: those that need no description in a row, the others one below the other.
fn names_of(field: &Field<'_>) -> Element {
    let item = |(name, description): &(String, String)| {
        let item = element("li").with(element("code").with(text(name)));
        if description.is_empty() { item } else { item.with(text(" ")).with(line(description)) }
    };
    let (described, plain): (Vec<_>, Vec<_>) =
        field.names.iter().partition(|(_, description)| !description.is_empty());
    let list = |class, names: Vec<&(String, String)>| match names.is_empty() {
        true => all([]),
        false => element("ul").class(class).with(all(names.into_iter().map(item))),
    };
    all([list("names inline", plain), list("names", described)])
}

fn rows(document: &Value, schema: &Value, side: Side, prefix: &str, depth: usize) -> Vec<Element> {
    let choices = choices(document, schema);
    let is_required = |name: &str| {
        let requires = |choice: &&Value| {
            let required = choice["required"].as_array();
            required.is_some_and(|required| required.iter().any(|required| *required == name))
        };
        choices.iter().all(requires)
    };
    let mut properties: Vec<(&String, &Value)> = Vec::new();
    for property in choices.iter().filter_map(|choice| choice["properties"].as_object()).flatten() {
        if properties.iter().all(|(name, _)| *name != property.0) {
            properties.push(property);
        }
    }
    if side == Side::Request {
        properties.sort_by_key(|(name, _)| !is_required(name));
    }
    let mut rows = Vec::new();
    for (name, property) in properties {
        let resolved = resolved_to(document, property);
        let is_array = resolved["type"] == "array";
        let inner = if is_array { &resolved["items"] } else { property };
        let described = [property, resolved].into_iter().find_map(|schema| schema["description"].as_str());
        let full = format!("{prefix}{name}{}", if is_array { "[]" } else { "" });
        rows.push(row(&Field {
            name: &full,
            kind: kind_of(document, property),
            presence: match (side, is_required(name)) {
                (Side::Request, true) => "required",
                (Side::Response, false) => "optional",
                _ => "",
            },
            description: described.unwrap_or_default(),
            names: names(resolved_to(document, inner)),
        }));
        if depth < DEPTH_MAX {
            rows.extend(self::rows(document, inner, side, &format!("{full}."), depth + 1));
        }
    }
    rows
}

/// The type in a few words: of a choice, those of all choices.
fn kind_of(document: &Value, schema: &Value) -> String {
    match schema["anyOf"].as_array() {
        Some(choices) => {
            let mut kinds: Vec<String> = choices.iter().map(|choice| kind_of(document, choice)).collect();
            kinds.dedup();
            kinds.join(" or ")
        }
        None => match referred(document, schema) {
            Some(referred) => kind_of(document, referred),
            None if schema["type"] == "array" => {
                let of = kind_of(document, &schema["items"]);
                kind(schema).replacen("array", &format!("array of {of}"), 1)
            }
            None => kind(schema),
        },
    }
}

/// The objects that a value may be, references followed: mostly one.
fn choices<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(choices) = schema["anyOf"].as_array() {
        let others =
            choices.iter().filter(|choice| choice["type"] == "object" || choice.get("$ref").is_some());
        return others.flat_map(|choice| self::choices(document, choice)).collect();
    }
    match referred(document, schema) {
        Some(referred) => choices(document, referred),
        None => vec![schema],
    }
}

/// The schema that a reference leads to; of a choice with null, the other one.
fn resolved_to<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(choices) = schema["anyOf"].as_array() {
        let other = choices.iter().find(|choice| choice["type"] != "null");
        return other.map_or(schema, |other| resolved_to(document, other));
    }
    referred(document, schema).unwrap_or(schema)
}

fn referred<'a>(document: &'a Value, schema: &Value) -> Option<&'a Value> {
    document.pointer(schema["$ref"].as_str()?.strip_prefix('#')?)
}

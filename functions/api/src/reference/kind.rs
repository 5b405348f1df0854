//! The type of a value in a few words.

use serde_json::Value;

/// The type, with its bounds and its default.
pub fn kind(schema: &Value) -> String {
    let mut words = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        kind => kind.as_str().unwrap_or("any").to_owned(),
    };
    match schema["format"].as_str() {
        Some("date-time") => words = words.replace("string", "time"),
        Some("date") => words = words.replace("string", "date"),
        _ => {}
    }
    let unit = match schema["type"].as_str() {
        Some("string") => " characters",
        Some("array") => " entries",
        _ => "",
    };
    let bound = |names: [&str; 3]| names.iter().map(|name| &schema[*name]).find(|bound| bound.is_number());
    let least = bound(["minimum", "minLength", "minItems"]).filter(|least| **least != 0);
    let most = bound(["maximum", "maxLength", "maxItems"]);
    match (least, most) {
        (Some(least), Some(most)) => words = format!("{words}, {least} to {most}{unit}"),
        (Some(least), None) => words = format!("{words}, at least {least}{}", singular(unit, least)),
        (None, Some(most)) => words = format!("{words}, at most {most}{unit}"),
        (None, None) => {}
    }
    match &schema["default"] {
        Value::Null | Value::Object(_) | Value::Array(_) => words,
        Value::String(default) => format!("{words}, default {default}"),
        default => format!("{words}, default {default}"),
    }
}

fn singular(unit: &str, count: &Value) -> &'static str {
    match (unit, *count == 1) {
        (" characters", true) => " character",
        (" characters", false) => " characters",
        (" entries", true) => " entry",
        (" entries", false) => " entries",
        _ => "",
    }
}

/// All that an enum allows, each with what it means, if that is said.
pub fn names(schema: &Value) -> Vec<(String, String)> {
    let name = |name: &Value| {
        let text = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        let description = schema["x-enumDescriptions"][&text].as_str().unwrap_or_default().to_owned();
        (text, description)
    };
    schema["enum"].as_array().into_iter().flatten().filter(|name| !name.is_null()).map(name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_is_shown_with_its_bounds_and_its_default() {
        for (schema, words) in [
            (
                json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
                "integer, 1 to 100, default 20",
            ),
            (json!({ "type": ["string", "null"], "format": "date-time" }), "time or null"),
            (json!({ "type": "array", "minItems": 1 }), "array, at least 1 entry"),
            (json!({ "type": "string", "minLength": 1, "maxLength": 64 }), "string, 1 to 64 characters"),
            (json!({ "type": "integer", "minimum": 0 }), "integer"),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }

    #[test]
    fn every_name_of_an_enum_is_shown() {
        let schema = json!({ "enum": ["a", "b", null], "x-enumDescriptions": { "b": "The other." } });
        assert_eq!(
            names(&schema),
            [("a", ""), ("b", "The other.")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }
}

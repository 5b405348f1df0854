//! Reads a log line leniently: JSON as `tracing-subscriber` writes it, flattened or not, or any other text.

use serde_json::{Map, Value};
use shared::clock::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Said by the JSON form alone: a reader at a terminal does without.
const FOR_MACHINES: [&str; 10] = [
    "_aws",
    "filename",
    "function",
    "invocation.id",
    "line_number",
    "requestId",
    "stack",
    "target",
    "threadId",
    "xrayTraceId",
];

/// The field that says how a unit of work ended.
pub const OUTCOME: &str = "outcome";

/// One line: what a reader wants to see of it, and all of it.
#[derive(Debug)]
pub struct Record {
    pub at: Timestamp,
    pub function: String,
    /// As written, `INFO`; `None` for text.
    pub level: Option<String>,
    pub message: String,
    /// The spans' fields before the event's own.
    pub fields: Vec<(String, Value)>,
    pub whole: Map<String, Value>,
}

impl Record {
    /// How the unit of work that the line is about ended.
    pub fn outcome(&self) -> Option<&str> {
        let (_, outcome) = self.fields.iter().find(|(name, _)| name == OUTCOME)?;
        outcome.as_str()
    }
}

/// A line that names its own `function` keeps it; any other was written by `function`, at `now` if it is silent.
pub fn parse(line: &str, function: &str, now: Timestamp) -> Record {
    match serde_json::from_str::<Map<String, Value>>(line) {
        Ok(object) => from_json(object, function, now),
        Err(_) => from_text(line, function, now),
    }
}

fn from_json(mut whole: Map<String, Value>, function: &str, now: Timestamp) -> Record {
    let function = text(&whole, "function").unwrap_or(function).to_owned();
    whole.insert("function".to_owned(), Value::from(function.as_str()));
    let at = text(&whole, "timestamp").and_then(instant).unwrap_or(now);
    let nested = whole.get("fields").and_then(Value::as_object);
    let message = text(&whole, "message").or_else(|| text(nested?, "message")).unwrap_or_default().to_owned();
    Record {
        at,
        function,
        level: text(&whole, "level").map(str::to_owned),
        message,
        fields: fields(&whole),
        whole,
    }
}

fn from_text(line: &str, function: &str, now: Timestamp) -> Record {
    let mut whole = Map::new();
    whole.insert("timestamp".to_owned(), Value::from(now.to_rfc3339()));
    whole.insert("function".to_owned(), Value::from(function));
    whole.insert("message".to_owned(), Value::from(line));
    Record {
        at: now,
        function: function.to_owned(),
        level: None,
        message: line.to_owned(),
        fields: Vec::new(),
        whole,
    }
}

fn fields(whole: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut fields = Vec::new();
    let spans = match (whole.get("spans"), whole.get("span")) {
        (Some(Value::Array(spans)), _) => spans.as_slice(),
        (_, Some(span)) => std::slice::from_ref(span),
        _ => &[],
    };
    for span in spans.iter().filter_map(Value::as_object) {
        add(&mut fields, span, &["name"]);
    }
    if let Some(nested) = whole.get("fields").and_then(Value::as_object) {
        add(&mut fields, nested, &["message"]);
    }
    add(&mut fields, whole, &["timestamp", "level", "message", "fields", "span", "spans"]);
    fields
}

fn add(fields: &mut Vec<(String, Value)>, from: &Map<String, Value>, shown_elsewhere: &[&str]) {
    for (name, value) in from {
        let name = name.as_str();
        if shown_elsewhere.contains(&name) || FOR_MACHINES.contains(&name) {
            continue;
        }
        fields.retain(|(known, _)| known != name);
        fields.push((name.to_owned(), value.clone()));
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

fn instant(timestamp: &str) -> Option<Timestamp> {
    let at = OffsetDateTime::parse(timestamp, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_123);

    #[test]
    fn a_flattened_event_and_a_nested_one_read_alike() {
        let flat = r#"{"timestamp":"2026-11-21T12:03:04.123456Z","level":"INFO","message":"done","took_ms":4,
            "target":"media","span":{"name":"job","job.id":"j1"},"spans":[{"name":"job","job.id":"j1"}]}"#;
        let nested = r#"{"timestamp":"2026-11-21T12:03:04.123456Z","level":"INFO",
            "fields":{"message":"done","took_ms":4},"target":"media","span":{"name":"job","job.id":"j1"}}"#;
        for line in [flat, nested] {
            let record = parse(line, "media", NOW);
            assert_eq!(record.at.to_rfc3339(), "2026-11-21T12:03:04.123Z");
            assert_eq!(record.level.as_deref(), Some("INFO"));
            assert_eq!(record.message, "done");
            let expected = [("job.id".to_owned(), Value::from("j1")), ("took_ms".to_owned(), Value::from(4))];
            assert_eq!(record.fields, expected);
            assert_eq!(record.whole["function"], "media");
        }
    }

    #[test]
    fn what_is_not_a_json_object_is_a_message() {
        for line in ["thread 'main' panicked at src/main.rs:1:1:", "{broken", "[1]", "7"] {
            let record = parse(line, "media", NOW);
            assert_eq!((record.message.as_str(), record.at, record.level), (line, NOW, None));
            assert_eq!(record.whole["message"], line);
        }
    }

    #[test]
    fn odd_json_loses_nothing() {
        let record = parse(r#"{"level":3,"timestamp":"noon","x":[1]}"#, "media", NOW);
        assert_eq!((record.at, record.level.as_deref(), record.message.as_str()), (NOW, None, ""));
        assert_eq!(record.fields, [("x".to_owned(), serde_json::json!([1]))]);
        assert_eq!(record.whole["level"], 3);
    }
}

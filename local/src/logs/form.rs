//! The forms in which a log line is shown.

use std::fmt::Write;

use serde_json::Value;
use time::OffsetDateTime;
use time::macros::format_description;

use super::record::{OUTCOME, Record};

/// The longest name of a usual function, `scheduler`; a longer one moves its line to the right.
const NAME_WIDTH: usize = 9;

const RESET: &str = "\x1b[0m";
const DIM: &str = "\x1b[2m";

/// One for each function: cyan, magenta, blue, green, yellow, red, then the same, bright.
const NAME_COLOURS: [&str; 12] = [
    "\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[96m", "\x1b[95m",
    "\x1b[94m", "\x1b[92m", "\x1b[93m", "\x1b[91m",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object, for programs.
    Json,
    /// `12:03:04.123 media     INFO  finished the step took_ms=4`, the time in UTC.
    Plain,
    Coloured,
}

impl Form {
    /// The line without its line feed. `place` is the function's, by which its colour is chosen.
    pub fn show(self, record: &Record, place: usize) -> String {
        match self {
            Form::Json => serde_json::Value::Object(record.whole.clone()).to_string(),
            Form::Plain => readable(record, |text, _| text.to_owned(), ""),
            Form::Coloured => readable(record, coloured, NAME_COLOURS[place % NAME_COLOURS.len()]),
        }
    }
}

fn readable(record: &Record, paint: fn(&str, &str) -> String, name_colour: &str) -> String {
    let level = record.level.as_deref().unwrap_or_default();
    let mut line = paint(&time_of_day(record), DIM);
    line.push(' ');
    line.push_str(&paint(&format!("{:NAME_WIDTH$}", printable(&record.function)), name_colour));
    line.push(' ');
    line.push_str(&paint(&format!("{:>5}", printable(level)), level_colour(level)));
    if !record.message.is_empty() {
        line.push(' ');
        line.push_str(&printable(&record.message));
    }
    let outcome = record.outcome();
    if let Some(outcome) = outcome {
        line.push(' ');
        line.push_str(&paint(&printable(outcome), level_colour(level)));
    }
    let mut fields = String::new();
    for (name, value) in record.fields.iter().filter(|(name, _)| outcome.is_none() || name != OUTCOME) {
        fields.push(' ');
        fields.push_str(&printable(name));
        fields.push('=');
        fields.push_str(&printable(&short(value)));
    }
    line.push_str(&paint(&fields, DIM));
    line
}

fn coloured(text: &str, colour: &str) -> String {
    if text.trim().is_empty() { text.to_owned() } else { format!("{colour}{text}{RESET}") }
}

fn level_colour(level: &str) -> &'static str {
    match level {
        "ERROR" => "\x1b[1;31m",
        "WARN" => "\x1b[33m",
        "INFO" => "\x1b[32m",
        _ => DIM,
    }
}

fn time_of_day(record: &Record) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(record.at.as_millis()) * 1_000_000);
    at.ok()
        .and_then(|at| at.format(format_description!("[hour]:[minute]:[second].[subsecond digits:3]")).ok())
        .unwrap_or_else(|| record.at.to_rfc3339())
}

/// A string of one word bare, everything else as JSON.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => text.clone(),
        other => other.to_string(),
    }
}

/// Control characters are escaped: a line stays one line, and nobody's input steers the terminal.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && character != '\t' {
            // Writing to a string cannot fail.
            let _ = write!(printable, "{}", character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::record;
    use shared::clock::Timestamp;

    fn record(line: &str) -> Record {
        record::parse(line, "media", Timestamp::from_millis(1_700_000_000_123))
    }

    #[test]
    fn a_reader_gets_time_function_level_message_and_fields() {
        let line = r#"{"timestamp":"2026-11-21T12:03:04.1234Z","level":"INFO","message":"finished the step",
            "took_ms":4,"why":"a b","xrayTraceId":"1-2-3"}"#;
        let expected = r#"12:03:04.123 media      INFO finished the step took_ms=4 why="a b""#;
        assert_eq!(Form::Plain.show(&record(line), 0), expected);
    }

    #[test]
    fn how_a_unit_of_work_ended_stands_beside_what_it_was() {
        let line = r#"{"timestamp":"2026-11-21T12:03:04.123Z","level":"WARN","message":"job run",
            "job.id":"job_1","outcome":"retried","duration_ms":7}"#;
        let expected = "12:03:04.123 media      WARN job run retried duration_ms=7 job.id=job_1";
        assert_eq!(Form::Plain.show(&record(line), 0), expected);
    }

    #[test]
    fn text_is_aligned_with_the_messages() {
        let expected = "22:13:20.123 media           thread 'main' panicked";
        assert_eq!(Form::Plain.show(&record("thread 'main' panicked"), 0), expected);
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let record = record(r#"{"level":"ERROR","message":"failed","error":"x"}"#);
        let coloured = Form::Coloured.show(&record, 13);
        assert!(coloured.contains("\x1b[35mmedia    \x1b[0m"), "{coloured:?}");
        let mut plain = String::new();
        for part in coloured.split('\x1b') {
            plain
                .push_str(part.strip_prefix('[').and_then(|part| part.split_once('m')).map_or(part, |p| p.1));
        }
        assert_eq!(plain, Form::Plain.show(&record, 13));
    }

    #[test]
    fn nothing_that_is_logged_steers_the_terminal() {
        let shown = Form::Plain.show(&record(r#"{"message":"a\u001b[2Jb\nc","x":"\u001b]0;t\u0007"}"#), 0);
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(shown.contains(r"a\u{1b}[2Jb\nc"), "{shown:?}");
    }

    #[test]
    fn programs_get_the_whole_object_and_the_function() {
        let shown = Form::Json.show(&record(r#"{"message":"m","_aws":{"a":1}}"#), 0);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown, serde_json::json!({"message": "m", "_aws": {"a": 1}, "function": "media"}));
    }
}

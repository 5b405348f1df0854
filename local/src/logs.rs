//! One readable stream of everything that is logged: by the functions' processes and by the stack itself.
//!
//! A terminal gets a line for a reader; a pipe gets JSON lines, each with the `function` that wrote it.
//! Reads the environment variable `NO_COLOR`.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use shared::clock::Clock;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use self::form::Form;

mod form;
mod record;

/// Longer lines are shown as several.
pub const LINE_BYTES_MAX: usize = 256 * 1024;

/// The name that the stack's own lines carry.
const OWN_NAME: &str = "local";

/// Colours are told apart for this many names; any other shares the first one's.
const NAMES_MAX: usize = 64;

/// Where all log lines end up. Clones write to the same place, one whole line at a time.
#[derive(Clone)]
pub struct Logs(Arc<Shared>);

struct Shared {
    form: Form,
    clock: Clock,
    output: Mutex<Output>,
}

struct Output {
    sink: Sink,
    /// In the order in which they first appeared, which decides their colours.
    names: Vec<String>,
}

enum Sink {
    Stderr,
    File(File),
    Memory(String),
}

impl Logs {
    pub fn to_stderr(clock: Clock) -> Self {
        let form = if !std::io::stderr().is_terminal() {
            Form::Json
        } else if wants_no_colour() {
            Form::Plain
        } else {
            Form::Coloured
        };
        Self::new(form, clock, Sink::Stderr)
    }

    /// Writes JSON lines, for a command that needs the terminal for itself.
    pub fn to_file(file: File, clock: Clock) -> Self {
        Self::new(Form::Json, clock, Sink::File(file))
    }

    /// Keeps JSON lines for [`Logs::text`], for tests.
    pub fn in_memory(clock: Clock) -> Self {
        Self::new(Form::Json, clock, Sink::Memory(String::new()))
    }

    fn new(form: Form, clock: Clock, sink: Sink) -> Self {
        Self(Arc::new(Shared { form, clock, output: Mutex::new(Output { sink, names: Vec::new() }) }))
    }

    /// All lines so far; nothing unless made by [`Logs::in_memory`].
    pub fn text(&self) -> String {
        match &self.0.output.lock().unwrap_or_else(PoisonError::into_inner).sink {
            Sink::Stderr | Sink::File(_) => String::new(),
            Sink::Memory(text) => text.clone(),
        }
    }

    /// Shows one line that `function` wrote, JSON or not. An empty one is not shown.
    pub fn line(&self, function: &str, line: &[u8]) {
        for piece in line.chunks(LINE_BYTES_MAX) {
            let piece = String::from_utf8_lossy(piece);
            if !piece.trim().is_empty() {
                self.show(function, piece.trim_end());
            }
        }
    }

    /// Shows each line of `output` until its end.
    pub async fn follow(&self, function: &str, output: impl AsyncRead + Unpin) {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while let Ok(true) = read_line(&mut output, &mut line).await {
            self.line(function, &line);
            line.clear();
        }
        self.line(function, &line);
    }

    /// Returns the process's default subscriber to install, so that the stack's own events join the stream.
    ///
    /// `directives` are those of [`EnvFilter`]: `info`, or `info,local=debug`.
    pub fn subscriber(&self, directives: &str) -> impl tracing::Subscriber + Send + Sync + use<> {
        tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_env_filter(EnvFilter::new(directives))
            .with_writer(self.clone())
            .finish()
    }

    fn show(&self, function: &str, line: &str) {
        let record = record::parse(line, function, self.0.clock.now());
        let mut output = self.0.output.lock().unwrap_or_else(PoisonError::into_inner);
        let place = output.place_of(&record.function);
        let mut shown = self.0.form.show(&record, place);
        shown.push('\n');
        match &mut output.sink {
            // With nobody left to read them, lines are rightly lost.
            Sink::Stderr => drop(std::io::stderr().lock().write_all(shown.as_bytes())),
            Sink::File(file) => drop(file.write_all(shown.as_bytes())),
            Sink::Memory(text) => text.push_str(&shown),
        }
    }
}

impl Output {
    fn place_of(&mut self, name: &str) -> usize {
        if let Some(place) = self.names.iter().position(|known| known == name) {
            return place;
        }
        if self.names.len() >= NAMES_MAX {
            return 0;
        }
        self.names.push(name.to_owned());
        self.names.len() - 1
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = OwnLines;

    fn make_writer(&'a self) -> OwnLines {
        OwnLines(self.clone())
    }
}

/// The stack's own events, of which `tracing-subscriber` writes each at once.
pub struct OwnLines(Logs);

impl Write for OwnLines {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        self.0.line(OWN_NAME, event);
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads on until `line` is complete or [`LINE_BYTES_MAX`] long; `false` at the end of the output.
async fn read_line(output: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> std::io::Result<bool> {
    loop {
        let available = output.fill_buf().await?;
        if available.is_empty() {
            return Ok(false);
        }
        let room = &available[..available.len().min(LINE_BYTES_MAX - line.len())];
        let end = room.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(&room[..end.unwrap_or(room.len())]);
        let read = end.map_or(room.len(), |end| end + 1);
        output.consume(read);
        if end.is_some() || line.len() >= LINE_BYTES_MAX {
            return Ok(true);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a property of the terminal, which no test replaces")]
fn wants_no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::clock::Timestamp;

    fn logs() -> Logs {
        Logs::in_memory(Clock::starting_at(Timestamp::from_millis(1_700_000_000_123)))
    }

    #[tokio::test]
    async fn every_line_of_an_output_is_shown_even_the_unfinished_last() {
        let logs = logs();
        logs.follow("media", &b"one\n\ntwo\r\nthree"[..]).await;
        let messages: Vec<String> = logs
            .text()
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert_eq!(line["function"], "media");
                line["message"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(messages, ["one", "two", "three"]);
    }

    #[tokio::test]
    async fn a_line_beyond_the_bound_is_shown_in_pieces_and_nothing_of_it_is_lost() {
        let logs = logs();
        let mut output = vec![b'z'; LINE_BYTES_MAX + 10];
        output.extend_from_slice(b"\nnext\n");
        logs.follow("media", &output[..]).await;
        let text = logs.text();
        assert_eq!(text.lines().count(), 3);
        assert_eq!(text.matches('z').count(), LINE_BYTES_MAX + 10);
    }

    #[test]
    fn the_stacks_own_events_join_the_stream_under_the_function_that_they_are_about() {
        let logs = logs();
        tracing::subscriber::with_default(logs.subscriber("info"), || {
            tracing::info!(port = 4000, "listening");
            tracing::warn!(function = "media", "killed");
            tracing::debug!("not shown");
        });
        let text = logs.text();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["function"], "local");
        assert_eq!(lines[0]["port"], 4000);
        assert_eq!(lines[1]["function"], "media");
        assert_eq!(lines[1]["level"], "WARN");
    }
}

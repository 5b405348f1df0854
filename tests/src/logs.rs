//! The functions' logs: which request it was, what it costs, what it counts, and that nothing secret is in them.

mod cost;
mod documented;
mod followed;
mod secrets;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use shared::clock::Clock;
use shared::log_format;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;

/// All lines that this test's functions write, as in production. Holds as long as it lives, for this thread: what is
/// computed beside the event loop logs nothing.
struct Captured {
    memory: Memory,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn at(level: LevelFilter, clock: &Clock) -> Self {
        let memory = Memory::default();
        let writer = memory.clone();
        let lines = log_format::subscriber(level, "millrace", clock.clone(), move || writer.clone());
        Self { memory, _guard: tracing::subscriber::set_default(lines) }
    }

    fn text(&self) -> String {
        let bytes = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).expect("lines are text")
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// The units of work of this kind.
    fn units(&self, message: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["message"] == message).collect()
    }

    /// How often each metric was counted.
    fn count(&self, metric: &str) -> u64 {
        self.lines().iter().filter_map(|line| line[metric].as_u64()).sum()
    }
}

//! The format of log lines in production, and which are written: JSON, one object a line, on the app's clock.

use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;
use crate::metrics;

/// The crates whose level the configuration sets. All others write only warnings and errors: what the SDK says
/// below them holds credentials and signatures.
pub const OWN_CRATES: [&str; 8] =
    ["shared", "api", "intake", "relay", "observer", "media", "worker", "scheduler"];

/// Writes lines to `writer`. Metrics are written at every level: they are no talk.
pub fn subscriber<W>(
    level: LevelFilter,
    stack_name: &str,
    clock: Clock,
    writer: W,
) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = Format::default()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_timer(Timer(clock.clone()));
    let lines = Lines { lines, stack_name: stack_name.to_owned(), clock };
    let written = tracing_subscriber::fmt()
        .fmt_fields(JsonFields::new())
        .event_format(lines)
        .with_max_level(LevelFilter::TRACE)
        .with_writer(writer)
        .finish();
    let others = level.min(LevelFilter::WARN);
    let targets = Targets::new().with_default(others).with_targets(OWN_CRATES.map(|own| (own, level)));
    written.with(targets.with_target(metrics::TARGET, LevelFilter::INFO))
}

/// Parses `error`, `warn`, `info`, `debug` and `trace`; whatever else is `info`.
pub fn level(name: &str) -> LevelFilter {
    name.parse().unwrap_or(LevelFilter::INFO)
}

struct Lines {
    lines: Format<Json, Timer>,
    stack_name: String,
    clock: Clock,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if metrics::is_metric(event.metadata()) {
            let line = metrics::embedded(event, &self.stack_name, self.clock.now());
            return writeln!(writer, "{line}");
        }
        self.lines.format_event(context, writer, event)
    }
}

struct Timer(Clock);

impl FormatTime for Timer {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&self.0.now().to_rfc3339())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;
    use crate::clock::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn captured_at(level: LevelFilter, work: impl FnOnce()) -> Vec<Value> {
        let memory = Memory::default();
        let writer = memory.clone();
        let lines = subscriber(level, "millrace", Clock::starting_at(NOW), move || writer.clone());
        tracing::subscriber::with_default(lines, work);
        let bytes = memory.0.lock().unwrap();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines that `work` logs in this thread, of every level.
    pub(crate) fn captured(work: impl FnOnce()) -> Vec<Value> {
        captured_at(LevelFilter::TRACE, work)
    }

    #[test]
    fn the_level_is_that_of_the_own_crates_and_others_only_warn() {
        let lines = captured_at(LevelFilter::TRACE, || {
            tracing::trace!(target: "shared::operations", "kept");
            tracing::debug!(target: "aws_smithy_runtime", "secret");
            tracing::warn!(target: "aws_smithy_runtime", "kept");
        });
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["kept", "kept"]);
    }

    #[test]
    fn metrics_are_written_at_every_level() {
        let lines = captured_at(LevelFilter::ERROR, || {
            tracing::info!("left out");
            metrics::count(metrics::Metric::JobsDead, None);
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["jobs_dead"], 1);
    }

    #[test]
    fn levels_are_read_by_name() {
        let names = ["error", "warn", "info", "debug", "trace", "TRACE", "whatever"];
        let levels = names.map(level);
        let expected = [
            LevelFilter::ERROR,
            LevelFilter::WARN,
            LevelFilter::INFO,
            LevelFilter::DEBUG,
            LevelFilter::TRACE,
            LevelFilter::TRACE,
            LevelFilter::INFO,
        ];
        assert_eq!(levels, expected);
    }
}

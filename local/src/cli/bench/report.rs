//! The measurements, as lines for a reader.

use std::collections::HashMap;
use std::time::Duration;

use local::steps::{self, Work};
use rustix::time::{ClockId, clock_gettime};

use super::{SAMPLES, Sample};

/// Statements that are named, those first whose steps grow the most.
const STATEMENTS_SHOWN: usize = 5;

const STATEMENT_CHARS_MAX: usize = 100;

/// The measurements while this many uploads were stored.
pub struct Level {
    pub stored: usize,
    /// Uploads that were made to get there, and for how long.
    pub more: usize,
    pub filling: Duration,
    pub samples: Vec<Sample>,
    /// The samples' work, by statement.
    pub work: HashMap<String, Work>,
}

pub fn titles() -> String {
    let titles =
        ["uploads", "filled/s", "POST ms", "ready ms", "p90", "GET ms", "LIST ms", "statements", "steps"];
    line(titles.map(str::to_owned))
}

impl Level {
    pub fn line(&self) -> String {
        let rate = self.more as f64 / self.filling.as_secs_f64();
        line([
            self.stored.to_string(),
            format!("{rate:.1}"),
            millis(self.median(|sample| sample.post)),
            millis(self.median(|sample| sample.ready)),
            millis(self.percentile(90, |sample| sample.ready)),
            millis(self.median(|sample| sample.get)),
            millis(self.median(|sample| sample.list)),
            (self.total(|work| work.runs) / SAMPLES as u64).to_string(),
            (self.steps() / SAMPLES as u64).to_string(),
        ])
    }

    fn steps(&self) -> u64 {
        self.total(|work| work.steps)
    }

    fn total(&self, of: impl Fn(&Work) -> u64) -> u64 {
        self.work.values().map(of).sum()
    }

    fn median(&self, of: impl Fn(&Sample) -> Duration) -> Duration {
        self.percentile(50, of)
    }

    fn percentile(&self, percent: usize, of: impl Fn(&Sample) -> Duration) -> Duration {
        let mut values: Vec<Duration> = self.samples.iter().map(of).collect();
        values.sort();
        let index = (values.len() * percent / 100).min(values.len().saturating_sub(1));
        values.get(index).copied().unwrap_or_default()
    }
}

/// How much more the last level takes than the first, and the statements that make the difference.
pub fn growth(levels: &[Level]) -> String {
    let (Some(first), Some(last)) = (levels.first(), levels.last()) else {
        return String::new();
    };
    let ratio = |of: fn(&Sample) -> Duration| last.median(of).as_secs_f64() / first.median(of).as_secs_f64();
    let mut text = format!(
        "\nAt {} uploads, as a multiple of what it is at {}: POST {:.2}, ready {:.2}, GET {:.2}, LIST {:.2}, steps {:.2}.\n",
        last.stored,
        first.stored,
        ratio(|sample| sample.post),
        ratio(|sample| sample.ready),
        ratio(|sample| sample.get),
        ratio(|sample| sample.list),
        last.steps() as f64 / first.steps() as f64,
    );
    let mut grown: Vec<(i128, &str)> =
        last.work.iter().map(|(sql, work)| (grown_by(first, sql, work), &**sql)).collect();
    grown.sort_by_key(|(steps, _)| -steps);
    text += "Steps more for each upload, by statement:\n";
    for (steps, sql) in grown.iter().take(STATEMENTS_SHOWN) {
        let sql: String =
            sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(STATEMENT_CHARS_MAX).collect();
        text += &format!("{:>8}  {sql}\n", steps / SAMPLES as i128);
    }
    text
}

fn grown_by(first: &Level, sql: &str, work: &Work) -> i128 {
    let before = first.work.get(sql).map_or(0, |work| work.steps);
    i128::from(work.steps) - i128::from(before)
}

pub fn idle(lasted: Duration, cpu: Duration) -> String {
    let percent = cpu.as_secs_f64() / lasted.as_secs_f64() * 100.0;
    format!("Idle for {} s: {} ms of CPU time, {percent:.2} %.\n", lasted.as_secs(), cpu.as_millis())
}

/// Returns the CPU time of this process, all threads together.
pub fn cpu_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

pub fn work() -> HashMap<String, Work> {
    steps::by_statement()
}

pub fn work_since(before: &HashMap<String, Work>) -> HashMap<String, Work> {
    let mut work = steps::by_statement();
    for (sql, earlier) in before {
        if let Some(work) = work.get_mut(sql) {
            work.runs -= earlier.runs;
            work.steps -= earlier.steps;
        }
    }
    work
}

fn millis(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e3)
}

fn line(cells: [String; 9]) -> String {
    let cells = cells.map(|cell| format!("{cell:>10}"));
    format!("{}\n", cells.join(" "))
}

//! The cost of a million uploads' logs, measured on the lines that the functions write in production.

use std::collections::BTreeMap;

use tracing::level_filters::LevelFilter;

use super::Captured;
use crate::pictures;
use crate::world::World;

/// A million plain jobs, an upload with one step each.
const JOBS: f64 = 1e6;

/// CloudWatch Logs, us-east-1: dollars for a GB ingested.
const DOLLARS_PER_GB: f64 = 0.50;

/// Bytes that CloudWatch adds to each line that it ingests.
const LINE_OVERHEAD_BYTES: usize = 26;

/// On AWS an invocation's id is a UUID, 29 characters longer than here, and durations have more digits than 0 has.
const LINE_LONGER_ON_AWS_BYTES: usize = 32;

/// Most that the logs of a million jobs may cost.
const DOLLARS_MAX: f64 = 0.25;

/// Bytes of each kind of line, over all.
fn bytes_by_message(captured: &Captured) -> BTreeMap<String, usize> {
    let mut bytes = BTreeMap::new();
    for line in captured.text().lines() {
        let parsed: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        let message = parsed["message"].as_str().unwrap_or_default().to_owned();
        *bytes.entry(message).or_default() += line.len() + LINE_LONGER_ON_AWS_BYTES + LINE_OVERHEAD_BYTES;
    }
    bytes
}

fn dollars(bytes_per_job: f64) -> f64 {
    bytes_per_job * JOBS / 1e9 * DOLLARS_PER_GB
}

/// Runs uploads whose events are gathered to full batches, or come one by one; returns the bytes of all lines.
async fn log_of(uploads: usize, gathered: bool) -> BTreeMap<String, usize> {
    let mut world = World::logging_all().await;
    // The first unit of each process is always logged; at a million jobs there are few.
    world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let captured = Captured::at(LevelFilter::INFO, &world.clock);
    for _ in 0..uploads {
        world.upload(&pictures::small(), &["thumb"]).await;
        if !gathered {
            world.settle().await;
        }
    }
    world.settle().await;
    world.assert_at_rest().await;
    bytes_by_message(&captured)
}

#[tokio::test]
async fn the_logs_of_a_million_jobs_cost_less_than_a_quarter_of_a_dollar() {
    for (name, uploads, gathered) in [("full batches", 100, true), ("one by one", 10, false)] {
        let bytes = log_of(uploads, gathered).await;
        let whole = bytes.values().sum::<usize>() as f64 / uploads as f64;
        // A hash chooses lines: one in so many is expected.
        let expected = whole / f64::from(shared::work_log::SUCCESS_EVERY);
        println!(
            "{name}: {whole:.0} bytes a job in all, {expected:.0} logged, ${:.3} a million; {bytes:?}",
            dollars(expected)
        );
        assert!(dollars(expected) <= DOLLARS_MAX, "{name}: ${} a million", dollars(expected));
        assert!(["ingest", "changes", "job run"].iter().all(|unit| bytes.contains_key(*unit)), "{bytes:?}");
    }
}

#[tokio::test]
async fn nothing_of_a_success_is_logged_that_sampling_does_not_choose() {
    let mut world = World::logging_one_in(1_000_000).await;
    world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let captured = Captured::at(LevelFilter::INFO, &world.clock);
    for _ in 0..20 {
        world.upload(&pictures::small(), &["thumb"]).await;
    }
    world.settle().await;
    assert_eq!(captured.text(), "");
}

#[tokio::test]
async fn the_template_keeps_one_success_in_as_many_as_the_code_says_and_no_line_of_lambda() {
    let world = World::new().await;
    for function in &world.template.functions {
        let every = function.environment.get("LOG_SUCCESS_EVERY").map(String::as_str);
        assert_eq!(every, Some(shared::work_log::SUCCESS_EVERY.to_string().as_str()), "{}", function.name);
    }
    let template = include_str!("../../../template.yaml");
    let parameter = template.split("  SystemLogLevel:\n").nth(1).unwrap_or_default();
    assert!(parameter.starts_with("    Type: String\n    Default: WARN\n"), "{parameter}");
    assert!(template.contains("      SystemLogLevel: !Ref SystemLogLevel\n"));
}

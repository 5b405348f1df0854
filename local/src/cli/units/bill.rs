//! The bill of a million uploads: counted calls and invocations, times list prices (us-east-1, on demand, no free tier).

use std::collections::BTreeMap;
use std::fmt::Write;

use local::template::Template;

use super::Costs;

/// Dollars for a million.
const HTTP_REQUESTS: f64 = 1.00;
const INVOCATIONS: f64 = 0.20;
const WRITE_UNITS: f64 = 0.625;
const READ_UNITS: f64 = 0.125;
const S3_WRITES: f64 = 5.00;
const S3_READS: f64 = 0.40;
const SQS_REQUESTS: f64 = 0.40;
/// For each request to a queue with message groups, besides.
const FAIR_QUEUES: f64 = 0.10;

/// Dollars for a second of a gigabyte of memory, on x86.
const GB_SECOND: f64 = 0.000_016_666_7;

/// Dollars for a million jobs' log lines, one by one: `docs/operations.md` says how they were counted.
const LOGS_OF_A_JOB: f64 = 0.13;

/// How long a call takes on AWS, in milliseconds, by the beginning of its name.
const CALLS_MS: [(&str, f64); 3] = [("dynamodb:", 6.0), ("s3:", 40.0), ("sqs:", 10.0)];

/// How long an invocation takes besides its calls, in milliseconds.
const INVOCATION_MS: f64 = 2.0;

/// A photo of 12 megapixels decoded once, and one image made of it, in milliseconds of media's one CPU.
const DECODING_MS: f64 = 250.0;
const MAKING_MS: f64 = 250.0;

/// One upload, counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub steps: u32,
    pub costs: Costs,
    /// By function.
    pub invocations: BTreeMap<String, u64>,
}

/// The dollars of one row.
type Dollars<'a> = &'a dyn Fn(&Counted) -> f64;

/// A Markdown table of what a million uploads cost, one column for each of `counted`.
pub fn bill(counted: &[Counted], template: &Template) -> String {
    let rows: [(&str, Dollars<'_>); 9] = [
        ("HTTP API: one request", &|_| HTTP_REQUESTS),
        ("Lambda: invocations", &|one| sum(one.invocations.values()) * INVOCATIONS),
        ("Lambda: memory and time", &|one| gb_seconds(one, template) * GB_SECOND * 1e6),
        ("DynamoDB: write units", &|one| {
            one.costs.values().map(|cost| cost.write_units).sum::<f64>() * WRITE_UNITS
        }),
        ("DynamoDB: read units", &|one| {
            one.costs.values().map(|cost| cost.read_units).sum::<f64>() * READ_UNITS
        }),
        ("S3: PUT, COPY, POST, LIST", &|one| calls(one, "s3:", is_dear) * S3_WRITES),
        ("S3: GET, HEAD", &|one| calls(one, "s3:", |name| !is_dear(name) && !is_free(name)) * S3_READS),
        ("SQS", &|one| sqs_requests(one, template) * (SQS_REQUESTS + FAIR_QUEUES)),
        ("logs", &|one| f64::from(one.steps) * LOGS_OF_A_JOB),
    ];
    let head = |one: &Counted| format!(" {} step{} |", one.steps, if one.steps == 1 { "" } else { "s" });
    let heads: String = counted.iter().map(head).collect();
    let mut text = format!("| a million uploads |{heads}\n| --- |{}\n", " ---: |".repeat(counted.len()));
    let mut sums = vec![0.0; counted.len()];
    for (name, dollars) in rows {
        let row: Vec<f64> = counted.iter().map(dollars).collect();
        let cells: String = row.iter().map(|dollars| format!(" ${dollars:.2} |")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {name} |{cells}");
        sums = sums.iter().zip(row).map(|(sum, dollars)| sum + dollars).collect();
    }
    let cells: String = sums.iter().map(|dollars| format!(" **${dollars:.2}** |")).collect();
    let _ = writeln!(text, "| **sum** |{cells}");
    text
}

fn sum<'a>(counts: impl Iterator<Item = &'a u64>) -> f64 {
    counts.sum::<u64>() as f64
}

fn calls(one: &Counted, prefix: &str, is_one: impl Fn(&str) -> bool) -> f64 {
    let calls = one.costs.iter().filter(|((_, name), _)| name.starts_with(prefix) && is_one(name));
    sum(calls.map(|(_, cost)| &cost.calls))
}

/// Whether S3 charges for it as for a PUT.
fn is_dear(name: &str) -> bool {
    matches!(name, "s3:PutObject" | "s3:CopyObject" | "s3:ListObjects" | "s3:other")
}

fn is_free(name: &str) -> bool {
    name == "s3:DeleteObject"
}

/// Each invocation by a queue is one receive and one delete of Lambda's own.
fn sqs_requests(one: &Counted, template: &Template) -> f64 {
    let by_queue = template.functions.iter().filter(|function| {
        function.events.iter().any(|event| matches!(event, local::template::Event::Sqs(_)))
    });
    let invocations = by_queue.filter_map(|function| one.invocations.get(&function.name));
    calls(one, "sqs:", |_| true) + 2.0 * sum(invocations)
}

fn gb_seconds(one: &Counted, template: &Template) -> f64 {
    let of_function = template.functions.iter().map(|function| {
        let own = one.costs.iter().filter(|((caller, name), _)| {
            // A client sends what api has signed.
            caller == &function.name && !(caller == "api" && name.starts_with("s3:"))
        });
        let calls_ms = own.map(|((_, name), cost)| {
            let ms = CALLS_MS.into_iter().find(|(prefix, _)| name.starts_with(prefix));
            cost.calls as f64 * ms.map_or(0.0, |(_, ms)| ms)
        });
        let invocations = one.invocations.get(&function.name).copied().unwrap_or(0) as f64;
        let making_ms = match function.name.as_str() {
            "media" => DECODING_MS + f64::from(one.steps) * MAKING_MS,
            _ => 0.0,
        };
        let ms = calls_ms.sum::<f64>() + invocations * INVOCATION_MS + making_ms;
        ms / 1000.0 * f64::from(function.memory_mb) / 1024.0
    });
    of_function.sum()
}

#[cfg(test)]
mod tests {
    use local::meter::Cost;
    use local::template::{self, Deployment};

    use super::*;

    #[test]
    fn each_call_is_in_its_row_and_all_rows_in_the_sum() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let template = template::load(&path, &Deployment::new("millrace", "http://aws.local")).unwrap();
        let cost = |caller: &str, name: &str, calls, write_units| {
            ((caller.to_owned(), name.to_owned()), Cost { calls, write_units, read_units: 0.0 })
        };
        let costs = Costs::from([
            cost("api", "dynamodb:PutItem", 1, 2.0),
            cost("api", "s3:PutObject", 1, 0.0),
            cost("media", "s3:DeleteObject", 9, 0.0),
            cost("relay", "sqs:SendMessage", 1, 0.0),
        ]);
        let invocations = [("api", 1), ("media", 1)].map(|(name, count)| (name.to_owned(), count)).into();
        let text = bill(&[Counted { steps: 1, costs, invocations }], &template);
        for row in [
            "| HTTP API: one request | $1.00 |",
            "| Lambda: invocations | $0.40 |",
            "| DynamoDB: write units | $1.25 |",
            "| S3: PUT, COPY, POST, LIST | $5.00 |",
            "| S3: GET, HEAD | $0.00 |",
            // One is sent; Lambda receives and deletes it.
            "| SQS | $1.50 |",
            "| logs | $0.13 |",
        ] {
            assert!(text.contains(row), "{row} in {text}");
        }
        assert!(text.lines().last().is_some_and(|sum| sum.starts_with("| **sum** | **$")), "{text}");
    }
}

//! The documentation of the logs agrees with the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use shared::log_format::OWN_CRATES;
use shared::metrics::Metric;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The table of metrics as it stands in `docs/operations.md`.
fn table() -> String {
    let mut table = "| metric | unit | counted by | counts |\n| --- | --- | --- | --- |\n".to_owned();
    for metric in Metric::ALL {
        let (name, unit) = (metric.name(), metric.unit());
        table += &format!("| `{name}` | {unit} | {} | {} |\n", metric.function(), metric.counts());
    }
    table
}

#[test]
fn the_documented_metrics_are_those_of_the_code() {
    let documented = read("docs/operations.md");
    assert!(documented.contains(&table()), "docs/operations.md must hold:\n{}", table());
    let most = format!("at most ${:.2} a month", 0.30 * Metric::ALL.len() as f64);
    assert!(documented.contains(&most), "docs/operations.md must say: {most}");
}

/// A function that is not in the list would log only warnings.
#[test]
fn the_level_is_set_for_every_functions_own_crate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let functions = fs::read_dir(folder).expect("the functions").map(|entry| entry.expect("an entry"));
    let mut crates: BTreeSet<String> =
        functions.map(|entry| entry.file_name().to_string_lossy().replace('-', "_")).collect();
    crates.insert("shared".to_owned());
    assert_eq!(crates, OWN_CRATES.map(str::to_owned).into());
}

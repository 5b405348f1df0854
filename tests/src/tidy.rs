//! Rules of the source itself, which no compiler checks.

mod build;
mod circles;
mod modules;
mod numbers;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use shared::aws::table::{RowKind, SortKey};
use shared::queue::Queue;

/// A longer file is hard to keep in mind.
const LINES_MAX: usize = 400;

/// The folders of Rust sources.
const CRATES: [&str; 4] = ["functions", "shared", "local", "tests"];

struct Source {
    /// Relative to the project, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// Returns the file's name, without `.rs`.
    fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.trim_end_matches(".rs")
    }

    fn mentions(&self, word: &str) -> bool {
        self.text.contains(word)
    }
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All Rust sources.
fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in CRATES {
        collect(folder, &mut paths);
    }
    let sources: Vec<_> = paths.into_iter().map(|path| Source { text: read(&path), path }).collect();
    assert!(sources.len() > 100, "the sources were not found");
    sources
}

fn collect(folder: &str, paths: &mut Vec<String>) {
    // Build output is nobody's source; the fuzz targets are built in a folder of their own.
    for name in names(folder).into_iter().filter(|name| name != "target") {
        let path = format!("{folder}/{name}");
        if project().join(&path).is_dir() {
            collect(&path, paths);
        } else if name.ends_with(".rs") {
            paths.push(path);
        }
    }
}

/// The names of what a folder holds.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(project().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn assert_none(broken: impl Iterator<Item = String>, rule: &str) {
    let broken: Vec<String> = broken.collect();
    assert!(broken.is_empty(), "{rule}: {broken:#?}");
}

#[test]
fn layers_hold() {
    let sdk = ["aws", "_sdk_"].concat();
    let sources = sources();
    let product = || sources.iter().filter(|source| !is_of_tests(&source.path));
    let of_aws = |path: &str| path.starts_with("shared/src/aws/") || path == "shared/src/aws.rs";
    let outside = product().filter(|source| source.mentions(&sdk) && !of_aws(&source.path));
    assert_none(outside.map(|source| source.path.clone()), "only shared::aws knows the SDK");

    let network = ["hyper::", "rustls::", "TcpStream"];
    let deployed = product().filter(|source| !source.path.starts_with("local/"));
    let elsewhere = deployed.filter(|source| !source.path.starts_with("shared/src/outbound"));
    let calls = elsewhere.filter(|source| network.iter().any(|word| source.mentions(word)));
    assert_none(calls.map(|source| source.path.clone()), "only shared::outbound calls the world");

    let scans = product().filter(|source| source.mentions(".scan()"));
    let scans = scans.filter(|source| source.path != "shared/src/aws/table/audits.rs");
    assert_none(scans.map(|source| source.path.clone()), "only the audit scans");

    let below = [sdk.as_str(), "std::env", "\"pk\"", "\"sk\"", "due_shard", "listed_at"];
    let functions = product().filter(|source| source.path.starts_with("functions/"));
    let low = functions.flat_map(|source| {
        let words = below.iter().filter(|word| source.mentions(word));
        words.map(|word| format!("{}: {word}", source.path))
    });
    assert_none(low, "functions know neither AWS, nor the environment, nor the table's keys");
}

fn is_of_tests(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

#[test]
fn files_are_small_and_named_for_what_they_hold() {
    let sources = sources();
    let long = sources.iter().filter(|source| source.text.lines().count() > LINES_MAX);
    assert_none(long.map(|source| source.path.clone()), "a file has at most 400 lines");
    let vague = ["mod", "utils", "util", "common", "helpers", "helper", "types", "misc", "manager"];
    let vague = sources.iter().filter(|source| vague.contains(&source.stem()));
    assert_none(vague.map(|source| source.path.clone()), "a file is named for what it holds");
}

#[test]
fn nothing_is_left_for_later() {
    let words = [["#[ign", "ore"], ["to", "do!("], ["unimple", "mented!("]].map(|halves| halves.concat());
    let sources = sources();
    let left = sources.iter().filter(|source| words.iter().any(|word| source.mentions(word)));
    assert_none(left.map(|source| source.path.clone()), "no test is skipped and no code is missing");
}

#[test]
fn template_folders_and_events_agree() {
    let template = read("template.yaml");
    let mut declared = BTreeSet::new();
    for (index, line) in template.lines().enumerate() {
        if !line.contains("Type: AWS::Serverless::Function") {
            continue;
        }
        let resource = template.lines().nth(index - 1).unwrap().trim().trim_end_matches(':');
        let binary = template.lines().skip(index).find_map(|line| line.split_once("Binary: "));
        let binary = binary.map(|(_, name)| name.trim_end_matches('}')).unwrap_or_default();
        assert_eq!(
            resource,
            format!("{}Function", capitalised(binary)),
            "a resource is named for its binary"
        );
        declared.insert(binary.to_owned());
    }
    assert_eq!(names("functions"), declared);
    assert_eq!(names("events"), declared);
    for name in declared {
        let manifest = read(&format!("functions/{name}/Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{name}\"")), "the package of functions/{name}");
    }
}

fn capitalised(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

#[test]
fn every_test_that_the_architecture_names_exists() {
    let architecture = read("ARCHITECTURE.md");
    let sources = sources();
    let named = architecture.split('`').skip(1).step_by(2).filter(|code| is_test_name(code));
    let missing = named.filter(|name| !exists(name, &sources)).map(str::to_owned);
    assert_none(missing, "ARCHITECTURE.md names tests that do not exist");
}

/// Whether it reads like `job::tests::stored_names_never_change` or `tests::claims::a_late_duplicate_starts_nothing`.
fn is_test_name(code: &str) -> bool {
    let is_path = code.bytes().all(|byte| byte.is_ascii_lowercase() || b"0123456789_:".contains(&byte));
    is_path && code.split("::").any(|part| part == "tests") && code.split("::").count() > 2
}

/// Looks for the function in the file of its module: `tests::a::b` and `local::a::b` in the crates of these names, other
/// paths in `shared`.
fn exists(name: &str, sources: &[Source]) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else { return false };
    let of_crate = |name| module.strip_prefix(&format!("{name}::")).map(|module| (name, module));
    let (of, module) = of_crate("tests").or_else(|| of_crate("local")).unwrap_or(("shared", module));
    let module = format!("{of}/src/{}", module.replace("::", "/"));
    // The tests of a module may sit at the end of its own file.
    let files = [format!("{module}.rs"), format!("{}.rs", module.trim_end_matches("/tests"))];
    let mut holds = sources.iter().filter(|source| files.contains(&source.path));
    holds.any(|source| source.mentions(&format!("fn {function}(")))
}

/// The values that the event source of `function` lets through by sort key.
fn followed_sort_keys(function: &str) -> BTreeSet<String> {
    let template = read("template.yaml");
    let resource =
        template.split(&format!("\n  {function}:\n")).nth(1).expect("the function is in the template");
    let pattern = resource.split("\"sk\": {\"S\": [").nth(1).and_then(|rest| rest.split("]}").next());
    pattern.expect("its event source filters by sort key").split(", ").map(str::to_owned).collect()
}

#[test]
fn relay_hears_of_the_rows_that_it_follows_and_of_no_others() {
    let followed = RowKind::ALL.into_iter().filter(|kind| kind.is_followed());
    let expected = followed.map(|kind| match kind.sort_key() {
        SortKey::Is(text) => format!("\"{text}\""),
        SortKey::StartsWith(prefix) => format!("{{\"prefix\": \"{prefix}\"}}"),
    });
    assert_eq!(followed_sort_keys("RelayFunction"), expected.collect());
}

#[test]
fn every_queue_of_jobs_has_its_function_its_dead_letters_and_their_drain() {
    let template = read("template.yaml");
    for queue in Queue::ALL {
        let name = queue.name();
        let capital = name[..1].to_uppercase() + &name[1..];
        for resource in
            [format!("{capital}Queue"), format!("{capital}DeadLetterQueue"), format!("{capital}Function")]
        {
            assert!(template.contains(&format!("\n  {resource}:\n")), "{resource} is missing");
        }
        assert!(
            template.contains(&format!("Queue: !GetAtt {capital}Queue.Arn")),
            "no event source reads {name}"
        );
        for variable in [queue.url_variable(), queue.dead_letter_url_variable()] {
            assert!(template.contains(&format!("{variable}: !Ref")), "nobody is told {variable}");
        }
        assert!(names("functions").contains(name), "no function serves {name}");
    }
}

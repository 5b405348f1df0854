//! The words of code and documents: those that a stranger would stop at are not used.

use std::fs;

use super::{assert_none, names, project, read};

/// Folders and files in which the words are held to.
const HELD: [&str; 11] = [
    "functions",
    "shared/fuzz",
    "shared/src",
    "shared/tests",
    "local/src",
    "tests",
    "docs",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "template.yaml",
];

/// The words themselves, which are no use of them.
const NOT_HELD: &str = "tests/src/tidy/words.rs";

/// Kinds of files that are read.
const KINDS: [&str; 7] = ["css", "md", "py", "rs", "sh", "ts", "yaml"];

/// Words, however an identifier runs them together, and what is said instead.
const BANNED: &[(&[&str], &str)] = &[
    (&["letter", "box"], "dead-letter queue"),
    (&["letter", "boxes"], "dead-letter queues"),
    (&["mishap"], "injected fault"),
    (&["mishaps"], "injected faults"),
    (&["sabotage"], "fault injector"),
    (&["mood"], "injected fault"),
    (&["plot"], "injected fault"),
    (&["befall"], "inject"),
    (&["befalls"], "inject"),
    (&["bury"], "mark dead"),
    (&["buried"], "marked dead"),
    (&["put", "back"], "extend visibility, defer"),
    (&["puts", "back"], "extends visibility, defers"),
    (&["hasten"], "expedite, fail fast"),
    (&["haste"], "expedite, fail fast"),
    (&["impatient"], "fail fast"),
    (&["take", "in"], "ingest"),
    (&["takes", "in"], "ingests"),
    (&["taken", "in"], "ingested"),
    (&["arrival"], "stored object"),
    (&["look", "at"], "probe, read"),
    (&["looks", "at"], "probes, reads"),
    (&["looking", "at"], "probing, reading"),
    (&["let", "go"], "release"),
    (&["fate"], "ack"),
    (&["answers", "a"], "returns"),
    (&["answers", "an"], "returns"),
    (&["answers", "the"], "returns"),
];

/// Public names and constants that have such a word in them.
const ALLOWED: [&str; 3] = ["ARRIVAL_WINDOW", "ARRIVAL_GRACE", "approximateArrivalOf"];

/// No sentence of a document or a doc comment opens with these.
const OPENINGS: [&str; 4] = ["Of ", "What ", "Whoever ", "Whose "];

#[test]
fn no_word_makes_a_stranger_stop() {
    let found = held().into_iter().flat_map(|(path, text)| {
        let lines: Vec<(usize, String)> = text.lines().map(str::to_owned).enumerate().collect();
        lines.into_iter().flat_map(move |(index, line)| {
            let path = path.clone();
            banned_in(&line).into_iter().map(move |instead| format!("{path}:{}: say {instead}", index + 1))
        })
    });
    assert_none(found, "words that the style bans");
}

#[test]
fn no_sentence_opens_with_what_it_is_not_about() {
    let found = held().into_iter().flat_map(|(path, text)| {
        let is_document = path.ends_with(".md");
        let lines: Vec<(usize, String)> = text.lines().map(str::to_owned).enumerate().collect();
        let of_line = move |(index, line): (usize, String)| {
            let prose = if is_document { Some(line.as_str()) } else { doc_of(&line) };
            let opens = prose.is_some_and(opens_badly);
            opens.then(|| format!("{path}:{}: {}", index + 1, line.trim()))
        };
        lines.into_iter().filter_map(of_line)
    });
    assert_none(found, "sentences that open with Of, What, Whoever or Whose");
}

#[test]
fn words_are_found_however_they_are_run_together() {
    for line in
        ["fn put_back(", "PutBack(Duration)", "it is put back", "// Put back:", "PUT_BACK_MAX", "a mishap."]
    {
        assert!(!banned_in(line).is_empty(), "{line}");
    }
    for line in
        ["input back", "the output", "ARRIVAL_WINDOW", "letterbox", "take into account", "dead letters"]
    {
        assert!(banned_in(line).is_empty(), "{line}");
    }
    assert!(
        opens_badly("Whoever asks.")
            && opens_badly("It is. Of these, two.")
            && !opens_badly("Offers what it is.")
    );
}

/// Returns the path and text of each file that is held to the words.
fn held() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for held in HELD {
        collect(held, &mut paths);
    }
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

fn collect(path: &str, paths: &mut Vec<String>) {
    if path == NOT_HELD {
        return;
    }
    let full = project().join(path);
    if full.is_dir() {
        for name in names(path)
            .into_iter()
            .filter(|name| !["node_modules", "build", "target"].contains(&name.as_str()))
        {
            collect(&format!("{path}/{name}"), paths);
        }
    } else if KINDS.iter().any(|kind| path.ends_with(&format!(".{kind}"))) {
        assert!(fs::metadata(&full).is_ok(), "{path} is not there");
        paths.push(path.to_owned());
    }
}

/// Lists the words to say instead of the banned ones in the line.
fn banned_in(line: &str) -> Vec<&'static str> {
    let line = ALLOWED.iter().fold(line.to_owned(), |line, allowed| line.replace(allowed, ""));
    let words = words_of(&line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_there = |banned: &[&str]| words.windows(banned.len()).any(|window| window == banned);
    BANNED.iter().filter(|(banned, _)| is_there(banned)).map(|(_, instead)| *instead).collect()
}

/// The words of a line in lower case, those of identifiers one by one.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in line.chars() {
        let begins = character.is_uppercase() && was_lower;
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn doc_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    ["/// ", "//! ", "// "].iter().find_map(|mark| line.strip_prefix(mark))
}

/// Whether the line, or a sentence in it, opens with one of [`OPENINGS`].
fn opens_badly(prose: &str) -> bool {
    let sentences = prose.split(". ").map(|sentence| sentence.trim_start_matches(['-', '*', ' ', '|']));
    sentences.into_iter().any(|sentence| OPENINGS.iter().any(|opening| sentence.starts_with(opening)))
}

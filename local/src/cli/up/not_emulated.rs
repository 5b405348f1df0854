//! The parts of the template that are left out, in one line: counted, by kind. `dev.json` names each.

use std::cmp::Reverse;

/// The kind of what is a property of a resource that is emulated otherwise.
const SETTING: &str = "setting";

/// `19 settings, 5 log groups, outputs` for entries such as `Table.SSESpecification`,
/// `ApiLogs (AWS::Logs::LogGroup)` and `Outputs`: the most frequent kind first.
pub fn summary(not_emulated: &[String]) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for entry in not_emulated {
        let kind = kind(entry);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    if kinds.is_empty() {
        return "nothing".to_owned();
    }
    kinds.sort_by_key(|(_, count)| Reverse(*count));
    let counted: Vec<String> = kinds.iter().map(|(kind, count)| counted(kind, *count)).collect();
    counted.join(", ")
}

/// `log group` for the type `AWS::Logs::LogGroup`.
fn kind(entry: &str) -> String {
    let of_type = entry.rsplit_once("::").and_then(|(_, name)| name.strip_suffix(')'));
    match of_type {
        Some(name) => words(name),
        None if entry.contains('.') => SETTING.to_owned(),
        None => words(entry),
    }
}

fn words(camel_case: &str) -> String {
    let mut words = String::new();
    for letter in camel_case.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn counted(kind: &str, count: usize) -> String {
    match (count, kind.strip_suffix('y')) {
        (1, _) if kind.ends_with('s') => kind.to_owned(),
        (1, _) => format!("1 {kind}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_by_kind() {
        let parts = [
            "BucketPolicy (AWS::S3::BucketPolicy)",
            "Table.SSESpecification",
            "ApiLogs (AWS::Logs::LogGroup)",
            "MediaLogs (AWS::Logs::LogGroup)",
            "Api.EveryMinute.RetryPolicy",
            "Bucket.BucketEncryption",
            "Outputs",
        ];
        let parts = parts.map(str::to_owned);
        assert_eq!(summary(&parts), "3 settings, 2 log groups, 1 bucket policy, outputs");
    }

    #[test]
    fn several_policies_read_well() {
        let parts = ["A (AWS::S3::BucketPolicy)", "B (AWS::S3::BucketPolicy)"].map(str::to_owned);
        assert_eq!(summary(&parts), "2 bucket policies");
    }

    #[test]
    fn a_template_that_is_emulated_whole_says_so() {
        assert_eq!(summary(&[]), "nothing");
    }
}

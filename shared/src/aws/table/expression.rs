//! Attribute names in expressions: every one is written `#name`, so that no reserved word can slip in.

use std::collections::HashMap;

/// The placeholders in `expressions`: `#name` stands for the attribute `name`.
pub(super) fn names(expressions: &[&str]) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for expression in expressions {
        for part in expression.split('#').skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            names.insert(format!("#{}", &part[..end]), part[..end].to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_stands_for_its_own_name() {
        let names = names(&["SET #state = :x, #epoch = #epoch + :one", "#state = :y"]);
        assert_eq!(names.len(), 2);
        assert_eq!(names["#state"], "state");
        assert_eq!(names["#epoch"], "epoch");
    }
}

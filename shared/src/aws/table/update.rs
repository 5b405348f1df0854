//! Conditional changes of one row, built in one way: an attribute is named once, where it is set or removed.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Key, string};

/// A conditional change of one row. In expressions, `#name` stands for the attribute `name`.
pub(super) struct Update {
    pub(super) key: Key,
    set: Vec<String>,
    remove: Vec<&'static str>,
    add: Vec<String>,
    condition: String,
    pub(super) values: Vec<(String, AttributeValue)>,
}

impl Update {
    /// A change of the row at `key` that is made on a condition, whose values are given by [`Update::with`].
    pub fn new(key: Key, condition: impl Into<String>) -> Self {
        let (set, remove, add, values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { key, set, remove, add, condition: condition.into(), values }
    }

    /// Makes the change depend on another condition too.
    pub fn and(mut self, condition: &str) -> Self {
        self.condition = format!("({}) AND {condition}", self.condition);
        self
    }

    /// A value that the condition names.
    pub fn with(mut self, placeholder: &str, value: AttributeValue) -> Self {
        self.values.push((placeholder.to_owned(), value));
        self
    }

    pub fn set(mut self, name: &str, value: AttributeValue) -> Self {
        self.set.push(format!("#{name} = :new_{name}"));
        self.values.push((format!(":new_{name}"), value));
        self
    }

    pub fn set_text(self, name: &str, text: &str) -> Self {
        self.set(name, string(text))
    }

    pub fn set_if_some(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Sets an attribute that may be there already to the value that it has, or else to this.
    pub fn set_once(mut self, name: &str, value: AttributeValue) -> Self {
        self.set.push(format!("#{name} = if_not_exists(#{name}, :new_{name})"));
        self.values.push((format!(":new_{name}"), value));
        self
    }

    /// Adds one to a number that is there.
    pub fn increase(mut self, name: &str) -> Self {
        self.set.push(format!("#{name} = #{name} + :one"));
        self.one();
        self
    }

    /// Adds one to a number that may not be there yet.
    pub fn count(mut self, name: &str) -> Self {
        self.add.push(format!("#{name} :one"));
        self.one();
        self
    }

    /// Adds to a number or to a set.
    pub fn add(mut self, name: &str, value: AttributeValue) -> Self {
        self.add.push(format!("#{name} :more_{name}"));
        self.values.push((format!(":more_{name}"), value));
        self
    }

    pub fn remove(mut self, names: &[&'static str]) -> Self {
        self.remove.extend(names);
        self
    }

    fn one(&mut self) {
        if !self.values.iter().any(|(name, _)| name == ":one") {
            self.values.push((":one".to_owned(), super::number(1)));
        }
    }

    pub(super) fn condition(&self) -> &str {
        &self.condition
    }

    pub(super) fn expression(&self) -> String {
        let removed: Vec<String> = self.remove.iter().map(|name| format!("#{name}")).collect();
        let clauses = [("SET", &self.set), ("REMOVE", &removed), ("ADD", &self.add)];
        let clauses = clauses.into_iter().filter(|(_, changes)| !changes.is_empty());
        let clauses = clauses.map(|(clause, changes)| format!("{clause} {}", changes.join(", ")));
        clauses.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::number;
    use super::*;

    #[test]
    fn a_change_names_every_attribute_once_in_its_clause() {
        let update = Update::new(Key::new("p", "s"), "#state = :old")
            .with(":old", string("queued"))
            .set_text("state", "running")
            .increase("epoch")
            .increase("attempts")
            .count("deferrals")
            .remove(&["claim", "due_at"]);
        assert_eq!(
            update.expression(),
            "SET #state = :new_state, #epoch = #epoch + :one, #attempts = #attempts + :one \
             REMOVE #claim, #due_at ADD #deferrals :one"
        );
        assert_eq!(update.condition(), "#state = :old");
        let names: Vec<&str> = update.values.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [":old", ":new_state", ":one"]);
        assert_eq!(update.values[2].1, number(1));
    }
}

//! Which records of a stream a function is invoked for: `FilterCriteria`, as far as the local stack understands it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::template::error::Result;
use crate::template::properties::Properties;

/// The patterns, of which one must match. Without any, every record is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// Each of these fields matches.
    Fields(BTreeMap<String, Pattern>),
    /// The text is one of these.
    OneOf(Vec<Text>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    Is(String),
    BeginsWith(String),
}

impl Filter {
    pub(super) fn read(properties: &mut Properties) -> Result<Self> {
        let Some(mut criteria) = properties.nested("FilterCriteria", "FilterCriteria")? else {
            return Ok(Self::default());
        };
        let mut patterns = Vec::new();
        for filter in criteria.items("Filters")? {
            let mut filter = Properties::of(filter, "a filter")?;
            let pattern = filter.required("Pattern")?;
            filter.finish()?;
            let parsed = serde_json::from_str(pattern.text()?).ok().as_ref().and_then(Pattern::of);
            patterns.push(parsed.ok_or_else(|| {
                pattern.unexpected("a pattern in JSON, whose fields end in lists of texts and prefixes")
            })?);
        }
        criteria.finish()?;
        Ok(Self(patterns))
    }

    pub fn wants(&self, record: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(record))
    }
}

impl Pattern {
    /// None for what the local stack does not understand: numbers, `exists` and the like.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| Some((name.clone(), Self::of(value)?)));
                fields.collect::<Option<_>>().map(Self::Fields)
            }
            Value::Array(values) => values.iter().map(Text::of).collect::<Option<_>>().map(Self::OneOf),
            _ => None,
        }
    }

    fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Fields(fields) => {
                fields.iter().all(|(name, pattern)| pattern.matches(&value[name.as_str()]))
            }
            Self::OneOf(texts) => {
                value.as_str().is_some_and(|text| texts.iter().any(|one| one.matches(text)))
            }
        }
    }
}

impl Text {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Is(text.clone())),
            Value::Object(fields) if fields.len() == 1 => {
                fields.get("prefix")?.as_str().map(|prefix| Self::BeginsWith(prefix.to_owned()))
            }
            _ => None,
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Is(one) => text == one,
            Self::BeginsWith(prefix) => text.starts_with(prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filter(pattern: Value) -> Filter {
        Filter(vec![Pattern::of(&pattern).unwrap()])
    }

    #[test]
    fn a_record_is_wanted_when_every_field_of_a_pattern_is_one_of_its_texts() {
        let filter = filter(json!({ "eventName": ["INSERT"], "dynamodb": { "sk": { "S": ["a", "b"] } } }));
        let record = |name: &str, sk: &str| json!({ "eventName": name, "dynamodb": { "sk": { "S": sk } } });
        assert!(filter.wants(&record("INSERT", "b")));
        assert!(!filter.wants(&record("INSERT", "c")));
        assert!(!filter.wants(&record("REMOVE", "b")));
        assert!(!filter.wants(&json!({ "eventName": "INSERT" })));
        assert!(Filter::default().wants(&json!({})));
    }

    #[test]
    fn a_prefix_is_wanted_whatever_follows() {
        let filter = filter(json!({ "sk": ["a", { "prefix": "b#" }] }));
        for (sk, is_wanted) in [("a", true), ("b#", true), ("b#1", true), ("b", false), ("a#1", false)] {
            assert_eq!(filter.wants(&json!({ "sk": sk })), is_wanted, "{sk}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_understood_is_none() {
        for pattern in
            [json!("a"), json!({ "a": "b" }), json!({ "a": [{ "suffix": "b" }] }), json!({ "a": [1] })]
        {
            assert_eq!(Pattern::of(&pattern), None, "{pattern}");
        }
    }
}

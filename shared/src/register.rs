//! Registers: the names of what a tenant may have a bounded number of, such as its API keys. Each is one row, which a name
//! is entered into before its own row is put: there the bound holds, however many requests come at once.
//!
//! Nobody takes a name out when its row goes. A register that is full is made anew out of the names that still stand for
//! something, and of those that were entered a moment ago. Pure: names and the time go in, registers come out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api_key::KEYS_MAX;
use crate::clock::Timestamp;
use crate::recipe::RECIPES_MAX;
use crate::signing_key::SIGNING_KEYS_MAX;

/// A name that stands for nothing counts for this long: the request that entered it may be under way. An invocation of
/// api is over by then.
const UNDER_WAY: Duration = Duration::from_secs(35);

/// The kinds of things that are registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    ApiKeys,
    Recipes,
    SigningKeys,
}

impl Registered {
    /// Stored, as part of the row's key; it never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKeys => "key",
            Self::Recipes => "recipe",
            Self::SigningKeys => "signing-key",
        }
    }

    /// How many of them a tenant may have.
    pub const fn most(self) -> usize {
        match self {
            Self::ApiKeys => KEYS_MAX,
            Self::Recipes => RECIPES_MAX,
            Self::SigningKeys => SIGNING_KEYS_MAX,
        }
    }
}

/// The names of one kind. Attribute names are data: they never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// Raised by every write, which is conditional on it. 0 before the first.
    pub revision: u32,
    /// When each name was entered last.
    pub names: BTreeMap<String, Timestamp>,
}

impl Register {
    /// Returns the register with this name in it; `None` if it would then hold more than `most` names.
    pub fn with(&self, name: &str, most: usize, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.names.insert(name.to_owned(), now);
        next.revision += 1;
        (next.names.len() <= most).then_some(next)
    }

    /// Returns the register without the names that stand for nothing. `standing` are those that stand for something.
    pub fn made_anew(&self, standing: impl IntoIterator<Item = String>, now: Timestamp) -> Self {
        let entered = |name: String| {
            let entered_at = self.names.get(&name).copied().unwrap_or(now);
            (name, entered_at)
        };
        let mut names: BTreeMap<String, Timestamp> = standing.into_iter().map(entered).collect();
        let under_way = self.names.iter().filter(|(_, entered_at)| now.since(**entered_at) < UNDER_WAY);
        names.extend(under_way.map(|(name, entered_at)| (name.clone(), *entered_at)));
        Self { revision: self.revision, names }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn register(names: &[&str]) -> Register {
        Register { revision: 7, names: names.iter().map(|name| ((*name).to_owned(), NOW)).collect() }
    }

    #[test]
    fn a_full_register_takes_no_other_name_and_those_that_it_has() {
        let full = register(&["a", "b"]);
        assert_eq!(full.with("c", 2, NOW), None);
        let later = NOW + UNDER_WAY;
        let again = full.with("b", 2, later).unwrap();
        assert_eq!((again.revision, again.names["a"], again.names["b"]), (8, NOW, later));
    }

    #[test]
    fn a_name_that_stands_for_nothing_counts_while_its_request_may_be_under_way() {
        let seen = register(&["gone", "standing"]);
        let names = |now| {
            let anew = seen.made_anew(["standing".to_owned(), "made by hand".to_owned()], now);
            anew.names.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(names(NOW), ["gone", "made by hand", "standing"]);
        assert_eq!(names(NOW + UNDER_WAY), ["made by hand", "standing"]);
    }

    #[test]
    fn stored_names_never_change() {
        let stored = serde_json::json!({ "revision": 7, "names": { "a": 1_800_000_000_000_i64 } });
        assert_eq!(serde_json::to_value(register(&["a"])).unwrap(), stored);
        let all = [Registered::ApiKeys, Registered::Recipes, Registered::SigningKeys];
        assert_eq!(all.map(Registered::as_str), ["key", "recipe", "signing-key"]);
    }
}

//! A JSON value read as a type, with every fault in it: each points at its field, and says which field may have been meant.
//!
//! serde stops at the first fault. So a value is read again with what is wrong passed over: a stand-in in the place of a
//! wrong or missing value, nothing in the place of an unknown one.

use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::error::Rejected;

mod reader;
mod refusal;
mod stand_in;

use reader::Reader;
use refusal::{Fault, Refusal};

/// Names that are less alike than this are no suggestion.
const LIKENESS_MIN: f64 = 0.7;

/// No more faults are named.
const ERRORS_MAX: usize = 20;

/// A fault may take three passes to get over.
const PASSES_MAX: usize = 3 * ERRORS_MAX;

/// Reads `value` as a `T`. Texts stand for numbers and truth values too if `is_text`, as in a query.
pub fn from_value<T: DeserializeOwned>(value: &Value, is_text: bool) -> Result<T, Rejected> {
    let (mut detours, mut errors) = (Detours::default(), Vec::new());
    for _ in 0..PASSES_MAX {
        match T::deserialize(Reader { value, is_text, place: ROOT, detours: &detours }) {
            Ok(read) if errors.is_empty() => return Ok(read),
            Ok(_) => break,
            Err(refusal) => {
                if !detours.explain(&refusal) {
                    errors.push(refusal.error());
                }
                if errors.len() == ERRORS_MAX || !detours.add(&refusal) {
                    break;
                }
            }
        }
    }
    Err(Rejected::Invalid { errors })
}

/// The one of `names` that may have been meant by `name`.
pub fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let likeness = |other: &&str| strsim::jaro_winkler(name, other);
    let closest = names.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&closest) >= LIKENESS_MIN).then(|| closest.to_owned())
}

/// Where a value is: in what, and under which name or index.
#[derive(Clone, Copy)]
struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    name: &'a str,
}

const ROOT: Place<'static> = Place { outer: None, name: "" };

impl Place<'_> {
    /// Names and indices from the outside in.
    fn names(self) -> Vec<String> {
        let Some(outer) = self.outer else { return Vec::new() };
        let mut names = outer.names();
        names.push(self.name.to_owned());
        names
    }
}

/// How a place is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detour {
    /// A value of whatever type is wanted is read there.
    StandIn,
    /// Nothing is there.
    Skip,
}

/// The places that are passed over, each by its names and indices from the outside in.
#[derive(Debug, Default)]
struct Detours(Vec<(Vec<String>, Detour)>);

impl Detours {
    fn at(&self, place: Place<'_>) -> Option<Detour> {
        if self.0.is_empty() { None } else { self.latest(&place.names()) }
    }

    fn latest(&self, place: &[String]) -> Option<Detour> {
        self.0.iter().rev().find(|(other, _)| other == place).map(|(_, detour)| *detour)
    }

    /// The names in an object at this place that are stood in for.
    fn supplied(&self, place: Place<'_>) -> Vec<String> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let object = place.names();
        let stood_in = self.0.iter().filter(|(place, _)| self.latest(place) == Some(Detour::StandIn));
        let within =
            stood_in.filter_map(|(place, _)| place.split_last().filter(|(_, outer)| *outer == object));
        within.map(|(name, _)| name.clone()).collect()
    }

    /// Whether the refusal comes of something that is passed over already.
    fn explain(&self, refusal: &Refusal) -> bool {
        let place = refusal.place();
        self.0.iter().any(|(other, _)| other.starts_with(&place) || place.starts_with(other))
    }

    /// Gets the next pass past what was refused; `false` where nothing does.
    fn add(&mut self, refusal: &Refusal) -> bool {
        let mut place = refusal.place();
        let mut fault = refusal.fault;
        while !place.is_empty() {
            let next = match (fault, self.latest(&place)) {
                (Fault::Unknown, None) => Some(Detour::Skip),
                (_, None) => Some(Detour::StandIn),
                (Fault::Wrong, Some(Detour::StandIn)) => Some(Detour::Skip),
                _ => None,
            };
            if let Some(next) = next {
                self.0.push((place, next));
                return true;
            }
            // Neither helps: what it is in is given up.
            place.pop();
            fault = Fault::Wrong;
        }
        false
    }
}

#[cfg(test)]
mod tests;

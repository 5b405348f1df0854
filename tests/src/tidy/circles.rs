//! No file takes something from another that takes something from it, straight or by way of others: who reads one would
//! have to read all of them first.

use std::collections::BTreeSet;

use super::modules::{Crate, ModuleId};
use super::{assert_none, names};

/// Circles that are still there, by the first of their files in the order of the alphabet, and with how many there may
/// be at most. A mended circle is taken off this list, and none is put on it.
const STILL_THERE: [(&str, usize); 1] = [("shared/src/image/animation.rs", 43)];

/// The files of each circle, sorted.
fn circles(of: &Crate) -> Vec<Vec<&str>> {
    let modules = 0..of.modules.len();
    let taken_from: Vec<Vec<ModuleId>> = modules.clone().map(|module| of.taken_from(module)).collect();
    let reached: Vec<BTreeSet<ModuleId>> =
        modules.clone().map(|module| reached(module, &taken_from)).collect();
    let mut circles = BTreeSet::new();
    for module in modules {
        let circle = reached[module].iter().filter(|other| reached[**other].contains(&module));
        let mut circle: Vec<&str> = circle.map(|id| of.modules[*id].path.as_str()).collect();
        circle.sort_unstable();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// Everything that a module leads to.
fn reached(from: ModuleId, taken_from: &[Vec<ModuleId>]) -> BTreeSet<ModuleId> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for next in &taken_from[module] {
            if reached.insert(*next) {
                open.push(*next);
            }
        }
    }
    reached
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    let functions = names("functions").into_iter().map(|name| format!("functions/{name}"));
    let mut still_there: BTreeSet<&str> = STILL_THERE.map(|(first, _)| first).into();
    let mut broken = Vec::new();
    for folder in ["shared".to_owned(), "local".to_owned()].into_iter().chain(functions) {
        let read = Crate::read(&folder);
        for circle in circles(&read) {
            let allowed = STILL_THERE.iter().find(|(first, _)| *first == circle[0]);
            still_there.remove(circle[0]);
            if allowed.is_none_or(|(_, files_max)| circle.len() > *files_max) {
                broken.push(format!("{circle:#?}"));
            }
        }
    }
    assert_none(broken.into_iter(), "files import one another in a circle");
    let mended = still_there.into_iter().map(str::to_owned);
    assert_none(mended, "a circle is mended: take it off the list");
}

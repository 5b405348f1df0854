//! No file takes something from another that takes something from it, straight or by way of others: who reads one would
//! have to read all of them first.

use std::collections::BTreeSet;

use super::modules::{Crate, ModuleId};
use super::{assert_none, names};

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
    let mut found = Vec::new();
    for folder in ["shared".to_owned(), "local".to_owned()].into_iter().chain(functions) {
        let read = Crate::read(&folder);
        found.extend(circles(&read).into_iter().map(|circle| format!("{circle:#?}")));
    }
    assert_none(found.into_iter(), "files import one another in a circle");
}

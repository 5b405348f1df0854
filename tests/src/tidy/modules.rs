//! The modules of a crate and what each takes from others, as its text says: no compiler is asked.
//!
//! Read is what is imported by `use`, and every path that begins with `crate`, `self`, `super`, a module of the file or a
//! name that it imports. A path is followed through re-exports to the file that holds what it names. Imports of
//! a test alone are left out; what is inside a string is read as code.

use std::collections::BTreeMap;
use std::path::Path;

use super::{project, read};

/// An index into [`Crate::modules`].
pub type ModuleId = usize;

/// All files of a crate, library and program.
pub struct Crate {
    pub modules: Vec<Module>,
}

pub struct Module {
    /// Relative to the project.
    pub path: String,
    parent: Option<ModuleId>,
    children: BTreeMap<String, ModuleId>,
    /// The names that `use` brings into the file, and the paths that they stand for.
    imports: BTreeMap<String, Vec<String>>,
    /// Every path that the file names, except those that it only passes on.
    paths: Vec<Vec<String>>,
}

impl Crate {
    /// Reads the crate in `folder`, which is relative to the project.
    pub fn read(folder: &str) -> Self {
        let mut this = Self { modules: Vec::new() };
        for root in ["lib.rs", "main.rs"] {
            let path = format!("{folder}/src/{root}");
            if project().join(&path).exists() {
                this.add(&path, &format!("{folder}/src"), None);
            }
        }
        assert!(!this.modules.is_empty(), "{folder} has no source");
        this
    }

    /// The files that `module` takes something from. Its parents are not among them: they are what it is a part of.
    pub fn taken_from(&self, module: ModuleId) -> Vec<ModuleId> {
        let paths = self.modules[module].paths.iter();
        let mut from: Vec<_> = paths.filter_map(|path| self.resolve(module, path, 0)).collect();
        from.retain(|other| !self.is_part_of(module, *other));
        from.sort_unstable();
        from.dedup();
        from
    }

    /// Adds a file and its modules, which are in `folder`.
    fn add(&mut self, path: &str, folder: &str, parent: Option<ModuleId>) -> ModuleId {
        let source = Source::of(&tokens(&without_comments(&read(path))));
        let id = self.modules.len();
        self.modules.push(Module {
            path: path.to_owned(),
            parent,
            children: BTreeMap::new(),
            imports: source.imports,
            paths: source.paths,
        });
        for name in source.modules {
            let file = format!("{folder}/{name}.rs");
            if Path::new(&project().join(&file)).exists() {
                let child = self.add(&file, &format!("{folder}/{name}"), Some(id));
                self.modules[id].children.insert(name, child);
            }
        }
        id
    }

    fn is_part_of(&self, module: ModuleId, other: ModuleId) -> bool {
        let mut inside = Some(module);
        while let Some(id) = inside {
            if id == other {
                return true;
            }
            inside = self.modules[id].parent;
        }
        false
    }

    /// The file that holds what `path` names in `module`; none outside of this crate.
    fn resolve(&self, module: ModuleId, path: &[String], followed: usize) -> Option<ModuleId> {
        const FOLLOWED_MAX: usize = 20;
        let here = &self.modules[module];
        let mut rest = path;
        let mut current = match path.first()?.as_str() {
            "crate" => {
                rest = &path[1..];
                let mut root = module;
                while let Some(parent) = self.modules[root].parent {
                    root = parent;
                }
                root
            }
            "self" => {
                rest = &path[1..];
                module
            }
            "super" => {
                let mut parent = module;
                while rest.first().is_some_and(|first| first == "super") {
                    (parent, rest) = (self.modules[parent].parent?, &rest[1..]);
                }
                parent
            }
            first if here.children.contains_key(first) => module,
            first => {
                let target = here.imports.get(first).filter(|target| *target != path)?;
                let whole = [target.as_slice(), &path[1..]].concat();
                return (followed < FOLLOWED_MAX).then(|| self.resolve(module, &whole, followed + 1))?;
            }
        };
        while let Some(name) = rest.first() {
            let inside = &self.modules[current];
            if let Some(child) = inside.children.get(name) {
                (current, rest) = (*child, &rest[1..]);
            } else if let Some(target) = inside.imports.get(name).filter(|_| followed < FOLLOWED_MAX) {
                let whole = [target.as_slice(), &rest[1..]].concat();
                return self.resolve(current, &whole, followed + 1);
            } else {
                break;
            }
        }
        Some(current)
    }
}

/// The facts of one file's text.
#[derive(Default)]
struct Source {
    modules: Vec<String>,
    imports: BTreeMap<String, Vec<String>>,
    paths: Vec<Vec<String>>,
}

impl Source {
    fn of(tokens: &[&str]) -> Self {
        let mut this = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match (*token, tokens.get(at + 1..).unwrap_or_default()) {
                ("#", ["[", "cfg", "(", "test", ")", "]", "mod", _, following, ..]) => {
                    // A module of tests at the end of the file, or in a file of its own.
                    if *following == "{" {
                        break;
                    }
                    at += 10;
                }
                ("mod", [name, ";", ..]) => {
                    this.modules.push((*name).to_owned());
                    at += 3;
                }
                ("use", following) => {
                    let length = following.iter().position(|token| *token == ";").unwrap_or(following.len());
                    let is_public = at > 0 && ["pub", ")"].contains(&tokens[at - 1]);
                    for (name, path) in imported(&following[..length]) {
                        if !is_public {
                            this.paths.push(path.clone());
                        }
                        this.imports.insert(name, path);
                    }
                    at += length + 2;
                }
                (first, following) if is_name(first) && (at == 0 || tokens[at - 1] != "::") => {
                    let mut path = vec![first.to_owned()];
                    let mut following = following;
                    while let ["::", name, rest @ ..] = following
                        && is_name(name)
                    {
                        path.push((*name).to_owned());
                        following = rest;
                    }
                    at += path.len() * 2 - 1;
                    this.paths.push(path);
                }
                _ => at += 1,
            }
        }
        this.paths.retain(|path| path.len() > 1 || this.imports.contains_key(&path[0]));
        this
    }
}

/// The names and paths of `a::{b, c::d as e}`.
fn imported(tree: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut at = 0;
    branches(tree, &mut at, &[], &mut found);
    found
}

fn branches(tree: &[&str], at: &mut usize, prefix: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let mut path = prefix.to_vec();
    let mut name = None;
    while let Some(token) = tree.get(*at) {
        *at += 1;
        match *token {
            "{" => {
                branches(tree, at, &path, found);
                path.clear();
            }
            "}" => break,
            "," => {
                leaf(&path, name.take(), found);
                path = prefix.to_vec();
            }
            "as" => {
                name = tree.get(*at).map(|name| (*name).to_owned());
                *at += 1;
            }
            "::" => {}
            segment => path.push(segment.to_owned()),
        }
    }
    if path.len() > prefix.len() {
        leaf(&path, name, found);
    }
}

fn leaf(path: &[String], name: Option<String>, found: &mut Vec<(String, Vec<String>)>) {
    let mut path = path.to_vec();
    if path.len() > 1 && path.last().is_some_and(|last| last == "self" || last == "*") {
        path.pop();
    }
    if let Some(last) = path.last() {
        found.push((name.unwrap_or_else(|| last.clone()), path));
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Names, `::`, and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            ':' if rest.starts_with("::") => 2,
            first if is_part(first) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

#[test]
fn a_file_is_read_as_the_compiler_would() {
    let text = "
        mod child;
        use crate::{a::{self, B as C}, d};
        use super::e::*;
        pub use self::child::Thing;
        fn f() { child::g(C::new(), d::h); } // child::comment()
        #[cfg(test)]
        mod tests { use crate::never; }";
    let source = Source::of(&tokens(&without_comments(text)));
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(source.modules, ["child"]);
    let names: Vec<_> = source.imports.keys().map(String::as_str).collect();
    assert_eq!(names, ["C", "Thing", "a", "d", "e"]);
    assert_eq!(source.imports["C"], path("crate::a::B"));
    for expected in ["crate::a", "crate::a::B", "crate::d", "super::e", "child::g", "C::new", "d::h"] {
        assert!(source.paths.contains(&path(expected)), "{expected} is not in {:?}", source.paths);
    }
    assert!(!source.paths.contains(&path("self::child::Thing")), "it is only passed on");
    assert!(!source.paths.iter().flatten().any(|name| name == "never" || name == "comment"));
}

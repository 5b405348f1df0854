//! The reference for people: pages made from the table of routes and the OpenAPI document. Each page has everything that it
//! needs in it, and loads nothing.

use serde_json::Value;

use crate::route::{MediaType, Route};

mod fields;
mod html;
mod kind;
mod layout;
mod operation;
mod overview;
mod problems;

pub use layout::content_security_policy;
pub use overview::{home, overview};
pub use problems::{problem, unknown_problem};

/// The source of the pages.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    pub routes: &'a [Route],
    pub document: &'a Value,
}

impl<'a> Reference<'a> {
    /// The routes that programs call.
    fn operations(&self) -> impl Iterator<Item = &'a Route> + use<'a> {
        self.routes.iter().filter(|route| route.produces == MediaType::Json)
    }

    /// The names of resources with operations, each with what it is about.
    fn resources(&self) -> Vec<(&'a str, &'a str)> {
        let mut resources = Vec::new();
        for route in self.operations() {
            let resource = (route.resource.name, route.resource.description);
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        resources
    }

    /// The document's object for a route.
    fn operation(&self, route: &Route) -> &'a Value {
        &self.document["paths"][route.path][route.method.as_str().to_ascii_lowercase()]
    }
}

/// The page of an operation; `None` for a name that none has.
pub fn operation(reference: Reference<'_>, name: &str) -> Option<String> {
    let route = reference.operations().find(|route| route.name == name)?;
    Some(operation::page(reference, route))
}

/// The page for a name that no operation has.
pub fn unknown_operation(name: &str) -> String {
    let detail = format!("There is no operation {name:?}.");
    layout::page("Not found", html::all([html::heading("Not found"), html::prose(&detail), layout::back()]))
}

//! A route: how it is called, who may call it, what it costs, which problems it may return, and its handler. Everything
//! else follows from these: authentication, limits, idempotency, entity tags, documentation and the tests of the
//! conventions.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::routing::MethodRouter;
use schemars::{Schema, SchemaGenerator};
use shared::app::App;
use shared::scope::Scope;

use crate::path_parameter::PathParameter;
use crate::problem::Code;

mod build;

pub use build::{delete, get, page, post, public, put, resource};

/// One line of the table in [`crate::routes`].
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    /// With `{name}` for each part that is a parameter.
    pub path: &'static str,
    /// One for each `{name}` of the path, in that order.
    pub path_parameters: Vec<PathParameter>,
    /// In camel case: the name of the call in clients that are made from the documentation. Public; it never changes.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    pub resource: Resource,
    pub access: Access,
    /// How much of the rate limit a request takes.
    pub tokens: u32,
    pub idempotency: Idempotency,
    /// A larger body is refused.
    pub body_bytes_max: usize,
    /// Whether `If-Match` makes it depend on what the client last saw.
    pub is_conditional: bool,
    /// The parameter that the `id` in the response is for, if the route creates something.
    pub creates: Option<PathParameter>,
    /// The problems that only this route's handler returns. [`Route::problems`] has all.
    pub own_problems: Vec<Code>,
    pub produces: MediaType,
    pub contract: Contract,
    pub handler: MethodRouter<Arc<App>>,
}

/// The subject of a group of routes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// In kebab case.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone who can reach it.
    Public,
    /// A caller whose key has this scope.
    Needs(Scope),
}

/// The reason why a repeated request is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// The method does, or nothing is changed.
    Inherent,
    /// The row of what is created is the record of its `Idempotency-Key`.
    Row,
    /// A record of its own.
    Record,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    Json,
    Html,
}

/// The schemas of what a route takes and returns.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    pub takes_body: bool,
    pub body: fn(&mut SchemaGenerator) -> Option<Schema>,
    pub parameters: fn(&mut SchemaGenerator) -> Option<Schema>,
    pub status: StatusCode,
    /// Another status that the same body may come with.
    pub other_status: Option<StatusCode>,
    pub response: fn(&mut SchemaGenerator) -> Option<Schema>,
    /// The names that `?fields=` may choose from.
    pub fields: fn() -> Vec<String>,
}

impl Route {
    /// Whether it shows JSON that has an entity tag.
    pub fn is_read(&self) -> bool {
        self.method == Method::GET && self.access != Access::Public && self.produces == MediaType::Json
    }

    /// Every problem that a request to this route may be refused with, by status: those of the pipeline that the route
    /// passes through, and its own.
    pub fn problems(&self) -> Vec<Code> {
        let mut codes = vec![Code::NotAcceptable, Code::UriTooLong, Code::HeadersTooLarge, Code::Internal];
        codes.extend([Code::Malformed, Code::Invalid, Code::BodyTooLarge]);
        if self.access != Access::Public {
            codes.extend([Code::Unauthenticated, Code::Forbidden]);
        }
        if self.tokens > 0 {
            codes.push(Code::RateLimited);
        }
        if self.contract.takes_body {
            codes.push(Code::UnsupportedMediaType);
        }
        if self.is_conditional {
            codes.push(Code::PreconditionFailed);
        }
        if self.idempotency != Idempotency::Inherent {
            codes.push(Code::IdempotencyKeyReused);
        }
        if self.idempotency == Idempotency::Record {
            codes.push(Code::RequestInProgress);
        }
        codes.extend(&self.own_problems);
        codes.sort_by_key(|code| code.status());
        codes
    }
}

impl MediaType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html",
        }
    }
}

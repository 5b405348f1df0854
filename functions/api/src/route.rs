//! A route: how it is called, who may call it, what it costs, and the handler. Everything else follows from these:
//! authentication, limits, idempotency, errors, entity tags, documentation and the tests of the conventions.

use std::sync::Arc;

use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{Schema, SchemaGenerator};
use shared::app::App;
use shared::scope::Scope;

use crate::call::{Call, Parameters, RequestBody};
use crate::problem::Problem;
use crate::reply::{Reply, field_names};

/// One line of the table in [`crate::routes`].
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    /// With `{name}` for each part that is a parameter.
    pub path: &'static str,
    /// In camel case: the name of the call in clients that are made from the documentation. Public; it never changes.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    pub access: Access,
    /// How much of the rate limit a request takes.
    pub tokens: u32,
    pub idempotency: Idempotency,
    pub produces: MediaType,
    pub contract: Contract,
    pub handler: MethodRouter<Arc<App>>,
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever can reach it.
    Public,
    /// A caller whose key has this scope.
    Needs(Scope),
}

/// What makes a repeated request harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// The method does, or nothing is changed.
    Inherent,
    /// The row of what is made is the record of its `Idempotency-Key`.
    Row,
    /// A record of its own.
    Record,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    Json,
    Html,
}

/// The schemas of what a route takes and answers.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    pub body: fn(&mut SchemaGenerator) -> Option<Schema>,
    pub parameters: fn(&mut SchemaGenerator) -> Option<Schema>,
    pub status: StatusCode,
    /// Another status that the same answer may come with.
    pub other_status: Option<StatusCode>,
    pub answer: fn(&mut SchemaGenerator) -> Option<Schema>,
    /// The names that `?fields=` may choose from.
    pub fields: fn() -> Vec<String>,
}

pub fn get<F, B, P, R>(path: &'static str, handler: fn(Call<B, P>) -> F) -> Route
where
    F: Future<Output = Result<R, Problem>> + Send + 'static,
    B: RequestBody + 'static,
    P: Parameters + 'static,
    R: Reply + 'static,
{
    Route::new(Method::GET, path, handler)
}

pub fn post<F, B, P, R>(path: &'static str, handler: fn(Call<B, P>) -> F) -> Route
where
    F: Future<Output = Result<R, Problem>> + Send + 'static,
    B: RequestBody + 'static,
    P: Parameters + 'static,
    R: Reply + 'static,
{
    Route { idempotency: Idempotency::Record, ..Route::new(Method::POST, path, handler) }
}

pub fn put<F, B, P, R>(path: &'static str, handler: fn(Call<B, P>) -> F) -> Route
where
    F: Future<Output = Result<R, Problem>> + Send + 'static,
    B: RequestBody + 'static,
    P: Parameters + 'static,
    R: Reply + 'static,
{
    Route::new(Method::PUT, path, handler)
}

pub fn delete<F, B, P, R>(path: &'static str, handler: fn(Call<B, P>) -> F) -> Route
where
    F: Future<Output = Result<R, Problem>> + Send + 'static,
    B: RequestBody + 'static,
    P: Parameters + 'static,
    R: Reply + 'static,
{
    Route::new(Method::DELETE, path, handler)
}

/// A page that needs no key. It takes a token of the client's address unless it costs nothing.
pub fn public<H, T>(path: &'static str, produces: MediaType, handler: H) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    Route {
        access: Access::Public,
        produces,
        contract: Contract {
            body: |_| None,
            parameters: |_| None,
            status: StatusCode::OK,
            other_status: None,
            answer: |_| None,
            fields: Vec::new,
        },
        handler: on(MethodFilter::GET, handler),
        ..Route::new(Method::GET, path, nothing)
    }
}

async fn nothing(_call: Call) -> Result<crate::reply::NoContent, Problem> {
    Ok(crate::reply::NoContent)
}

impl Route {
    fn new<F, B, P, R>(method: Method, path: &'static str, handler: fn(Call<B, P>) -> F) -> Self
    where
        F: Future<Output = Result<R, Problem>> + Send + 'static,
        B: RequestBody + 'static,
        P: Parameters + 'static,
        R: Reply + 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self {
            method,
            path,
            name: "",
            summary: "",
            access: Access::Public,
            tokens: 1,
            idempotency: Idempotency::Inherent,
            produces: MediaType::Json,
            contract: Contract {
                body: B::schema,
                parameters: P::schema,
                status: R::STATUS,
                other_status: R::OTHER_STATUS,
                answer: R::schema,
                fields: field_names::<R>,
            },
            handler: on(filter, move |call: Call<B, P>| handler(call)),
        }
    }

    pub fn named(self, name: &'static str, summary: &'static str) -> Self {
        Self { name, summary, ..self }
    }

    pub fn needs(self, scope: Scope) -> Self {
        Self { access: Access::Needs(scope), ..self }
    }

    pub fn costs(self, tokens: u32) -> Self {
        Self { tokens, ..self }
    }

    /// Repeating the request is harmless without a key.
    pub fn repeatable(self) -> Self {
        Self { idempotency: Idempotency::Inherent, ..self }
    }

    /// The row of what the route makes is the record of its `Idempotency-Key`.
    pub fn recorded_by_its_row(self) -> Self {
        Self { idempotency: Idempotency::Row, ..self }
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

//! The words of a line in the table of routes.

use std::sync::Arc;

use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodFilter, on};
use shared::app::App;
use shared::scope::Scope;

use super::{Access, Contract, Idempotency, MediaType, Resource, Route};
use crate::bounds::BODY_BYTES_MAX;
use crate::call::{Call, Parameters, RequestBody};
use crate::path_parameter::PathParameter;
use crate::problem::{Code, Problem};
use crate::reply::{NoContent, Reply, field_names};

/// The routes of one resource, in the order of the documentation.
pub fn resource(name: &'static str, description: &'static str, routes: Vec<Route>) -> Vec<Route> {
    let resource = Resource { name, description };
    routes.into_iter().map(|route| Route { resource, ..route }).collect()
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

/// JSON that anyone may read. It takes a token of the client's address unless it costs nothing.
pub fn public<H, T>(path: &'static str, handler: H) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    let contract = Contract {
        takes_body: false,
        body: |_| None,
        parameters: |_| None,
        status: StatusCode::OK,
        other_status: None,
        response: |_| None,
        fields: Vec::new,
    };
    Route { contract, handler: on(MethodFilter::GET, handler), ..Route::new(Method::GET, path, nothing) }
}

/// A page that anyone may read.
pub fn page<H, T>(path: &'static str, handler: H) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    Route { produces: MediaType::Html, ..public(path, handler) }
}

async fn nothing(_call: Call) -> Result<NoContent, Problem> {
    Ok(NoContent)
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
            path_parameters: Vec::new(),
            name: "",
            summary: "",
            resource: Resource::default(),
            access: Access::Public,
            tokens: 1,
            idempotency: Idempotency::Inherent,
            body_bytes_max: BODY_BYTES_MAX,
            is_conditional: false,
            creates: None,
            own_problems: Vec::new(),
            produces: MediaType::Json,
            contract: Contract {
                takes_body: B::IS_PRESENT,
                body: B::schema,
                parameters: P::schema,
                status: R::STATUS,
                other_status: R::OTHER_STATUS,
                response: R::schema,
                fields: field_names::<R>,
            },
            handler: on(filter, move |call: Call<B, P>| handler(call)),
        }
    }

    pub fn named(self, name: &'static str, summary: &'static str) -> Self {
        Self { name, summary, ..self }
    }

    /// Says what the next `{name}` of the path stands for.
    pub fn of(mut self, parameter: PathParameter) -> Self {
        self.path_parameters.push(parameter);
        self
    }

    pub fn needs(self, scope: Scope) -> Self {
        Self { access: Access::Needs(scope), ..self }
    }

    pub fn costs(self, tokens: u32) -> Self {
        Self { tokens, ..self }
    }

    /// How large a body may be.
    pub fn takes_up_to(self, body_bytes_max: usize) -> Self {
        Self { body_bytes_max, ..self }
    }

    /// The problems that its handler returns, beside those of the pipeline.
    pub fn fails_with(self, codes: &[Code]) -> Self {
        Self { own_problems: codes.to_vec(), ..self }
    }

    /// The handler checks `If-Match`.
    pub fn conditional(self) -> Self {
        Self { is_conditional: true, ..self }
    }

    /// The `id` of the response names what is created.
    pub fn creates(self, parameter: PathParameter) -> Self {
        Self { creates: Some(parameter), ..self }
    }

    /// Repeating the request is harmless without a key.
    pub fn repeatable(self) -> Self {
        Self { idempotency: Idempotency::Inherent, ..self }
    }

    /// The row of what the route creates is the record of its `Idempotency-Key`.
    pub fn recorded_by_its_row(self) -> Self {
        Self { idempotency: Idempotency::Row, ..self }
    }
}

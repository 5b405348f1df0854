//! The AWS JSON 1.1 protocol: a `POST` whose `X-Amz-Target` names the operation, with a JSON body each way.

mod delete;
mod get;
mod put;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Ssm;
use super::rejection::{Error, Rejection, Result};
use crate::http::{Request, Response};

/// Prefix of this service's targets.
pub const TARGET_PREFIX: &str = "AmazonSSM.";

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

pub fn answer(ssm: &Ssm, request: &Request) -> Response {
    match dispatch(ssm, request) {
        Ok(body) => respond(StatusCode::OK, body),
        Err(Error::Rejected(rejection)) => {
            let message = rejection.to_string();
            let body = match message.as_str() {
                "" => json!({ "__type": rejection.code() }),
                message => json!({ "__type": rejection.code(), "message": message }),
            };
            respond(StatusCode::BAD_REQUEST, body.to_string().into())
        }
        Err(Error::Fault(fault)) => {
            tracing::error!(error = &fault as &dyn std::error::Error, "answering an SSM request");
            let body = json!({ "__type": "InternalServerError", "message": "The parameters' state cannot be used." });
            respond(StatusCode::INTERNAL_SERVER_ERROR, body.to_string().into())
        }
    }
}

fn dispatch(ssm: &Ssm, request: &Request) -> Result<Bytes> {
    let body = request.body();
    match action(request)? {
        "DeleteParameter" => write(&delete::delete_parameter(ssm, read(body)?)?),
        "DeleteParameters" => write(&delete::delete_parameters(ssm, read(body)?)?),
        "GetParameter" => write(&get::get_parameter(ssm, read(body)?)?),
        "GetParameters" => write(&get::get_parameters(ssm, read(body)?)?),
        "PutParameter" => write(&put::put_parameter(ssm, read(body)?)?),
        unknown => Err(Rejection::UnknownOperation(unknown.to_owned()).into()),
    }
}

fn action(request: &Request) -> Result<&str> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let action = target.and_then(|target| target.strip_prefix(TARGET_PREFIX));
    let unknown = || Rejection::UnknownOperation(target.unwrap_or("without X-Amz-Target").to_owned());
    Ok(action.ok_or_else(unknown)?)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(body).map_err(|error| Rejection::Serialization(error.to_string()))
}

fn write<T: Serialize>(output: &T) -> Result<Bytes> {
    let body = serde_json::to_vec(output)
        .map_err(|source| crate::state::StateError::new("writing an SSM answer", source))?;
    Ok(body.into())
}

fn respond(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}

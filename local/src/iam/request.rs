//! The permissions that a request to the emulated AWS asks for, and who signed it.

mod dynamodb;
mod s3;
mod sqs;
mod ssm;

use std::fmt;

use super::Permission;
use crate::http::Request;
use crate::s3::form_field;
use crate::template::Deployment;

/// The actions and resources that a request needs all of, so that whoever signed it may make it.
pub fn required(request: &Request, deployment: &Deployment) -> Result<Vec<Permission>, Unjudged> {
    let target = request.headers().get("x-amz-target").map(|target| target.to_str().unwrap_or_default());
    match target.map(|target| target.split_once('.').unwrap_or((target, ""))) {
        Some(("DynamoDB_20120810", operation)) => dynamodb::required(operation, request.body(), deployment),
        Some(("DynamoDBStreams_20120810", operation)) => {
            dynamodb::required_of_stream(operation, request.body(), deployment)
        }
        Some(("AmazonSQS", operation)) => sqs::required(operation, request.body(), deployment),
        Some(("AmazonSSM", operation)) => ssm::required(operation, request.body(), deployment),
        Some((service, operation)) => Err(Unjudged::operation(format!("{service}.{operation}"))),
        None => s3::required(request, deployment),
    }
}

/// The access key id that a request names as its signer: in its header, presigned in its query, or in a field of a form.
pub fn access_key_id(request: &Request) -> Option<&str> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let credential = match header {
        Some(header) => header.split_once("Credential=")?.1,
        None => match query_pairs(request).find(|(name, _)| *name == "X-Amz-Credential") {
            Some((_, credential)) => credential,
            None => form_field(request, "x-amz-credential")?,
        },
    };
    let end = credential.find(['/', '%', ',']).unwrap_or(credential.len());
    Some(&credential[..end]).filter(|id| !id.is_empty())
}

/// A request whose permissions cannot be told. Nobody but the developer may make it.
#[derive(Debug)]
pub enum Unjudged {
    /// The local stack does not know what the operation needs.
    Operation(String),
    /// The body is not JSON.
    Body(serde_json::Error),
    /// The body lacks what the permission hangs on.
    Field(&'static str),
}

impl Unjudged {
    fn operation(name: impl Into<String>) -> Self {
        Self::Operation(name.into())
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(operation) => {
                write!(f, "the local stack does not know what permission {operation} needs")
            }
            Self::Body(_) => f.write_str("the request's body is not JSON"),
            Self::Field(field) => write!(f, "the request's body has no valid {field}"),
        }
    }
}

impl std::error::Error for Unjudged {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Body(source) => Some(source),
            Self::Operation(_) | Self::Field(_) => None,
        }
    }
}

fn permission(action: impl Into<String>, resource_arn: impl Into<String>) -> Permission {
    Permission { action: action.into(), resource_arn: resource_arn.into(), context: None }
}

/// Names and values of the query, as they were sent: still percent-encoded.
/// The decoded value of this name in the query.
pub(super) fn query_value(request: &Request, name: &str) -> Option<String> {
    let query = request.uri().query()?.as_bytes();
    form_urlencoded::parse(query).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn query_pairs(request: &Request) -> impl Iterator<Item = (&str, &str)> {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A text field of a JSON body.
fn text<'body>(body: &'body serde_json::Value, field: &'static str) -> Result<&'body str, Unjudged> {
    body.get(field).and_then(serde_json::Value::as_str).ok_or(Unjudged::Field(field))
}

#[cfg(test)]
mod tests;

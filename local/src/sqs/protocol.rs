//! The AWS JSON 1.0 protocol: a `POST` whose `X-Amz-Target` names the operation, with a JSON body each way.

mod batch;
mod delete;
mod queue_attributes;
mod queues;
mod receive;
mod send;
mod visibility;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::http::{Request, Response};
use crate::sqs::Sqs;
use crate::sqs::queue::ACCOUNT;
use crate::sqs::rejection::{Error, Rejection, Result};

const TARGET_PREFIX: &str = "AmazonSQS.";
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

pub async fn answer(sqs: &Sqs, request: Request) -> Response {
    match dispatch(sqs, &request).await {
        Ok(body) => respond(http::StatusCode::OK, None, body),
        Err(Error::Rejected(rejection)) => {
            let code = rejection.code();
            let query_error = format!("{};Sender", code.query);
            respond(code.status, Some(query_error), error_body(code.shape, &rejection.to_string()))
        }
        Err(Error::Fault(fault)) => {
            tracing::error!(error = &fault as &dyn std::error::Error, "answering an SQS request");
            let body = error_body("com.amazonaws.sqs#InternalFailure", "The queues' state cannot be used.");
            respond(
                http::StatusCode::INTERNAL_SERVER_ERROR,
                Some("InternalFailure;Receiver".to_owned()),
                body,
            )
        }
    }
}

async fn dispatch(sqs: &Sqs, request: &Request) -> Result<Bytes> {
    let body = request.body();
    match action(request)? {
        "ChangeMessageVisibility" => write(&visibility::change_message_visibility(sqs, read(body)?)?),
        "ChangeMessageVisibilityBatch" => {
            write(&visibility::change_message_visibility_batch(sqs, read(body)?)?)
        }
        "CreateQueue" => write(&queues::create_queue(sqs, read(body)?)?),
        "DeleteMessage" => write(&delete::delete_message(sqs, read(body)?)?),
        "DeleteMessageBatch" => write(&delete::delete_message_batch(sqs, read(body)?)?),
        "DeleteQueue" => write(&queues::delete_queue(sqs, read(body)?)?),
        "GetQueueAttributes" => write(&queue_attributes::get_queue_attributes(sqs, read(body)?)?),
        "GetQueueUrl" => write(&queues::get_queue_url(sqs, read(body)?)?),
        "ListQueues" => write(&queues::list_queues(sqs, read(body)?)?),
        "PurgeQueue" => write(&queues::purge_queue(sqs, read(body)?)?),
        "ReceiveMessage" => write(&receive::receive_message(sqs, read(body)?).await?),
        "SendMessage" => write(&send::send_message(sqs, sender(request), read(body)?)?),
        "SendMessageBatch" => write(&send::send_message_batch(sqs, sender(request), read(body)?)?),
        "SetQueueAttributes" => write(&queue_attributes::set_queue_attributes(sqs, read(body)?)?),
        unknown => Err(Rejection::UnknownOperation(unknown.to_owned()).into()),
    }
}

fn action(request: &Request) -> Result<&str> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let action = target.and_then(|target| target.strip_prefix(TARGET_PREFIX));
    action.ok_or_else(|| {
        Rejection::UnknownOperation(target.unwrap_or("without X-Amz-Target").to_owned()).into()
    })
}

/// The access key that signed the request: `SenderId`, where AWS has the id behind the key.
fn sender(request: &Request) -> &str {
    let authorization =
        request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = authorization.and_then(|authorization| authorization.split_once("Credential="));
    credential.and_then(|(_, scope)| scope.split('/').next()).unwrap_or(ACCOUNT)
}

/// The name of the queue that a `QueueUrl` means. The host is not looked at: this stack may be reached by several.
fn queue_name(queue_url: &str) -> Result<&str, Rejection> {
    if queue_url.is_empty() {
        return Err(Rejection::MissingParameter("QueueUrl"));
    }
    Ok(queue_url.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(body).map_err(|error| Rejection::Serialization(error.to_string()))
}

fn write<T: Serialize>(output: &T) -> Result<Bytes> {
    let body = serde_json::to_vec(output)
        .map_err(|source| crate::state::StateError::new("writing an SQS answer", source))?;
    Ok(body.into())
}

/// The output of an operation that answers nothing.
#[derive(Serialize)]
struct Nothing {}

fn error_body(shape: &str, message: &str) -> Bytes {
    serde_json::json!({ "__type": shape, "message": message }).to_string().into()
}

fn respond(status: http::StatusCode, query_error: Option<String>, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(CONTENT_TYPE));
    if let Some(Ok(query_error)) = query_error.map(http::HeaderValue::try_from) {
        headers.insert("x-amzn-query-error", query_error);
    }
    response
}

//! The events that start a function.

mod filter;
mod http;
mod schedule;
mod sources;

pub use filter::Filter;
pub use http::Route;
pub use schedule::Schedule;
pub use sources::{ObjectCreated, QueueSource, StreamSource};

use super::error::{Result, TemplateError};
use super::node::Node;
use super::properties::Properties;
use super::scope::Scope;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    HttpApi(Route),
    S3(ObjectCreated),
    Sqs(QueueSource),
    DynamoDbStream(StreamSource),
    Schedule(Schedule),
}

pub(super) fn read(
    function: &mut Properties,
    scope: &Scope,
    left_out: &mut Vec<String>,
    logical_id: &str,
) -> Result<Vec<Event>> {
    let Some(events) = function.take("Events") else { return Ok(Vec::new()) };
    let mut read = Vec::new();
    for entry in events.entries()? {
        let mut event = Properties::of(entry.value.clone(), "an event")?;
        let kind = event.required("Type")?;
        let properties =
            Properties::of(event.required("Properties")?, format!("an event of type {}", kind.text()?))?;
        event.finish()?;
        let path = format!("{logical_id}.{}", entry.key);
        read.push(read_one(&kind, properties, scope, left_out, &path)?);
    }
    Ok(read)
}

fn read_one(
    kind: &Node,
    mut properties: Properties,
    scope: &Scope,
    left_out: &mut Vec<String>,
    path: &str,
) -> Result<Event> {
    let event = match kind.text()? {
        "HttpApi" => Event::HttpApi(Route::read(&mut properties)?),
        "S3" => Event::S3(ObjectCreated::read(&mut properties, scope)?),
        "SQS" => Event::Sqs(QueueSource::read(&mut properties, scope)?),
        "DynamoDB" => Event::DynamoDbStream(StreamSource::read(&mut properties, scope)?),
        "Schedule" => {
            // EventBridge retries what Lambda would not take; here Lambda takes everything.
            if properties.take("RetryPolicy").is_some() {
                left_out.push(format!("{path}.RetryPolicy"));
            }
            Event::Schedule(Schedule::read(&mut properties)?)
        }
        other => {
            let message = format!("{other} is not an event that the local stack understands");
            return Err(TemplateError::at(kind.line, message));
        }
    };
    properties.finish()?;
    Ok(event)
}

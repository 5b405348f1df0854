//! The combinations of a function and its event source that AWS refuses.

use super::error::{Result, TemplateError};
use super::event::{Event, QueueSource, StreamSource};
use super::{Function, Template};

/// Most readers of one stream at the same time; more are throttled.
const STREAM_READERS_MAX: usize = 2;

pub fn event_sources(template: &Template) -> Result<()> {
    for function in &template.functions {
        for event in &function.events {
            match event {
                Event::Sqs(source) => visibility_timeout(template, function, source)?,
                Event::DynamoDbStream(source) => stream(template, source)?,
                Event::HttpApi(_) | Event::S3(_) | Event::Schedule(_) => {}
            }
        }
    }
    Ok(())
}

/// A message must not come back while the function that received it may still run.
fn visibility_timeout(template: &Template, function: &Function, source: &QueueSource) -> Result<()> {
    let queue = template.queues.iter().find(|queue| queue.name == source.queue);
    let Some(queue) = queue.filter(|queue| queue.visibility_timeout < function.timeout) else {
        return Ok(());
    };
    let message = format!(
        "the visibility timeout of {} ({} s) is below the timeout of {} ({} s)",
        queue.logical_id,
        queue.visibility_timeout.as_secs(),
        function.logical_id,
        function.timeout.as_secs()
    );
    Err(TemplateError::at(queue.line, message))
}

fn stream(template: &Template, source: &StreamSource) -> Result<()> {
    let Some(table) = template.tables.iter().find(|table| table.name == source.table) else { return Ok(()) };
    if table.stream_view.is_none() {
        let message = format!("{} has no StreamSpecification, but its stream is read", table.logical_id);
        return Err(TemplateError::at(table.line, message));
    }
    let events = template.functions.iter().flat_map(|function| &function.events);
    let reads = |event: &&Event| matches!(event, Event::DynamoDbStream(other) if other.table == source.table);
    let readers = events.filter(reads).count();
    if readers > STREAM_READERS_MAX {
        let message =
            format!("the stream of {} has {readers} readers; AWS lets two keep up", table.logical_id);
        return Err(TemplateError::at(table.line, message));
    }
    Ok(())
}

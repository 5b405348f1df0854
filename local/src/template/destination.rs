//! Where Lambda tells of what it gives up.

use super::error::Result;
use super::properties::Properties;
use super::scope::Scope;

/// The name of the queue in `DestinationConfig.OnFailure`, of an asynchronous invocation or of a stream.
pub fn on_failure(properties: &mut Properties, scope: &Scope) -> Result<Option<String>> {
    let Some(mut config) = properties.nested("DestinationConfig", "DestinationConfig")? else {
        return Ok(None);
    };
    let on_failure = config.nested("OnFailure", "OnFailure")?;
    config.finish()?;
    let Some(mut on_failure) = on_failure else { return Ok(None) };
    // SAM grants the function the right to send only if the type is spelt out.
    let kind = on_failure.required("Type")?;
    if kind.text()? != "SQS" {
        return Err(kind.unexpected("SQS"));
    }
    let destination = on_failure.required("Destination")?;
    on_failure.finish()?;
    scope.queue(&destination).map(Some)
}

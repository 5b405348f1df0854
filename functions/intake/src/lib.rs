//! S3 `ObjectCreated` under `uploads/`: takes an upload's bytes in.

use std::sync::Arc;

use aws_lambda_events::event::s3::S3Event;
use lambda_runtime::LambdaEvent;
use shared::app::App;
use shared::error::Fault;
use shared::operations;

/// Takes in every object of the event. The first that cannot be fails the event, which Lambda delivers again:
/// the others then find that they have been taken in.
pub async fn handle(app: Arc<App>, event: LambdaEvent<S3Event>) -> Result<(), Fault> {
    let mut failed = None;
    for record in event.payload.records {
        let object = record.s3.object;
        let Some(key) = object.url_decoded_key.or(object.key) else { continue };
        if let Err(fault) = operations::receive_upload(&app, &key).await {
            tracing::error!(object.key = key, error = fault.chain(), "an object was not taken in");
            failed = Some(fault);
        }
    }
    failed.map_or(Ok(()), Err)
}

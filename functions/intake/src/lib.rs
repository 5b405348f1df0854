//! S3 `ObjectCreated` under `uploads/`: takes an upload's bytes in.

use std::sync::Arc;

use aws_lambda_events::event::s3::S3EventRecord;
use lambda_runtime::LambdaEvent;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use shared::app::App;
use shared::error::Fault;
use shared::operations;

/// The event that S3 sends. The one that tests a new notification has no records.
#[derive(Debug, Deserialize)]
pub struct Notification {
    #[serde(rename = "Records", default)]
    records: Vec<S3EventRecord>,
}

/// Ingests every object of the event. One that cannot be fails the event, which Lambda delivers again: the others
/// then find that they have been ingested.
pub async fn handle(app: Arc<App>, event: LambdaEvent<Notification>) -> Result<(), Fault> {
    let mut failed = None;
    for record in event.payload.records {
        let Some(key) = record.s3.object.key.as_deref().map(decoded) else { continue };
        if let Err(fault) = operations::uploads::ingest_upload(&app, &key).await {
            failed = Some(fault);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Keys come encoded as in a form.
fn decoded(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_decoded_as_s3_encodes_it() {
        assert_eq!(decoded("uploads/acme/my+photo%2B%C3%BC.jpg"), "uploads/acme/my photo+ü.jpg");
    }

    #[test]
    fn the_event_that_tests_a_notification_is_accepted() {
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#;
        assert!(serde_json::from_str::<Notification>(test).unwrap().records.is_empty());
    }
}

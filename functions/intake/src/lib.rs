//! S3 `ObjectCreated` under `uploads/`: takes an upload's bytes in.

use std::sync::Arc;

use aws_lambda_events::event::s3::S3EventRecord;
use lambda_runtime::LambdaEvent;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use shared::app::App;
use shared::error::Fault;
use shared::operations;

/// The event that S3 sends: records, or the event that tests a new notification.
#[derive(Debug, Deserialize)]
pub struct Notification {
    #[serde(rename = "Records")]
    records: Option<Vec<S3EventRecord>>,
    #[serde(rename = "Event")]
    event: Option<String>,
}

const TEST_EVENT: &str = "s3:TestEvent";

/// Ingests every object of the event. One that cannot be ingested fails the event, which Lambda delivers again: the others
/// then find that they have been ingested. An event that is none of S3's fails, too, and reaches the failure queue.
pub async fn handle(app: Arc<App>, event: LambdaEvent<Notification>) -> Result<(), Fault> {
    let mut failed = None;
    for record in event.payload.records()? {
        let key = record.s3.object.key.as_deref().map(decoded);
        let Some(key) = key else {
            failed = Some(Fault::new("reading an event of S3", "a record names no object"));
            continue;
        };
        if let Err(fault) = operations::uploads::ingest_upload(&app, &key).await {
            failed = Some(fault);
        }
    }
    failed.map_or(Ok(()), Err)
}

impl Notification {
    fn records(self) -> Result<Vec<S3EventRecord>, Fault> {
        match (self.records, self.event.as_deref()) {
            (Some(records), _) => Ok(records),
            (None, Some(TEST_EVENT)) => Ok(Vec::new()),
            (None, _) => Err(Fault::new("reading an event of S3", "it has no records")),
        }
    }
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
        assert!(serde_json::from_str::<Notification>(test).unwrap().records().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_event_of_s3_is_a_fault() {
        for other in
            ["{}", r#"{"records":[]}"#, r#"{"Event":"s3:Other"}"#, r#"{"detail-type":"Object Created"}"#]
        {
            assert!(serde_json::from_str::<Notification>(other).unwrap().records().is_err(), "{other}");
        }
    }
}

use crate::app::App;
use crate::error::Fault;
use crate::metrics::{self, Metric};
use crate::upload::{Inspection, State, inspect, key};
use crate::work_log::{About, Kind, Outcome};

/// Ingests the object at `key` that S3 reported: one unit of work.
pub async fn ingest_upload(app: &App, key: &str) -> Result<(), Fault> {
    let mut unit = app.work_log.begin(Kind::Ingest, About::default());
    let ingested = ingest_object(app, key, &mut unit.about).await;
    unit.end_with(ingested)
}

/// Compares the object at `key` with what was declared, and moves the upload on in one write.
///
/// Harmless when repeated: only a pending upload moves. Nothing is removed before the row says that it may be, so a
/// crash in between leaves an object that the next event, or the audit, removes. A form's file is copied before it is
/// inspected: what is inspected can't be replaced.
pub(crate) async fn ingest_object(app: &App, key: &str, about: &mut About) -> Result<Outcome, Fault> {
    let Some((tenant, id)) = key::parse(key) else {
        about.detail = Some(format!("an object is not named like an upload: {key}"));
        return Ok(Outcome::Unknown);
    };
    (about.tenant, about.upload) = (Some(tenant.clone()), Some(id.clone()));
    let Some(upload) = app.table.get_upload(&tenant, &id).await? else {
        about.detail = Some("an object belongs to no upload".to_owned());
        return Ok(Outcome::Unknown);
    };
    about.request_id = upload.request_id.clone();
    if upload.state.drops_original() {
        app.bucket.remove(key).await?;
        return Ok(Outcome::Skipped);
    }
    if upload.state != State::Pending {
        if upload.may_have_form_file(app.clock.now()) {
            app.bucket.remove_form_file(&upload).await?;
        }
        return Ok(Outcome::Skipped);
    }
    if upload.form {
        app.bucket.keep_form_file(&upload).await?;
    }
    let original = key::original(&upload.tenant, &upload.id);
    let Some(object) = app.bucket.probe(&original).await? else {
        return Ok(Outcome::Skipped);
    };
    about.size_bytes = Some(object.size_bytes);
    let now = app.clock.now();
    let (passed, outcome) = match inspect(&upload, &object) {
        Inspection::Accepted => (app.table.mark_received(&upload, &object, now).await?, Outcome::Succeeded),
        Inspection::Rejected(rejection) => {
            let passed = app.table.reject_upload(&upload, &rejection, now).await?;
            about.code = Some(rejection.code);
            (passed, Outcome::Rejected)
        }
    };
    let Some(current) = passed else {
        if outcome == Outcome::Rejected {
            metrics::count(Metric::UploadsRejected, upload.request_id.as_ref());
        }
        return Ok(outcome);
    };
    // Someone else moved it on meanwhile, perhaps after looking for an object that was not there yet.
    if current.state.drops_original() {
        app.bucket.remove(&original).await?;
    }
    Ok(Outcome::Skipped)
}

use crate::app::App;
use crate::error::Fault;
use crate::upload::{Inspection, State, Upload, inspect};

/// Holds what lies at `key` against what was announced, and moves the upload on in one write.
///
/// Harmless when repeated: only a pending upload moves. Nothing is removed before the row says that it may be, so a
/// crash in between leaves an object that the next event, or the audit, removes.
pub async fn receive_upload(app: &App, key: &str) -> Result<(), Fault> {
    let Some((tenant, id)) = Upload::from_original_key(key) else {
        tracing::warn!(object.key = key, "an object is not named like an upload");
        return Ok(());
    };
    let Some(upload) = app.table.get_upload(&tenant, &id).await? else {
        tracing::warn!(object.key = key, "an object belongs to no upload");
        return Ok(());
    };
    if upload.state.drops_original() {
        return app.bucket.remove(key).await;
    }
    if upload.state != State::Pending {
        return Ok(());
    }
    let Some(arrival) = app.bucket.look_at(key).await? else {
        return Ok(());
    };
    let now = app.clock.now();
    let moved_on = match inspect(&upload, &arrival) {
        Inspection::Accepted => app.table.receive_upload(&upload, &arrival.etag, now).await?,
        Inspection::Rejected(rejection) => {
            tracing::info!(upload.id = id.as_str(), code = rejection.code, "rejected the upload");
            app.table.reject_upload(&upload, &rejection, now).await?
        }
    };
    // Someone else moved it on meanwhile, perhaps after looking for an object that was not there yet.
    if moved_on.is_some_and(|upload| upload.state.drops_original()) {
        app.bucket.remove(key).await?;
    }
    Ok(())
}

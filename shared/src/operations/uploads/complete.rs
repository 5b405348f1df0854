use std::time::Duration;

use super::list_parts::open_parts;
use super::read::find_upload;
use crate::app::App;
use crate::aws::Completion;
use crate::error::{FieldError, Rejected, Result};
use crate::tenant::Tenant;
use crate::upload::{NamedPart, PARTS_MAX, State, Upload};

/// A client is not kept waiting any longer, and API Gateway would not wait much longer.
const WAIT_MAX: Duration = Duration::from_secs(25);

/// The outcome of a request to complete an upload.
#[derive(Debug)]
pub struct CompletedUpload {
    pub upload: Upload,
    /// Whether S3 has the object; otherwise it is still at it.
    pub is_whole: bool,
}

/// Makes an object out of the parts that arrived, if they are what was announced.
///
/// S3 does it at once or not at all, and then tells intake, as of any object: nothing is written here that could be
/// lost. Repeated, it finds that S3 knows no such parts any more, and the object in their place. Where it takes too
/// long, or the answer is lost, S3 goes on: the event moves the upload on, or the audit where there is none.
pub async fn complete_upload(
    app: &App,
    tenant: &Tenant,
    id: &str,
    named: &[NamedPart],
) -> Result<CompletedUpload> {
    let upload = find_upload(app, tenant, id).await?;
    if is_over(&upload) {
        return Ok(CompletedUpload { upload, is_whole: true });
    }
    let (parts, plan) = open_parts(&upload)?;
    if named.len() > PARTS_MAX as usize {
        let detail = format!("has {} entries; at most {PARTS_MAX} are allowed", named.len());
        return Err(invalid(vec![FieldError::new("/parts", detail)]).into());
    }
    let Some(arrived) = app.bucket.stored_parts(&upload, parts, 1, PARTS_MAX).await? else {
        return without_parts(app, upload).await;
    };
    let chosen = plan.choose(&arrived, named).map_err(invalid)?;
    let completing = app.bucket.complete_parts(&upload, parts, &chosen);
    match app.clock.within(WAIT_MAX, completing).await {
        Some(Ok(Completion::Done)) => Ok(CompletedUpload { upload, is_whole: true }),
        Some(Ok(Completion::Gone)) => without_parts(app, upload).await,
        Some(Ok(Completion::OtherParts)) => {
            let detail = "changed while they were being completed: list them, and complete again";
            Err(invalid(vec![FieldError::new("/parts", detail)]).into())
        }
        Some(Ok(Completion::UnderWay)) | None => Ok(CompletedUpload { upload, is_whole: false }),
        Some(Err(fault)) => Err(fault.into()),
    }
}

/// Whether all of it has arrived in parts that were completed before.
fn is_over(upload: &Upload) -> bool {
    let was_given_up = matches!(upload.state, State::Pending | State::Expired | State::Aborted);
    upload.multipart.is_some() && !was_given_up
}

/// S3 knows no such parts: they have become the object, be it one that was rejected meanwhile, or they were removed.
async fn without_parts(app: &App, upload: Upload) -> Result<CompletedUpload> {
    if app.bucket.has_original(&upload).await? {
        return Ok(CompletedUpload { upload, is_whole: true });
    }
    let current = find_upload(app, &upload.tenant, upload.id.as_str()).await?;
    if is_over(&current) {
        return Ok(CompletedUpload { upload: current, is_whole: true });
    }
    let detail = "the parts are gone: announce the upload anew, and send them again".to_owned();
    Err(Rejected::Conflict { detail }.into())
}

fn invalid(errors: Vec<FieldError>) -> Rejected {
    Rejected::Invalid { errors }
}

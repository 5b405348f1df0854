use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::UploadId;
use crate::tenant::Tenant;
use crate::upload::Upload;

/// Deletes an upload in whatever state it is, or, given what the caller saw, only if it still is like that.
///
/// One conditional write: from then on nobody is shown the upload, and no event moves it on. That change in the table's
/// stream has its objects removed; should it be lost, the audit does. Deleting it again is as good as the first time.
pub async fn delete_upload(app: &App, tenant: &Tenant, id: &str, seen: Option<&Upload>) -> Result<()> {
    let unknown = || Rejected::NotFound { detail: format!("there is no upload {id}") };
    let upload_id = UploadId::parse(id).ok_or_else(unknown)?;
    let current = app.table.begin_deletion(tenant, &upload_id, seen, app.clock.now()).await?;
    match current {
        None => Err(unknown().into()),
        Some(upload) if upload.state.is_gone() => Ok(()),
        Some(_) => Err(Rejected::PreconditionFailed.into()),
    }
}

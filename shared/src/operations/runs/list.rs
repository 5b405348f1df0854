use crate::app::App;
use crate::error::Result;
use crate::operations::uploads::find_upload;
use crate::tenant::Tenant;
use crate::upload::Upload;

/// The runs of an upload, newest first; consistent with every write that was answered before.
pub async fn list_runs(app: &App, tenant: &Tenant, id: &str) -> Result<Vec<Upload>> {
    let upload = find_upload(app, tenant, id).await?;
    let taken = app.table.list_runs(&upload).await?;
    Ok(shown(&upload, taken))
}

/// Newest first.
pub(crate) fn shown(upload: &Upload, taken: Vec<Upload>) -> Vec<Upload> {
    upload.own_runs(taken).into_iter().rev().filter(|run| !run.state.is_gone()).collect()
}

use super::read::find_upload;
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::tenant::Tenant;
use crate::upload::{State, Upload};

/// Gives up an upload whose bytes have not all arrived.
///
/// One conditional write; the change makes relay remove the parts, and the audit does it again while the row is there.
/// Bytes that arrive at the same time find the row as it is now, and are removed. Repeated, it changes nothing.
pub async fn abort_upload(app: &App, tenant: &Tenant, id: &str) -> Result<Upload> {
    let upload = find_upload(app, tenant, id).await?;
    let now = app.clock.now();
    let seen = match upload.state {
        State::Pending => app.table.abort_upload(&upload, now).await?,
        _ => Some(upload.clone()),
    };
    match seen {
        None => Ok(Upload { state: State::Aborted, updated_at: now, ..upload }),
        Some(seen) if matches!(seen.state, State::Aborted | State::Expired) => Ok(seen),
        Some(seen) => {
            let detail = format!("the upload is {}: all of it has arrived", seen.state.as_str());
            Err(Rejected::Conflict { detail }.into())
        }
    }
}

use crate::app::App;
use crate::cursor;
use crate::error::{Problem, Rejected, Result};
use crate::id::{UploadId, encode};
use crate::tenant::Tenant;
use crate::upload::Upload;

/// What cursors of this listing are signed for.
const LISTING: &str = "uploads";

/// Some uploads, newest first, and the cursor that continues after them.
#[derive(Debug)]
pub struct Page {
    pub uploads: Vec<Upload>,
    pub next: Option<String>,
}

/// Lists the tenant's uploads, newest first. The listing may lag behind the newest upload by a moment.
pub async fn list_uploads(app: &App, tenant: &Tenant, after: Option<&str>, limit: usize) -> Result<Page> {
    let fresh = encode(app.ids.next()) + &encode(app.ids.next());
    let secret = app.table.cursor_secret(&fresh).await?;
    let before = after.map(|after| position(&secret, tenant, after)).transpose()?;
    let mut listed = app.table.list_uploads(tenant, before.as_deref(), limit + 1).await?;
    let has_more = listed.len() > limit;
    listed.truncate(limit);
    let last = listed.last().filter(|_| has_more);
    let next = last.map(|last| cursor::sign(&secret, tenant, LISTING, &last.position));
    let ids: Vec<UploadId> = listed.into_iter().map(|listed| listed.id).collect();
    let mut uploads = app.table.get_uploads(tenant, &ids).await?;
    uploads.sort_by_key(|upload| ids.iter().position(|id| *id == upload.id));
    Ok(Page { uploads, next })
}

fn position(secret: &str, tenant: &Tenant, after: &str) -> Result<String> {
    let refuse = || Rejected::Invalid {
        problems: vec![Problem::new("/cursor", "is not a cursor that this listing answered")],
    };
    Ok(cursor::verify(secret, tenant, LISTING, after).ok_or_else(refuse)?)
}

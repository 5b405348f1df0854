use crate::app::App;
use crate::aws::table::Range;
use crate::clock::Timestamp;
use crate::cursor;
use crate::error::{Fault, Problem, Rejected, Result};
use crate::id::UploadId;
use crate::secret::{Secret, SecretName};
use crate::tenant::Tenant;
use crate::upload::Upload;

/// Which uploads to list: those created from `created_from` on, and before `created_before`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadFilter {
    pub created_from: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
}

/// Some uploads, newest first, and the cursor that continues after them.
#[derive(Debug)]
pub struct Page {
    pub uploads: Vec<Upload>,
    pub next: Option<String>,
}

/// Lists the tenant's uploads, newest first. The listing may lag behind the newest upload by a moment.
///
/// A cursor is a position, so it stays good whatever is added or removed. A page that deleted uploads were on is shorter.
pub async fn list_uploads(
    app: &App,
    tenant: &Tenant,
    filter: &UploadFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<Page> {
    let secret = cursor_secret(app).await?;
    let listing = filter.listing();
    let range = Range::created(filter.created_from, filter.created_before);
    let range = match after {
        Some(after) => range.before(&position(&secret, tenant, &listing, after)?),
        None => range,
    };
    let mut listed = app.table.list_uploads(tenant, &range, limit + 1).await?;
    let last = cut_to_page(&mut listed, limit);
    let next = last.map(|last| cursor::sign(&secret, tenant, &listing, &last.position));
    let ids: Vec<UploadId> = listed.into_iter().map(|listed| listed.id).collect();
    let mut uploads = app.table.get_uploads(tenant, &ids).await?;
    uploads.retain(|upload| !upload.state.is_gone());
    uploads.sort_by_key(|upload| ids.iter().position(|id| *id == upload.id));
    Ok(Page { uploads, next })
}

impl UploadFilter {
    /// What cursors of this listing are signed for.
    fn listing(&self) -> String {
        let millis = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.as_millis().to_string());
        format!("uploads?{}&{}", millis(self.created_from), millis(self.created_before))
    }
}

/// Leaves of entries, of which one more was asked for than fits a page, those of the page; answers its last if others follow.
pub(super) fn cut_to_page<T>(entries: &mut Vec<T>, limit: usize) -> Option<&T> {
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    entries.last().filter(|_| has_more)
}

/// The secret that signs cursors.
pub(super) async fn cursor_secret(app: &App) -> std::result::Result<Secret, Fault> {
    app.secrets.secret(SecretName::CursorSigning, &app.ids).await
}

/// The position that a cursor of this listing names.
pub(super) fn position(secret: &Secret, tenant: &Tenant, listing: &str, after: &str) -> Result<String> {
    let refuse = || Rejected::Invalid {
        problems: vec![Problem::new("/cursor", "is not a cursor that this listing answered")],
    };
    Ok(cursor::verify(secret, tenant, listing, after).ok_or_else(refuse)?)
}

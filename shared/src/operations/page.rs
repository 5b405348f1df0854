//! Pages of listings, newest first. A signed cursor names the position that the next page begins after.

use crate::app::App;
use crate::cursor;
use crate::error::{Fault, FieldError, Rejected, Result};
use crate::secret::{Secret, SecretName};
use crate::tenant::Tenant;

/// Some items of a listing, and the cursor that continues after them.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// A listing of one tenant's things. Its name, filters included, is what cursors are signed for.
pub(super) struct Listing<'a> {
    secret: Secret,
    tenant: &'a Tenant,
    name: String,
}

impl<'a> Listing<'a> {
    pub async fn open(
        app: &App,
        tenant: &'a Tenant,
        name: impl Into<String>,
    ) -> std::result::Result<Self, Fault> {
        let secret = app.secrets.secret(SecretName::CursorSigning, &app.ids).await?;
        Ok(Self { secret, tenant, name: name.into() })
    }

    /// The position that a cursor of this very listing names; rejects any other.
    pub fn position(&self, cursor: Option<&str>) -> Result<Option<String>> {
        let refuse = || Rejected::Invalid {
            errors: vec![FieldError::new("/cursor", "is not a cursor that this listing returned")],
        };
        let verify =
            |cursor| cursor::verify(&self.secret, self.tenant, &self.name, cursor).ok_or_else(refuse);
        Ok(cursor.map(verify).transpose()?)
    }

    /// Cuts entries, of which one more was read than fits a page, to the page. Returns the cursor if others follow.
    pub fn cut<T>(
        &self,
        entries: &mut Vec<T>,
        limit: usize,
        position: impl Fn(&T) -> String,
    ) -> Option<String> {
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| has_more)?;
        Some(cursor::sign(&self.secret, self.tenant, &self.name, &position(last)))
    }
}

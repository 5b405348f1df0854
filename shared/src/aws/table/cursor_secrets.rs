//! The secret that signs cursors.

use serde::{Deserialize, Serialize};

use crate::aws::table::{Key, Table, Written, read, row_of};
use crate::error::Fault;

#[derive(Serialize, Deserialize)]
struct SecretRow {
    secret: String,
}

impl Table {
    /// The secret that signs cursors: `fresh`, unless there is one already.
    pub async fn cursor_secret(&self, fresh: &str) -> Result<String, Fault> {
        let key = Key::new("system#cursor-secret", "secret");
        let doing = "reading the cursor secret";
        if let Some(row) = self.get::<SecretRow>(&key, doing).await? {
            return Ok(row.secret);
        }
        let row = row_of(&SecretRow { secret: fresh.to_owned() })?;
        match self.put_new(&key, row, "storing the cursor secret").await? {
            Written::Refused(Some(existing)) => Ok(read::<SecretRow>(existing)?.secret),
            _ => Ok(fresh.to_owned()),
        }
    }
}

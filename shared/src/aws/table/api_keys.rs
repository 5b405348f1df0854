//! API keys, stored as hashes, and the secret that signs cursors.

use serde::{Deserialize, Serialize};

use crate::api_key::ApiKey;
use crate::aws::table::{Key, Table, Written, read, row_of};
use crate::clock::Timestamp;
use crate::error::Fault;

#[derive(Serialize, Deserialize)]
struct KeyRow {
    created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct SecretRow {
    secret: String,
}

impl Table {
    pub async fn put_api_key(&self, key: &ApiKey, now: Timestamp) -> Result<(), Fault> {
        let row = row_of(&KeyRow { created_at: now })?;
        self.put_new(&key_of(key), row, "storing the API key").await?;
        Ok(())
    }

    /// Whether the key is known.
    pub async fn has_api_key(&self, key: &ApiKey) -> Result<bool, Fault> {
        let row: Option<KeyRow> = self.get(&key_of(key), "looking the API key up").await?;
        Ok(row.is_some())
    }

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

fn key_of(key: &ApiKey) -> Key {
    Key::new(format!("{}#key", key.tenant()), &key.hash())
}

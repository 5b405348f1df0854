//! API keys. Their secrets are stored as hashes.

use crate::api_key::{ApiKey, Credential, PreviousSecret, RETENTION};
use crate::aws::table::{Key, Table, Update, Written, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::ApiKeyId;
use crate::tenant::Tenant;

impl Table {
    /// Stores a new key; returns the one that is there already, if there is one.
    pub async fn put_api_key(&self, key: &ApiKey) -> Result<Option<ApiKey>, Fault> {
        match self.put_new(&key_of(&key.tenant, &key.id), row_of(key)?, "storing the API key").await? {
            Written::Made(_) => Ok(None),
            Written::Refused(existing) => existing.map(read).transpose(),
        }
    }

    pub async fn get_api_key(&self, tenant: &Tenant, id: &ApiKeyId) -> Result<Option<ApiKey>, Fault> {
        self.get(&key_of(tenant, id), "reading the API key").await
    }

    /// All keys of the tenant, in no order.
    pub async fn list_api_keys(&self, tenant: &Tenant) -> Result<Vec<ApiKey>, Fault> {
        let query = self.client.query().key_condition_expression("pk = :tenant");
        let query = query.expression_attribute_values(":tenant", string(pk(tenant)));
        self.query_all(query, "listing the API keys").await
    }

    /// Gives the key the credential's secret, if the key still is as it was seen; the secret before it works until
    /// `until`. Returns the key as it is then, or nothing when it has changed meanwhile.
    pub async fn rotate_api_key(
        &self,
        seen: &ApiKey,
        credential: &Credential,
        rotation: &str,
        until: Timestamp,
    ) -> Result<Option<ApiKey>, Fault> {
        let previous = PreviousSecret { hash: seen.hash.clone(), valid_until: until };
        let update = as_seen(seen)
            .set("hash", string(credential.hash()))
            .set("previous", value_of(&previous)?)
            .set_text("rotation", rotation);
        self.change_api_key(update, "rotating the API key").await
    }

    /// Ends the key, if it still is as it was seen. Answers as [`Table::rotate_api_key`] does.
    pub async fn revoke_api_key(&self, seen: &ApiKey, now: Timestamp) -> Result<Option<ApiKey>, Fault> {
        let update = as_seen(seen)
            .set("revoked_at", number(now.as_millis()))
            .set("expires_at", number((now + RETENTION).as_secs()))
            .remove(&["previous"]);
        self.change_api_key(update, "revoking the API key").await
    }

    async fn change_api_key(&self, update: Update, doing: &'static str) -> Result<Option<ApiKey>, Fault> {
        match self.update(update, doing).await? {
            Written::Made(row) => read(row).map(Some),
            Written::Refused(_) => Ok(None),
        }
    }

    /// Records the day of the key's latest use, unless it is recorded.
    pub async fn touch_api_key(&self, key: &ApiKey, day: &str) -> Result<(), Fault> {
        let condition =
            "attribute_exists(#pk) AND (attribute_not_exists(#last_used_on) OR #last_used_on < :day)";
        let update = Update::new(key_of(&key.tenant, &key.id), condition)
            .with(":day", string(day))
            .set_text("last_used_on", day);
        self.update(update, "recording the use of the API key").await?;
        Ok(())
    }
}

fn pk(tenant: &Tenant) -> String {
    format!("{tenant}#key")
}

/// A change of a key that is as it was seen.
fn as_seen(seen: &ApiKey) -> Update {
    Update::new(key_of(&seen.tenant, &seen.id), "#revision = :revision")
        .with(":revision", number(seen.revision))
        .increase("revision")
}

fn key_of(tenant: &Tenant, id: &ApiKeyId) -> Key {
    Key::new(pk(tenant), id.as_str())
}

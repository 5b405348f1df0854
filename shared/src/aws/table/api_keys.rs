//! API keys. Their secrets are stored as hashes.

use crate::api_key::{ApiKey, Credential, PreviousSecret, RETENTION};
use crate::aws::table::{Key, Table, Update, Written, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::ApiKeyId;
use crate::tenant::Tenant;

impl Table {
    /// Stores a new key; answers the one that is there already, if there is one.
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
    /// `until`. Answers the key as it is then, or nothing when it has changed meanwhile.
    pub async fn rotate_api_key(
        &self,
        seen: &ApiKey,
        credential: &Credential,
        rotation: &str,
        until: Timestamp,
    ) -> Result<Option<ApiKey>, Fault> {
        let previous = PreviousSecret { hash: seen.hash.clone(), valid_until: until };
        let change =
            "SET #hash = :hash, #previous = :previous, #rotation = :rotation, #revision = #revision + :one";
        let values = vec![
            (":hash", string(credential.hash())),
            (":previous", value_of(&previous)?),
            (":rotation", string(rotation)),
        ];
        self.change_api_key(seen, change, values, "rotating the API key").await
    }

    /// Ends the key, if it still is as it was seen. Answers as [`Table::rotate_api_key`] does.
    pub async fn revoke_api_key(&self, seen: &ApiKey, now: Timestamp) -> Result<Option<ApiKey>, Fault> {
        let change = "SET #revoked_at = :now, #expires_at = :expires_at, #revision = #revision + :one REMOVE #previous";
        let values =
            vec![(":now", number(now.as_millis())), (":expires_at", number((now + RETENTION).as_secs()))];
        self.change_api_key(seen, change, values, "revoking the API key").await
    }

    async fn change_api_key(
        &self,
        seen: &ApiKey,
        change: &'static str,
        mut values: Vec<(&'static str, aws_sdk_dynamodb::types::AttributeValue)>,
        doing: &'static str,
    ) -> Result<Option<ApiKey>, Fault> {
        values.extend([(":one", number(1)), (":revision", number(seen.revision))]);
        let key = key_of(&seen.tenant, &seen.id);
        let update = Update { key, change: change.into(), condition: "#revision = :revision", values };
        match self.update(update, doing).await? {
            Written::Made(row) => read(row).map(Some),
            Written::Refused(_) => Ok(None),
        }
    }

    /// Records the day of the key's latest use, unless it is recorded.
    pub async fn touch_api_key(&self, key: &ApiKey, day: &str) -> Result<(), Fault> {
        let update = Update {
            key: key_of(&key.tenant, &key.id),
            change: "SET #last_used_on = :day".into(),
            condition: "attribute_exists(#pk) AND (attribute_not_exists(#last_used_on) OR #last_used_on < :day)",
            values: vec![(":day", string(day))],
        };
        self.update(update, "recording the use of the API key").await?;
        Ok(())
    }
}

fn pk(tenant: &Tenant) -> String {
    format!("{tenant}#key")
}

fn key_of(tenant: &Tenant, id: &ApiKeyId) -> Key {
    Key::new(pk(tenant), id.as_str())
}

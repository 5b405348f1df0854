//! Keys that requests to the world are signed with. Their secrets are stored sealed.

use crate::aws::table::{Key, Table, Written, row_of, string};
use crate::error::Fault;
use crate::id::SigningKeyId;
use crate::signing_key::SigningKey;
use crate::tenant::Tenant;

impl Table {
    /// Stores a new key; `false` if there is one of that id.
    pub async fn put_signing_key(&self, key: &SigningKey) -> Result<bool, Fault> {
        let written =
            self.put_new(&key_of(&key.tenant, &key.id), row_of(key)?, "storing the signing key").await?;
        Ok(matches!(written, Written::Made(_)))
    }

    /// All keys of the tenant, oldest first.
    pub async fn list_signing_keys(&self, tenant: &Tenant) -> Result<Vec<SigningKey>, Fault> {
        let query = self.client.query().key_condition_expression("pk = :tenant");
        let query = query.expression_attribute_values(":tenant", string(pk(tenant)));
        let mut keys: Vec<SigningKey> = self.query_all(query, "listing the signing keys").await?;
        keys.sort_by_key(|key| (key.created_at, key.id.clone()));
        Ok(keys)
    }

    /// Removes a key; one that is gone stays gone.
    pub async fn delete_signing_key(&self, key: &SigningKey) -> Result<(), Fault> {
        let condition = "#id = :id";
        let value = (":id", string(key.id.as_str()));
        self.delete_if(condition, value, &key_of(&key.tenant, &key.id), "deleting the signing key").await
    }
}

fn pk(tenant: &Tenant) -> String {
    format!("{tenant}#signing-key")
}

fn key_of(tenant: &Tenant, id: &SigningKeyId) -> Key {
    Key::new(pk(tenant), id.as_str())
}

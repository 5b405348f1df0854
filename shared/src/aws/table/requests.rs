//! Records of requests under an `Idempotency-Key`, where nothing is made that could be the record.

use crate::aws::table::{Key, RowKind, Table, Update, Written, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::idempotency::{LEASE, Record, RecordedAnswer};
use crate::tenant::Tenant;

impl Table {
    /// Begins a request; returns the record that is there already, if there is one.
    pub async fn begin_request(
        &self,
        tenant: &Tenant,
        name: &str,
        record: &Record,
    ) -> Result<Option<Record>, Fault> {
        match self.put_new(&key_of(tenant, name), row_of(record)?, "beginning the request").await? {
            Written::Made(_) => Ok(None),
            Written::Refused(existing) => existing.map(read).transpose(),
        }
    }

    /// Goes on with a request whose earlier try ended without an answer, unless somebody else does. Says whether it may.
    pub async fn resume_request(
        &self,
        tenant: &Tenant,
        name: &str,
        seen: &Record,
        record: &Record,
    ) -> Result<bool, Fault> {
        let update = Update::new(key_of(tenant, name), "#claim = :seen")
            .with(":seen", string(&seen.claim))
            .set_text("claim", &record.claim)
            .set_text("fingerprint", &record.fingerprint)
            .set("lease_until", number(record.lease_until.as_millis()))
            .set("expires_at", number(record.expires_at))
            .remove(&["answer"]);
        Ok(matches!(self.update(update, "resuming the request").await?, Written::Made(_)))
    }

    /// Records the answer of a request, if this try still holds it.
    pub async fn finish_request(
        &self,
        tenant: &Tenant,
        name: &str,
        claim: &str,
        answer: &RecordedAnswer,
    ) -> Result<(), Fault> {
        let update = Update::new(key_of(tenant, name), "#claim = :claim")
            .with(":claim", string(claim))
            .set("answer", value_of(answer)?);
        self.update(update, "recording the answer").await?;
        Ok(())
    }

    /// Releases a request whose outcome is unknown, if this try still has its lease: the next try continues at once.
    pub async fn release_request(
        &self,
        tenant: &Tenant,
        name: &str,
        claim: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let update = Update::new(key_of(tenant, name), "#claim = :claim")
            .with(":claim", string(claim))
            .set("lease_until", number((now - LEASE).as_millis()));
        self.update(update, "releasing the request").await?;
        Ok(())
    }

    /// Forgets a request that was refused before any effect: its key is free again.
    pub async fn forget_request(&self, tenant: &Tenant, name: &str, claim: &str) -> Result<(), Fault> {
        let (key, claim) = (key_of(tenant, name), string(claim));
        self.delete_if("#claim = :claim", (":claim", claim), &key, "forgetting the request").await
    }
}

fn key_of(tenant: &Tenant, name: &str) -> Key {
    Key::new(format!("{tenant}#request#{name}"), RowKind::Request.text())
}

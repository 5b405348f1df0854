//! The usage of each tenant: one row, which the stream's second reader adds to, and which is counted anew once a day.

use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use crate::aws::fault;
use crate::aws::table::fail_fast::fail_fast;
use crate::aws::table::{
    Change, Key, LAYOUT, RowKind, StreamRecord, Table, Update, Written, number, read, string, value_of,
};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::tenant::Tenant;
use crate::usage::{self, Batch, Counted, RECOUNT_EVERY, Recount, Usage};

const DUE_INDEX: &str = "due";

/// Recounts are apart from what else is due, so that neither holds up the other.
const DUE_SHARD: &str = "recount";

/// The row, as far as it is read. A tenant of whom nothing was counted has none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct UsageRow {
    #[serde(default)]
    uploads_in_flight: i64,
    #[serde(default)]
    bytes_in_flight: i64,
    #[serde(default)]
    bytes_stored: i64,
    #[serde(default)]
    uploads_stored: i64,
    counted_to: Option<Timestamp>,
    due_at: Option<Timestamp>,
    recount: Option<Recount>,
}

/// A recount whose time has come.
#[derive(Clone, Debug)]
pub struct DueRecount {
    pub tenant: Tenant,
    /// By which it is known whether somebody else goes on with it.
    pub due_at: Timestamp,
    pub counted: Counted,
    /// If it is under way.
    pub recount: Option<Recount>,
}

/// How counting a batch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tally {
    Made,
    /// A batch that begins alike was counted before, and left this mark.
    Before {
        mark: String,
    },
}

/// Reads a stream record as a change of its tenant's usage; `None` for a row that amounts to nothing.
pub fn change_of_usage(record: &StreamRecord) -> Result<Option<usage::Change>, Fault> {
    let expires = |item: &Item| item.get("expires_at").is_some();
    let (old_expires, new_expires) = (expires(&record.old), expires(&record.new));
    let (tenant, at, delta) = match record.change()? {
        Change::Other => return Ok(None),
        Change::Upload { old, new } => {
            let before = old.as_deref().map(Usage::of_upload).unwrap_or_default();
            (new.tenant.clone(), new.updated_at, Usage::of_upload(&new) - before)
        }
        Change::Job { old, new } => {
            // A job that succeeded expires when its upload is deleted, and only then.
            let before = old.as_deref().map(|old| Usage::of_job(old, old_expires)).unwrap_or_default();
            (new.tenant.clone(), new.updated_at, Usage::of_job(&new, new_expires) - before)
        }
    };
    Ok(Some(usage::Change { event_id: record.event_id.clone(), tenant, at, delta }))
}

impl Table {
    /// Adds what is left of a batch to its tenant's usage, unless more was added of it than was known.
    ///
    /// The first one has the tenant recounted a day later.
    pub async fn count_usage(&self, batch: &Batch<'_>, now: Timestamp) -> Result<Tally, Fault> {
        let slot = format!("batch_{}", batch.slot());
        let (condition, known) = match batch.seen() {
            None => {
                (format!("attribute_not_exists(#{slot}) OR NOT begins_with(#{slot}, :known)"), batch.name())
            }
            Some(mark) => (format!("#{slot} = :known"), mark.to_owned()),
        };
        let update = Update::new(key(batch.tenant()), condition)
            .with(":known", string(known))
            .set("layout", number(LAYOUT))
            .set("counted_to", number(batch.counted_to().as_millis()))
            .set(&slot, string(batch.mark()))
            .set_once("due_shard", string(DUE_SHARD))
            .set_once("due_at", number((now + RECOUNT_EVERY).as_millis()));
        match self.update(add_usage(update, batch.delta()), "counting usage").await? {
            Written::Made(_) => Ok(Tally::Made),
            Written::Refused(row) => {
                let row = row.unwrap_or_default();
                let mark = row.get(&slot).and_then(|mark| mark.as_s().ok()).cloned();
                Ok(Tally::Before { mark: mark.unwrap_or_default() })
            }
        }
    }

    /// Returns the counted usage of a tenant, as of now or a moment ago.
    pub async fn usage_of(&self, tenant: &Tenant) -> Result<Counted, Fault> {
        const DOING: &str = "reading the usage";
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key(tenant).attributes()));
        let answer = get.customize().config_override(fail_fast()).send().await.map_err(fault(DOING))?;
        let row: Option<UsageRow> = answer.item.map(read).transpose()?;
        Ok(row.unwrap_or_default().counted())
    }

    /// At most `limit` tenants whose recounts are due from `from` until `until`, the longest due first.
    pub async fn due_recounts(
        &self,
        from: Timestamp,
        until: Timestamp,
        limit: i32,
    ) -> Result<Vec<Tenant>, Fault> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(DUE_INDEX)
            .key_condition_expression("due_shard = :shard AND due_at BETWEEN :from AND :until")
            .expression_attribute_values(":shard", string(DUE_SHARD))
            .expression_attribute_values(":from", number(from.as_millis()))
            .expression_attribute_values(":until", number(until.as_millis()))
            .limit(limit);
        let answer = query.send().await.map_err(fault("reading which recounts are due"))?;
        let rows = answer.items.unwrap_or_default();
        let tenant = |pk: &str| Tenant::parse(pk.split_once('#')?.0);
        Ok(rows.iter().filter_map(|row| tenant(row.get("pk")?.as_s().ok()?)).collect())
    }

    /// The recount of a tenant; `None` while it is not due: the index lags.
    pub async fn due_recount(&self, tenant: &Tenant, now: Timestamp) -> Result<Option<DueRecount>, Fault> {
        let row: Option<UsageRow> = self.get(&key(tenant), "reading the recount").await?;
        let due = row.and_then(|row| {
            let due_at = row.due_at.filter(|due_at| *due_at <= now)?;
            let counted = row.counted();
            Some(DueRecount { tenant: tenant.clone(), due_at, counted, recount: row.recount })
        });
        Ok(due)
    }

    /// Records how far a recount has come, if nobody else went on with it; it is due again at `then`.
    pub async fn keep_recount(
        &self,
        due: &DueRecount,
        recount: &Recount,
        then: Timestamp,
    ) -> Result<(), Fault> {
        let update = Update::new(key(&due.tenant), "#due_at = :due_at")
            .with(":due_at", number(due.due_at.as_millis()))
            .set("recount", value_of(recount)?)
            .set("due_at", number(then.as_millis()));
        self.update(update, "recording how far a recount has come").await?;
        Ok(())
    }

    /// Adds what a recount found to be missing, once; `then` is when the next is due, if one is.
    pub async fn finish_recount(
        &self,
        due: &DueRecount,
        correction: Usage,
        then: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let update = Update::new(key(&due.tenant), "#due_at = :due_at")
            .with(":due_at", number(due.due_at.as_millis()))
            .remove(&["recount"]);
        let update = match then {
            Some(then) => update.set("due_at", number(then.as_millis())),
            None => update.remove(&["due_at", "due_shard"]),
        };
        let update = add_usage(update, correction);
        self.update(update, "recording a recount").await?;
        Ok(())
    }

    /// Has a recount that is not due yet made at once; returns whether there was one.
    pub async fn expedite_recount(&self, tenant: &Tenant, now: Timestamp) -> Result<bool, Fault> {
        let update = Update::new(key(tenant), "#due_at > :now")
            .with(":now", number(now.as_millis()))
            .set("due_at", number(now.as_millis()));
        let written = self.update(update, "expediting a recount").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

impl UsageRow {
    const fn counted(&self) -> Counted {
        let usage = Usage {
            uploads_in_flight: self.uploads_in_flight,
            bytes_in_flight: self.bytes_in_flight,
            bytes_stored: self.bytes_stored,
            uploads_stored: self.uploads_stored,
        };
        Counted { usage, to: self.counted_to }
    }
}

fn add_usage(update: Update, delta: Usage) -> Update {
    update
        .add("uploads_in_flight", number(delta.uploads_in_flight))
        .add("bytes_in_flight", number(delta.bytes_in_flight))
        .add("bytes_stored", number(delta.bytes_stored))
        .add("uploads_stored", number(delta.uploads_stored))
}

fn key(tenant: &Tenant) -> Key {
    Key::new(format!("{tenant}#usage"), RowKind::Usage.text())
}

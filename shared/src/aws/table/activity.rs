//! How many jobs ended in each hour: a row for each tenant and hour, written by the stream's second reader alone.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::activity::{self, Counts, HOUR, Hour, KEPT_FOR, Outcome, Range};
use crate::aws::fault;
use crate::aws::table::listings::position_at;
use crate::aws::table::{Change, Key, RowKind, StreamRecord, Table, Written, number, read, row_of, string};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::KindName;
use crate::tenant::Tenant;

/// The counts of one hour, by the kind of job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedHour {
    pub began_at: Timestamp,
    pub kinds: BTreeMap<KindName, Counts>,
}

/// How the write of an hour ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutHour {
    Made,
    /// Somebody else counted meanwhile: the hour as it stands.
    Overtaken(Hour),
}

/// Reads a stream record as a change that is counted; `None` for any other.
pub fn change_of_activity(record: &StreamRecord) -> Result<Option<activity::Change>, Fault> {
    let Change::Job { old, new } = record.change()? else { return Ok(None) };
    Ok(Outcome::of(old.as_deref(), &new).map(|outcome| activity::Change {
        event_id: record.event_id.clone(),
        tenant: new.tenant.clone(),
        at: new.updated_at,
        kind: new.kind.clone(),
        outcome,
    }))
}

impl Table {
    /// The hour of a tenant that began then, as it stands.
    pub async fn hour_of_activity(&self, tenant: &Tenant, began_at: Timestamp) -> Result<Hour, Fault> {
        let hour = self.get(&key(tenant, began_at), "reading an hour of activity").await?;
        Ok(hour.unwrap_or_default())
    }

    /// Replaces an hour, if it is still in the revision before.
    pub async fn put_hour_of_activity(
        &self,
        tenant: &Tenant,
        began_at: Timestamp,
        hour: &Hour,
    ) -> Result<PutHour, Fault> {
        let mut row = row_of(hour)?;
        row.insert("expires_at".to_owned(), number((began_at + HOUR + KEPT_FOR).as_secs()));
        let (key, doing) = (key(tenant, began_at), "counting activity");
        let written = match hour.revision {
            0 | 1 => self.put_new(&key, row, doing).await?,
            later => {
                let before = vec![(":before", number(later - 1))];
                self.put_if("#revision = :before", before, &key, row, doing).await?
            }
        };
        Ok(match written {
            Written::Made(_) => PutHour::Made,
            Written::Refused(row) => PutHour::Overtaken(row.map(read).transpose()?.unwrap_or_default()),
        })
    }

    /// The hours of a tenant in which something was counted, newest first.
    pub async fn list_activity(&self, tenant: &Tenant, range: &Range) -> Result<Vec<CountedHour>, Fault> {
        // Both ends are included.
        let last = range.to - Duration::from_millis(1);
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :last")
            .expression_attribute_values(":pk", string(pk(tenant)))
            .expression_attribute_values(":from", string(sk(range.from)))
            .expression_attribute_values(":last", string(sk(last)))
            .projection_expression("sk, kinds, layout")
            .scan_index_forward(false);
        let mut pages = query.into_paginator().send();
        let mut hours = Vec::new();
        while let Some(page) = pages.next().await {
            for row in page.map_err(fault("reading activity"))?.items.unwrap_or_default() {
                let began_at = row.get("sk").and_then(began_at);
                let Some(began_at) = began_at else { continue };
                hours.push(CountedHour { began_at, kinds: read::<Hour>(row)?.kinds });
            }
        }
        Ok(hours)
    }
}

fn key(tenant: &Tenant, began_at: Timestamp) -> Key {
    Key::new(pk(tenant), &sk(began_at))
}

fn pk(tenant: &Tenant) -> String {
    format!("{tenant}#activity")
}

fn sk(began_at: Timestamp) -> String {
    format!("{}{}", RowKind::Activity.text(), position_at(began_at))
}

fn began_at(sk: &AttributeValue) -> Option<Timestamp> {
    let millis = sk.as_s().ok()?.strip_prefix(RowKind::Activity.text())?.parse().ok()?;
    Some(Timestamp::from_millis(millis))
}

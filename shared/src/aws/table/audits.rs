//! The audit: the only scan in the system, one segment of the table at a time.

use serde::{Deserialize, Serialize};

use crate::aws::fault;
use crate::aws::table::{Attributes, Key, LAYOUT, Table, jobs, number, read, row_of, string, uploads};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{self, Job};
use crate::upload::Upload;

/// One segment a minute passes over the whole table in six hours.
pub const AUDIT_SEGMENTS: u32 = 360;

/// A row that the audit looks at.
#[derive(Clone, Debug)]
pub enum Row {
    Job(Box<Job>),
    Upload(Box<Upload>),
}

/// An audit of the whole table that was asked for and is under way.
#[derive(Serialize, Deserialize)]
struct AuditRow {
    /// Segments from here on have not been looked at.
    next_segment: u32,
}

/// A message that no job claimed, kept in sight.
#[derive(Serialize)]
struct DeadLetterRow<'a> {
    queue: &'a str,
    body: &'a str,
    found_at: Timestamp,
    expires_at: i64,
}

impl Table {
    /// All jobs and uploads in one segment of [`AUDIT_SEGMENTS`]. A row that cannot be read is left out and logged.
    pub async fn scan_segment(&self, segment: u32) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let scan = self
                .client
                .scan()
                .table_name(&self.name)
                .segment(i32::try_from(segment).unwrap_or(0))
                .total_segments(i32::try_from(AUDIT_SEGMENTS).unwrap_or(1))
                .filter_expression("sk = :job OR sk = :upload")
                .expression_attribute_values(":job", string(jobs::SK))
                .expression_attribute_values(":upload", string(uploads::SK))
                .set_exclusive_start_key(after);
            let answer = scan.send().await.map_err(fault("scanning for the audit"))?;
            rows.extend(answer.items.unwrap_or_default().into_iter().filter_map(row));
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(rows);
            }
        }
    }

    /// The first segment that an audit asked for has yet to look at; `None` when none is under way.
    pub async fn audit_position(&self) -> Result<Option<u32>, Fault> {
        let row: Option<AuditRow> = self.get(&audit_key(), "reading the audit's position").await?;
        Ok(row.map(|row| row.next_segment))
    }

    /// Records how far an audit that was asked for has come; `None` ends it.
    pub async fn set_audit_position(&self, next_segment: Option<u32>) -> Result<(), Fault> {
        let doing = "recording the audit's position";
        let key = Some(audit_key().attributes());
        match next_segment {
            None => {
                let delete = self.client.delete_item().table_name(&self.name).set_key(key);
                delete.send().await.map_err(fault(doing))?;
            }
            Some(next_segment) => {
                let mut row = row_of(&AuditRow { next_segment })?;
                row.extend(audit_key().attributes());
                row.insert("layout".to_owned(), number(LAYOUT));
                let put = self.client.put_item().table_name(&self.name).set_item(Some(row));
                put.send().await.map_err(fault(doing))?;
            }
        }
        Ok(())
    }

    /// Keeps a message that no job claimed, once however often it is found.
    pub async fn keep_dead_letter(
        &self,
        queue: &str,
        id: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let key = Key::new(format!("system#dead-letter#{id}"), "dead-letter");
        let expires_at = (now + job::RETENTION).as_secs();
        let row = row_of(&DeadLetterRow { queue, body, found_at: now, expires_at })?;
        self.put_new(&key, row, "keeping a dead letter").await?;
        Ok(())
    }
}

fn audit_key() -> Key {
    Key::new("system#audit", "audit")
}

fn row(attributes: Attributes) -> Option<Row> {
    let is_job = attributes.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == jobs::SK);
    let row = if is_job {
        read(attributes).map(|job| Row::Job(Box::new(job)))
    } else {
        read(attributes).map(|upload| Row::Upload(Box::new(upload)))
    };
    row.inspect_err(|fault| tracing::error!(error = fault.chain(), "a row cannot be read")).ok()
}

//! The audit: the only scan in the system, one segment of the table at a time.

use serde::{Deserialize, Serialize};

use crate::aws::fault;
use crate::aws::table::row_kind::SortKey;
use crate::aws::table::{Attributes, Key, RowKind, Table, Written, item, read, row_of, string};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{self, Job};
use crate::upload::Upload;

/// One segment a minute passes over the whole table in six hours.
pub const AUDIT_SEGMENTS: u16 = 360;

/// So many rows are read of a segment at once, whatever they are: the audit stops between two pages.
const SCAN_PAGE_ROWS: i32 = 100;

/// Some rows of a segment, and where the next page begins; none after the last.
#[derive(Debug)]
pub struct Page {
    pub rows: Vec<Row>,
    pub end: Option<PageEnd>,
}

/// Where a page ended: the key of its last row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEnd {
    pk: String,
    sk: String,
}

/// A row that the audit reads.
#[derive(Clone, Debug)]
pub enum Row {
    Job(Box<Job>),
    /// An upload, or one of its runs.
    Upload(Box<Upload>),
}

/// An audit of the whole table that was asked for and is under way. It goes round the segments in a circle, so that
/// one asked for anew while it is under way starves no segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAudit {
    pub next_segment: u16,
    /// How many segments are not done.
    pub segments_left: u16,
    /// How far the next segment is done already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<PageEnd>,
}

impl AskedAudit {
    /// The same audit, asked for anew: the whole circle from where it is.
    pub fn anew(self) -> Self {
        Self { segments_left: AUDIT_SEGMENTS, ..self }
    }

    /// The rest of one segment, after a page that ended there.
    pub const fn rest_of(segment: u16, after: PageEnd) -> Self {
        Self { next_segment: segment, segments_left: 1, after: Some(after) }
    }

    /// After the next segment was audited; `None` when it was the last.
    pub fn advanced(&self) -> Option<Self> {
        match self.segments_left {
            0 | 1 => None,
            left => {
                let next_segment = (self.next_segment + 1) % AUDIT_SEGMENTS;
                Some(Self { next_segment, segments_left: left - 1, after: None })
            }
        }
    }
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
    /// The next page of jobs, uploads and runs in one segment of [`AUDIT_SEGMENTS`]; a row that cannot be read is logged.
    pub async fn scan_segment(&self, segment: u16, after: Option<&PageEnd>) -> Result<Page, Fault> {
        let (filter, values) = audited_rows();
        let scan = self
            .client
            .scan()
            .table_name(&self.name)
            .segment(i32::from(segment))
            .total_segments(i32::from(AUDIT_SEGMENTS))
            .limit(SCAN_PAGE_ROWS)
            .filter_expression(filter)
            .set_expression_attribute_values(Some(values))
            .set_exclusive_start_key(after.map(|end| Key::new(&end.pk, &end.sk).attributes()));
        let answer = scan.send().await.map_err(fault("scanning for the audit"))?;
        let rows = answer.items.unwrap_or_default().into_iter().filter_map(row).collect();
        let end = answer.last_evaluated_key.map(serde_dynamo::from_item);
        Ok(Page { rows, end: end.transpose().map_err(fault("reading where a page ends"))? })
    }

    /// The audit that was asked for and is under way, if there is one.
    pub async fn asked_audit(&self) -> Result<Option<AskedAudit>, Fault> {
        self.get(&audit_key(), "reading the audit's position").await
    }

    /// Records how far an audit that was asked for has come; `None` ends it.
    pub async fn set_asked_audit(&self, audit: Option<&AskedAudit>) -> Result<(), Fault> {
        let doing = "recording the audit's position";
        let key = audit_key();
        match audit {
            None => {
                let delete = self.client.delete_item().table_name(&self.name);
                let delete = delete.set_key(Some(key.attributes()));
                delete.send().await.map_err(fault(doing))?;
            }
            Some(audit) => {
                let row = item(&key, row_of(audit)?);
                let put = self.client.put_item().table_name(&self.name).set_item(Some(row));
                put.send().await.map_err(fault(doing))?;
            }
        }
        Ok(())
    }

    /// Keeps a message that no job claimed, once however often it is found: `false` after the first time.
    pub async fn keep_dead_letter(
        &self,
        queue: &str,
        id: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let key = Key::new(format!("system#dead-letter#{id}"), RowKind::DeadLetter.text());
        let expires_at = (now + job::RETENTION).as_secs();
        let row = row_of(&DeadLetterRow { queue, body, found_at: now, expires_at })?;
        let written = self.put_new(&key, row, "keeping a dead letter").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

fn audit_key() -> Key {
    Key::new("system#audit", RowKind::Audit.text())
}

/// The filter that lets the rows through that are audited, and its values.
fn audited_rows() -> (String, Attributes) {
    let audited = RowKind::ALL.into_iter().filter(|kind| kind.is_audited()).enumerate();
    let mut values = Attributes::new();
    let terms = audited.map(|(index, kind)| {
        values.insert(format!(":kind_{index}"), string(kind.text()));
        match kind.sort_key() {
            SortKey::Is(_) => format!("sk = :kind_{index}"),
            SortKey::StartsWith(_) => format!("begins_with(sk, :kind_{index})"),
        }
    });
    (terms.collect::<Vec<_>>().join(" OR "), values)
}

fn row(attributes: Attributes) -> Option<Row> {
    let key = attributes.get("pk").and_then(|pk| pk.as_s().ok()).cloned();
    let sk = attributes.get("sk").and_then(|sk| sk.as_s().ok());
    let row = match RowKind::of(sk?)? {
        RowKind::Job => read(attributes).map(|job| Row::Job(Box::new(job))),
        RowKind::Upload | RowKind::Run => read(attributes).map(|upload| Row::Upload(Box::new(upload))),
        _ => return None,
    };
    row.inspect_err(|fault| tracing::error!(row.key = key, error = fault.chain(), "a row cannot be read"))
        .ok()
}

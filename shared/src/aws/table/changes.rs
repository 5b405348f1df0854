//! Stream records, read as changes of rows.

use serde::de::DeserializeOwned;
use serde_dynamo::Item;

use crate::aws::fault;
use crate::aws::table::RowKind;
use crate::error::Fault;
use crate::job::Job;
use crate::upload::Upload;
use crate::work_log::About;

/// A record of the table's stream, with NEW_AND_OLD_IMAGES; an absent image is empty.
#[derive(Clone, Debug)]
pub struct StreamRecord {
    /// The stream's name of the record, of which there is no other.
    pub event_id: String,
    pub sequence_number: Option<String>,
    pub old: Item,
    pub new: Item,
}

impl StreamRecord {
    pub fn change(&self) -> Result<Change, Fault> {
        Change::read(self.old.clone(), self.new.clone())
    }
}

/// A change that a stream record reports.
#[derive(Clone, Debug)]
pub enum Change {
    Job {
        old: Option<Box<Job>>,
        new: Box<Job>,
    },
    /// A change of an upload, or of one of its runs.
    Upload {
        old: Option<Box<Upload>>,
        new: Box<Upload>,
    },
    /// Nothing follows: a row of another kind, or one that was removed.
    Other,
}

impl Change {
    /// Reads the images of a stream record with NEW_AND_OLD_IMAGES; an absent image is empty.
    pub fn read(old: Item, new: Item) -> Result<Self, Fault> {
        let sk = new.get("sk").and_then(|sk| match sk {
            serde_dynamo::AttributeValue::S(sk) => Some(sk.as_str()),
            _ => None,
        });
        match sk.and_then(RowKind::of) {
            Some(RowKind::Job) => Ok(Self::Job { old: image(old)?, new: required(new)? }),
            Some(RowKind::Upload | RowKind::Run) => {
                Ok(Self::Upload { old: image(old)?, new: required(new)? })
            }
            _ => Ok(Self::Other),
        }
    }

    /// The fields of a log line about the change.
    pub fn about(&self) -> About {
        match self {
            Self::Job { new, .. } => About::job(new),
            Self::Upload { new, .. } => About::upload(new),
            Self::Other => About::default(),
        }
    }
}

fn image<T: DeserializeOwned>(item: Item) -> Result<Option<Box<T>>, Fault> {
    if item.is_empty() { Ok(None) } else { required(item).map(Some) }
}

fn required<T: DeserializeOwned>(item: Item) -> Result<Box<T>, Fault> {
    serde_dynamo::from_item(item).map(Box::new).map_err(fault("reading a stream record"))
}

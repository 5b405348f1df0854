use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// The parent of a job: mostly the upload or run that it is a step of. `operations::changes` decides what follows when the job ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Parent {
    pub kind: ParentKind,
    /// Names the parent among those of its kind and tenant.
    pub id: String,
    /// When the parent was accepted: another one may have had the same id before. Absent on rows of layout 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The parent's name for the step that the job carries out.
    pub step: String,
}

/// The closed list of parents. Stored; the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentKind {
    Upload,
    /// A run of an upload: its id is the upload's, a slash, and the run's number.
    Run,
    /// The upload whose file the job fetches.
    Import,
    /// The job whose end the job tells of.
    Job,
}

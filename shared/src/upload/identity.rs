//! The names that an upload has for the table and for the jobs that work for it.

use crate::id::JobId;
use crate::job::{Parent, ParentKind};

use super::Upload;
use super::key::ParentKey;

impl Upload {
    pub fn key(&self) -> ParentKey {
        ParentKey { tenant: self.tenant.clone(), upload: self.id.clone(), run: self.run }
    }

    /// Returns the parent of the job of the step of this name.
    pub fn parent_of(&self, step: &str) -> Parent {
        let (kind, id) = match self.run {
            None => (ParentKind::Upload, self.id.to_string()),
            Some(run) => (ParentKind::Run, format!("{}/{run}", self.id)),
        };
        Parent { kind, id, at: Some(self.created_at), step: step.to_owned() }
    }

    /// The id of the job of a step. It is derived, so putting the job twice is putting it once.
    ///
    /// The time is part of it, because an upload's id may name another one after the first is gone.
    pub fn job_id(&self, step: &str) -> JobId {
        let created_at = self.created_at.as_millis().to_string();
        let mut parts = vec![self.tenant.as_str(), self.id.as_str(), &created_at, step];
        let run = self.run.map(|run| run.to_string());
        parts.extend(run.as_deref());
        JobId::derived(&parts)
    }
}

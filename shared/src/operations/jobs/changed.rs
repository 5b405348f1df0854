use crate::job::Job;

/// A job that a request has changed, now or before.
#[derive(Debug)]
pub struct ChangedJob {
    /// As it is now.
    pub job: Job,
    /// Whether this very request had changed it before.
    pub replayed: bool,
}

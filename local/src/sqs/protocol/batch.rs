//! The common part of the batch operations.

use std::collections::HashSet;

use serde::Serialize;

use crate::sqs::limits::BATCH_ENTRIES_MAX;
use crate::sqs::rejection::Rejection;

const ID_LENGTH_MAX: usize = 80;

/// The outcome of each entry, by its id.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchOutput<T> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successful: Vec<Successful<T>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Successful<T> {
    id: String,
    #[serde(flatten)]
    output: T,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    code: &'static str,
    message: String,
    sender_fault: bool,
}

impl<T> BatchOutput<T> {
    /// `outcomes` are in the order of `ids`.
    pub fn new(ids: Vec<String>, outcomes: Vec<Result<T, Rejection>>) -> Self {
        let mut batch = Self { successful: Vec::new(), failed: Vec::new() };
        for (id, outcome) in ids.into_iter().zip(outcomes) {
            match outcome {
                Ok(output) => batch.successful.push(Successful { id, output }),
                Err(rejection) => batch.failed.push(Failed {
                    id,
                    code: rejection.code().query,
                    message: rejection.to_string(),
                    sender_fault: true,
                }),
            }
        }
        batch
    }
}

/// Rejects a whole batch for the number of its entries or for their ids.
pub fn check_ids(ids: &[String]) -> Result<(), Rejection> {
    if ids.is_empty() {
        return Err(Rejection::EmptyBatchRequest);
    }
    if ids.len() > BATCH_ENTRIES_MAX {
        return Err(Rejection::TooManyEntriesInBatchRequest { sent: ids.len() });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let valid = |id: &String| (1..=ID_LENGTH_MAX).contains(&id.len()) && id.chars().all(allowed);
    if !ids.iter().all(valid) {
        return Err(Rejection::InvalidBatchEntryId);
    }
    let mut seen = HashSet::new();
    match ids.iter().find(|id| !seen.insert(id.as_str())) {
        Some(repeated) => Err(Rejection::BatchEntryIdsNotDistinct(repeated.clone())),
        None => Ok(()),
    }
}

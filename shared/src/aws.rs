//! The only modules that know the AWS SDK: one for each resource, domain types at the surface.

mod client;
mod dead_letter_queue;
mod job_queue;
mod queues;
mod secret_store;
pub mod table;
mod upload_bucket;

pub use client::{Clients, network};
pub use dead_letter_queue::{DeadLetter, DeadLetterQueue};
pub use job_queue::{Dispatch, JobQueue};
pub use queues::Queues;
pub use secret_store::{ASKED_AGAIN_AFTER, HELD_FOR, SecretStore};
pub use table::Table;
pub use upload_bucket::{Completion, Fetched, SignedForm, SignedPut, StoredPage, UploadBucket};

use std::error::Error;

use crate::error::Fault;

/// An SDK error that nobody expects, with its chain of causes.
fn fault<E: Error + Send + Sync + 'static>(doing: &'static str) -> impl FnOnce(E) -> Fault {
    move |error| Fault::new(doing, error)
}

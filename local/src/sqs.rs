//! SQS standard queues over SQLite: what Millrace uses of the service, as AWS documents it.
//!
//! Read `queue` and `message` for what is stored, `store` for what can be done with it, and `protocol` for
//! how the AWS SDKs ask for it. Where AWS promises little, this queue does the strict thing:
//!
//! - Messages come in the order in which they became visible; AWS only tries to.
//! - Only the newest receipt handle of a message works. Deleting with an older one succeeds and does nothing;
//!   changing the visibility with it is refused, also once the visibility timeout is over.
//! - A message that was received too often moves to the dead-letter queue by the receive that would have returned it,
//!   never earlier. It keeps its id, its age and its receive count.
//!
//! FIFO queues, tags, permissions and message move tasks are not emulated; asking for them is an error.

mod attributes;
mod fair;
mod limits;
mod message;
mod protocol;
mod queue;
mod receipt_handle;
mod rejection;
mod store;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;
use std::time::Duration;

use shared::clock::{Clock, Timestamp};
use tokio::sync::watch;

pub use self::attributes::{Attribute, AttributeValue, Attributes};
pub use self::message::{Message, NewMessage};
pub use self::queue::{ACCOUNT, QueueSettings, REGION, Redrive, name_in_arn, queue_arn};
use self::rejection::Error;
pub use self::rejection::Rejection;
use self::store::Store;
use crate::http::{Request, Response};
use crate::state::{self, State};

/// All queues of a state. Clones share them.
#[derive(Clone)]
pub struct Sqs {
    store: Arc<Store>,
    endpoint_url: Arc<str>,
}

impl Sqs {
    /// Opens the queues kept in `state`. Queue URLs are `<endpoint_url>/<account>/<name>`.
    pub fn open(state: &State, clock: Clock, endpoint_url: String) -> state::Result<Sqs> {
        let store = Store::open(state, clock)?;
        Ok(Sqs { store: Arc::new(store), endpoint_url: endpoint_url.trim_end_matches('/').into() })
    }

    /// Makes the queue, or gives an existing one these settings. Its messages stay.
    pub fn create_queue(&self, settings: QueueSettings) -> state::Result<()> {
        Ok(self.store.put_queue(&settings)?)
    }

    pub fn queue_url(&self, queue: &str) -> String {
        format!("{}/{ACCOUNT}/{queue}", self.endpoint_url)
    }

    /// Handles one request of the AWS JSON protocol. A long poll holds the answer back until a message is visible.
    pub async fn call(&self, request: Request) -> Response {
        protocol::answer(self, request).await
    }

    /// Stores `message` and returns its id.
    pub fn send(&self, queue: &str, message: NewMessage) -> state::Result<String> {
        let sent = self.store.send(queue, vec![Ok(message)])?;
        Ok(only(sent)?.message_id)
    }

    /// Takes up to `max` visible messages in flight, for the queue's visibility timeout. None while the queue has as
    /// many in flight as it may.
    pub fn receive(&self, queue: &str, max: usize) -> state::Result<Vec<Message>> {
        match self.store.receive(queue, max, None) {
            Err(Error::Rejected(Rejection::OverLimit)) => Ok(Vec::new()),
            received => Ok(received?),
        }
    }

    /// Deletes a received message. One that is gone, or that was received again since, is left as it is.
    pub fn delete(&self, queue: &str, receipt_handle: &str) -> state::Result<()> {
        let deleted = self.store.delete(queue, &[receipt_handle])?;
        Ok(only(deleted)?)
    }

    /// Makes a message in flight visible `timeout` from now. The source of an error is a [`Rejection`] if the message
    /// is no longer in flight under this handle.
    pub fn change_visibility(
        &self,
        queue: &str,
        receipt_handle: &str,
        timeout: Duration,
    ) -> state::Result<()> {
        let changed = self.store.change_visibility(queue, &[(receipt_handle, Ok(timeout))])?;
        Ok(only(changed)?)
    }

    /// Makes every message in flight visible at once, in every queue, and returns their bodies: for a start, when no
    /// receiver lives any more.
    pub fn end_flights(&self) -> state::Result<Vec<String>> {
        Ok(self.store.end_flights()?)
    }

    /// When the earliest message that is not deleted can be received; not after now if one can be already.
    pub fn next_visible_at(&self, queue: &str) -> state::Result<Option<Timestamp>> {
        Ok(self.store.next_visible_at(queue)?)
    }

    /// All messages that are not deleted: visible, delayed and in flight.
    pub fn message_count(&self, queue: &str) -> state::Result<u64> {
        Ok(self.store.count(queue)?.all())
    }

    /// How long ago the oldest message was sent, of those that were not received more than three times: what CloudWatch
    /// shows as the age of the oldest message.
    pub fn oldest_age(&self, queue: &str) -> state::Result<Duration> {
        Ok(self.store.oldest_age(queue)?)
    }

    /// Changes whenever anything in any queue did, so that a poller can sleep until then or [`Sqs::next_visible_at`].
    /// The passing of time is no change, nor is the moving of a test's clock.
    pub fn changed(&self) -> watch::Receiver<()> {
        self.store.changed()
    }
}

/// The outcome of a batch of one.
fn only<T>(outcomes: Vec<T>) -> T {
    let mut outcomes = outcomes.into_iter();
    outcomes.next().expect("a batch has one outcome for each entry")
}

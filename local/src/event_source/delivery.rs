//! Delivery one by one, for tests and measurements: everything that is due, and nothing at the same time.

use crate::event_source::Sources;
use crate::hostile::Hostility;
use crate::state;

/// More deliveries than that without time passing lead nowhere.
const ROUNDS_MAX: usize = 2000;

/// Whether everything came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Reached,
    /// There is always more to deliver.
    OutOfReach,
}

impl Sources {
    /// Delivers whatever is due now, in an order that `hostility` chooses, until nothing is.
    pub async fn deliver_all(&mut self, hostility: &Hostility) -> state::Result<Rest> {
        for _ in 0..ROUNDS_MAX {
            let sources = self.streams.len() + 2;
            let first = hostility.below(sources);
            let mut delivered = false;
            for turn in 0..sources {
                delivered |= match (first + turn) % sources {
                    0 => self.deliver_messages().await?,
                    1 => self.deliver_notifications().await?,
                    stream => self.streams[stream - 2].deliver().await?,
                };
            }
            if !delivered {
                return Ok(Rest::Reached);
            }
        }
        Ok(Rest::OutOfReach)
    }

    /// Delivers a batch of each queue; `false` when all are empty.
    pub async fn deliver_messages(&self) -> state::Result<bool> {
        let mut delivered = false;
        for queue in &self.queues {
            let messages = queue.receive()?;
            if !messages.is_empty() {
                delivered = true;
                queue.deliver(messages).await?;
            }
        }
        Ok(delivered)
    }

    /// Delivers the notifications of S3 that are due; `false` when none is.
    pub async fn deliver_notifications(&self) -> state::Result<bool> {
        let mut delivered = false;
        for notifications in &self.notifications {
            for notification in notifications.due()? {
                delivered = true;
                notifications.deliver(&notification).await?;
            }
        }
        Ok(delivered)
    }
}

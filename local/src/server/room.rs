//! Room for bodies: what all of them take up at once is bounded.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a body waits for others to go.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Room is given out in units of so many bytes.
const UNIT_BYTES: usize = 1024;

/// Clones share it.
#[derive(Clone)]
pub struct Room(Arc<Semaphore>);

/// The room that one body takes up, until it is dropped.
pub struct Taken {
    room: Room,
    units: usize,
    permits: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.div_ceil(UNIT_BYTES))))
    }

    pub fn none_taken(&self) -> Taken {
        Taken { room: self.clone(), units: 0, permits: None }
    }
}

impl Taken {
    /// Takes up room for `bytes` in all; `false` when there was none for too long.
    pub async fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.div_ceil(UNIT_BYTES).saturating_sub(self.units);
        if more == 0 {
            return true;
        }
        let Ok(permits) = u32::try_from(more) else {
            return false;
        };
        let permits = Arc::clone(&self.room.0).acquire_many_owned(permits);
        let Ok(Ok(permits)) = tokio::time::timeout(WAIT_MAX, permits).await else {
            return false;
        };
        self.units += more;
        match &mut self.permits {
            Some(taken) => taken.merge(permits),
            none => *none = Some(permits),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_waits_for_room_and_not_for_ever() {
        let room = Room::of(10 * UNIT_BYTES);
        let (mut first, mut second) = (room.none_taken(), room.none_taken());
        assert!(first.grow_to(1).await);
        assert!(first.grow_to(6 * UNIT_BYTES).await);
        assert!(second.grow_to(4 * UNIT_BYTES).await);
        assert!(!second.grow_to(4 * UNIT_BYTES + 1).await, "there is no room for one byte more");
        let waiting = tokio::spawn(async move { second.grow_to(5 * UNIT_BYTES).await });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap());
    }
}

//! The queues that jobs wait in: a closed list. All else about a queue is derived from its name.

/// A queue of jobs. The function that serves it has the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// CPU-bound work: one job at a time on one CPU.
    Media,
    /// Work that waits for the network: many jobs at a time.
    Worker,
}

impl Queue {
    pub const ALL: [Self; 2] = [Self::Media, Self::Worker];

    /// Stored with dead letters; it never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Worker => "worker",
        }
    }

    /// The environment variable that holds its URL.
    pub fn url_variable(self) -> String {
        format!("{}_QUEUE_URL", self.name().to_ascii_uppercase())
    }

    /// The environment variable that holds the URL of its dead-letter queue.
    pub fn dead_letter_url_variable(self) -> String {
        format!("{}_DEAD_LETTER_QUEUE_URL", self.name().to_ascii_uppercase())
    }
}

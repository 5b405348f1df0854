//! The kinds of jobs: one line each. All else that there is to know of a kind is in its file.
//!
//! The list makes the closed enum [`Kind`] with its stored names, the tagged union [`Output`], and one dispatcher for
//! each queue, so that no function links what it doesn't run.

use crate::error::Fault;
use crate::job::{Job, KindName, Made};
use crate::queue::Queue;
use crate::retry;

pub mod checksum_step;
pub mod contract;
pub mod http;
pub mod image_step;
pub mod import;
pub mod metadata_step;
pub mod purge_upload;
pub mod remove_original;
mod room;
pub mod step;
pub mod upload_jobs;
pub mod verify_checksum;

use contract::{Dispatcher, JobKind, Retention, Run, Stopped};

macro_rules! kinds {
    ($($(#[$doc:meta])* $queue:ident runs $jobs_at_once:literal at once with $scratch:ty {
        $($module:ident::$kind:ident,)*
    })*) => {
        /// A kind of job that this version knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $($($kind,)*)*
        }

        impl Kind {
            pub const ALL: &[Self] = &[$($(Self::$kind,)*)*];

            /// Stored; it never changes.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$kind => <$module::$kind as JobKind>::NAME,)*)*
                }
            }

            /// Where its jobs wait.
            pub const fn queue(self) -> Queue {
                match self {
                    $($(Self::$kind => Queue::$queue,)*)*
                }
            }

            pub const fn retry(self) -> &'static retry::Policy {
                match self {
                    $($(Self::$kind => &<$module::$kind as JobKind>::RETRY,)*)*
                }
            }

            pub const fn retention(self) -> Retention {
                match self {
                    $($(Self::$kind => <$module::$kind as JobKind>::RETENTION,)*)*
                }
            }

            /// A job isn't begun with less than this left of the invocation.
            pub const fn time_limit(self) -> std::time::Duration {
                match self {
                    $($(Self::$kind => <$module::$kind as JobKind>::TIME_LIMIT,)*)*
                }
            }
        }

        /// The result of a finished job. It is stored under the name of its kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Output {
            $($($kind(<$module::$kind as JobKind>::Output),)*)*
        }

        impl Output {
            /// Reads the result of a job; `None` when it has not succeeded, or was written by a version that knew other kinds.
            pub fn of(job: &Job) -> Option<Self> {
                let (name, output) = job.output.as_ref()?.as_object()?.iter().next()?;
                match Kind::parse(name)? {
                    $($(Kind::$kind => serde_json::from_value(output.clone()).ok().map(Self::$kind),)*)*
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Default)]
            pub struct $queue($scratch);

            impl Dispatcher for $queue {
                const QUEUE: Queue = Queue::$queue;
                const JOBS_AT_ONCE: usize = $jobs_at_once;

                async fn run(&self, run: &Run<'_>) -> Result<Made, Stopped> {
                    match Kind::of(run.job)? {
                        $(Kind::$kind => contract::run_as::<$module::$kind>(run, &self.0).await,)*
                        #[allow(unreachable_patterns, reason = "a single queue may have all kinds")]
                        other => Err(contract::on_wrong_queue(other.as_str(), Self::QUEUE)),
                    }
                }
            }
        )*
    };
}

kinds! {
    /// Runs what computes.
    Media runs 1 at once with image_step::DecodedInput {
        image_step::ImageStep,
        metadata_step::MetadataStep,
        checksum_step::ChecksumStep,
        verify_checksum::VerifyChecksum,
    }
    /// Runs what waits for the network.
    Worker runs 10 at once with () {
        http::Http,
        import::Import,
        purge_upload::PurgeUpload,
        remove_original::RemoveOriginal,
    }
}

impl Kind {
    /// The kind of this stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    pub fn name(self) -> KindName {
        KindName::new(self.as_str())
    }

    /// The kind of a job. A name that this version doesn't know was stored by a later one.
    pub fn of(job: &Job) -> Result<Self, Fault> {
        let name = job.kind.as_str();
        Self::parse(name).ok_or_else(|| Fault::new("reading a job's kind", format!("{name} is unknown")))
    }
}

#[cfg(test)]
mod tests;

//! How much a tenant may have at once.

use std::time::Duration;

use super::Usage;
use crate::error::{Bound, Rejected};

const GIB: u64 = 1 << 30;

/// Uploads end all the time, so room in flight comes back within about this.
const RETRY_IN_FLIGHT_AFTER: Duration = Duration::from_secs(60);

/// Somebody has to delete something first.
const RETRY_STORED_AFTER: Duration = Duration::from_secs(60 * 60);

/// Above this part of a bound, in percent, usage is read anew for each upload.
const NEAR_PERCENT: u128 = 80;

/// The bounds of a tenant; `None` is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub uploads_in_flight: Option<u64>,
    pub bytes_in_flight: Option<u64>,
    pub bytes_stored: Option<u64>,
    /// However small they are: each is a row that is kept.
    pub uploads_stored: Option<u64>,
}

/// A bound that an upload would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    pub bound: Bound,
    pub most: u64,
    pub used: u64,
    pub wanted: u64,
}

impl Default for Bounds {
    /// Unless the configuration says otherwise.
    fn default() -> Self {
        Self {
            uploads_in_flight: Some(Self::UPLOADS_IN_FLIGHT.into()),
            bytes_in_flight: Some(200 * GIB),
            bytes_stored: Some(1024 * GIB),
            uploads_stored: Some(Self::UPLOADS_STORED.into()),
        }
    }
}

impl Bounds {
    /// Unless the configuration says otherwise.
    pub const UPLOADS_IN_FLIGHT: u32 = 10_000;
    pub const UPLOADS_STORED: u32 = 10_000_000;

    pub const NONE: Self =
        Self { uploads_in_flight: None, bytes_in_flight: None, bytes_stored: None, uploads_stored: None };

    pub fn are_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Makes the bounds from the configuration's numbers, in which 0 is no bound.
    pub fn new(uploads_in_flight: u32, gib_in_flight: u32, gib_stored: u32, uploads_stored: u32) -> Self {
        let bound = |most: u32, unit: u64| Some(u64::from(most) * unit).filter(|most| *most > 0);
        Self {
            uploads_in_flight: bound(uploads_in_flight, 1),
            bytes_in_flight: bound(gib_in_flight, GIB),
            bytes_stored: bound(gib_stored, GIB),
            uploads_stored: bound(uploads_stored, 1),
        }
    }

    /// In whole GiB; 0 where there is no bound.
    pub fn gib_in_flight(&self) -> u32 {
        gib(self.bytes_in_flight)
    }

    /// In whole GiB; 0 where there is no bound.
    pub fn gib_stored(&self) -> u32 {
        gib(self.bytes_stored)
    }

    /// Whether what is `wanted` fits beside what is `used`; otherwise the first bound that it would break.
    pub fn check(&self, used: Usage, wanted: Usage) -> Result<(), Exceeded> {
        let exceeded = self.measured(used, wanted).find(Exceeded::is_so);
        exceeded.map_or(Ok(()), Err)
    }

    /// The same for the bound on what is stored alone.
    pub fn check_stored(&self, used: Usage, wanted: Usage) -> Result<(), Exceeded> {
        let mut measured = self.measured(used, wanted);
        let exceeded = measured.find(|measured| measured.bound == Bound::BytesStored && measured.is_so());
        exceeded.map_or(Ok(()), Err)
    }

    /// Whether with what is `wanted` some bound is nearly reached.
    pub fn are_near(&self, used: Usage, wanted: Usage) -> bool {
        self.measured(used, wanted).any(|measured| {
            let then = u128::from(measured.used) + u128::from(measured.wanted);
            then * 100 >= u128::from(measured.most) * NEAR_PERCENT
        })
    }

    /// Each bound that there is, with what it would have to hold.
    fn measured(&self, used: Usage, wanted: Usage) -> impl Iterator<Item = Exceeded> {
        let uploads = |usage: Usage| count(usage.uploads_in_flight);
        let in_flight = |usage: Usage| count(usage.bytes_in_flight);
        let stored = |usage: Usage| count(usage.bytes_stored).saturating_add(count(usage.bytes_in_flight));
        let kept = |usage: Usage| count(usage.uploads_stored).saturating_add(count(usage.uploads_in_flight));
        let measured = |bound, most: Option<u64>, of: &dyn Fn(Usage) -> u64| {
            most.map(|most| Exceeded { bound, most, used: of(used), wanted: of(wanted) })
        };
        [
            measured(Bound::UploadsInFlight, self.uploads_in_flight, &uploads),
            measured(Bound::BytesInFlight, self.bytes_in_flight, &in_flight),
            measured(Bound::BytesStored, self.bytes_stored, &stored),
            measured(Bound::UploadsStored, self.uploads_stored, &kept),
        ]
        .into_iter()
        .flatten()
    }
}

fn gib(bytes: Option<u64>) -> u32 {
    bytes.and_then(|bytes| u32::try_from(bytes / GIB).ok()).unwrap_or(0)
}

/// A lost record can make a count negative until the next recount.
fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl Exceeded {
    fn is_so(&self) -> bool {
        u128::from(self.used) + u128::from(self.wanted) > u128::from(self.most)
    }

    /// Says for people what is exceeded, and by what.
    pub fn detail(&self) -> String {
        let Self { most, used, wanted, .. } = self;
        match self.bound {
            Bound::UploadsStored => format!(
                "at most {most} uploads may be stored, and {used} are, or are in flight: deleting uploads makes room"
            ),
            Bound::UploadsInFlight => {
                format!("at most {most} uploads may be in flight, and {used} are: one is until it has ended")
            }
            Bound::BytesInFlight => format!(
                "at most {most} bytes may be in flight; {used} are, and this upload would add {wanted}: all count \
                 until it has ended"
            ),
            Bound::BytesStored => format!(
                "at most {most} bytes may be stored; {used} are, or are in flight, and this would add {wanted}: \
                 deleting uploads makes room"
            ),
        }
    }

    const fn retry_after(&self) -> Duration {
        match self.bound {
            Bound::UploadsInFlight | Bound::BytesInFlight => RETRY_IN_FLIGHT_AFTER,
            Bound::BytesStored | Bound::UploadsStored => RETRY_STORED_AFTER,
        }
    }
}

impl From<Exceeded> for Rejected {
    fn from(exceeded: Exceeded) -> Self {
        Self::OverBound {
            bound: exceeded.bound,
            detail: exceeded.detail(),
            retry_after: exceeded.retry_after(),
        }
    }
}

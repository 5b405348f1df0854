//! The only place that reads the time. Everything else is handed a [`Clock`] or a [`Timestamp`].

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

mod moved;

use moved::MovedClock;

/// A point in time, in whole milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Later than any other.
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time from `earlier` until this point; zero if `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The day in UTC, such as `2026-11-24`.
    pub fn to_date(self) -> String {
        self.to_rfc3339().split('T').next().unwrap_or_default().to_owned()
    }

    /// Reads RFC 3339, in any offset; `None` for what is none.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let nanos = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
        i64::try_from(nanos.div_euclid(1_000_000)).ok().map(Self)
    }

    /// RFC 3339 in UTC, always with three digits of milliseconds: what the API and the logs show.
    pub fn to_rfc3339(self) -> String {
        let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000) else {
            return self.0.to_string();
        };
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second, milli) = at.to_hms_milli();
        format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", u8::from(month))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, duration: Duration) -> Timestamp {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(millis))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Timestamp;

    fn sub(self, duration: Duration) -> Timestamp {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_sub(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// The system's clock, or one that a test moves. Clones of a moved clock show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Moved(Arc<MovedClock>),
}

impl Clock {
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it, or until everybody waits for it.
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Source::Moved(Arc::new(MovedClock::starting_at(start))))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one module that reads the time")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Moved(clock) => clock.now(),
        }
    }

    /// Whether this clock stands still unless a test moves it.
    pub const fn is_moved_by_hand(&self) -> bool {
        matches!(self.0, Source::Moved(_))
    }

    /// A timer that passes once `limit` has.
    pub fn timer(&self, limit: Duration) -> Timer {
        Timer(match &self.0 {
            Source::System => End::Real(Box::pin(tokio::time::sleep(limit))),
            Source::Moved(_) => End::Moved { clock: self.clone(), at: self.now() + limit },
        })
    }

    /// Returns the output of the future; `None` if it takes longer than `limit`.
    pub async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        let mut timer = self.timer(limit);
        let mut future = std::pin::pin!(future);
        let poll = |context: &mut Context<'_>| match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if timer.has_passed(context) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        };
        std::future::poll_fn(poll).await
    }

    /// Waits until this clock shows that as long has passed.
    pub async fn pause(&self, duration: Duration) {
        match &self.0 {
            Source::System => tokio::time::sleep(duration).await,
            Source::Moved(clock) => clock.wait(duration).await,
        }
    }

    /// Moves a clock made by [`Clock::starting_at`] on. The system's clock moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Moved(clock) = &self.0 {
            clock.advance(by);
        }
    }
}

/// A time limit, which may bound several futures one after the other.
#[derive(Debug)]
pub struct Timer(End);

#[derive(Debug)]
enum End {
    Real(Pin<Box<tokio::time::Sleep>>),
    Moved { clock: Clock, at: Timestamp },
}

impl Timer {
    /// Whether the limit has passed. If not, the task is woken when it does, unless a test moves the clock.
    pub fn has_passed(&mut self, context: &mut Context<'_>) -> bool {
        match &mut self.0 {
            End::Real(sleep) => sleep.as_mut().poll(context).is_ready(),
            End::Moved { clock, at } => clock.now() > *at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_with_three_digits_of_milliseconds_and_read_back() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_521_839_120, "2026-11-24T12:03:59.120Z"),
            (1_795_521_839_127, "2026-11-24T12:03:59.127Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            let at = Timestamp::from_millis(millis);
            assert_eq!(at.to_rfc3339(), text);
            assert_eq!(Timestamp::from_rfc3339(text), Some(at));
        }
        assert_eq!(Timestamp::MAX.to_rfc3339(), i64::MAX.to_string(), "no date is that late");
    }
}

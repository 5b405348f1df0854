//! An EventBridge schedule at a fixed rate.

use std::time::Duration;

use crate::template::error::Result;
use crate::template::properties::Properties;

const MINUTE_SECONDS: u64 = 60;
const HOUR_SECONDS: u64 = 60 * MINUTE_SECONDS;
const DAY_SECONDS: u64 = 24 * HOUR_SECONDS;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub every: Duration,
}

impl Schedule {
    pub(super) fn read(properties: &mut Properties) -> Result<Self> {
        for description in ["Name", "Description"] {
            properties.take(description);
        }
        properties.only("Enabled", "true")?;
        let schedule = properties.required("Schedule")?;
        match rate(schedule.text()?) {
            Some(every) => Ok(Self { every }),
            None => Err(schedule.unexpected("a rate such as rate(5 minutes)")),
        }
    }
}

/// `rate(1 minute)` or `rate(5 minutes)`. AWS refuses `1 minutes` and `5 minute`, and so does this.
fn rate(expression: &str) -> Option<Duration> {
    let (number, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let number: u32 = number.parse().ok()?;
    let seconds = match (unit, number) {
        (_, 0) => return None,
        ("minute", 1) | ("minutes", 2..) => MINUTE_SECONDS,
        ("hour", 1) | ("hours", 2..) => HOUR_SECONDS,
        ("day", 1) | ("days", 2..) => DAY_SECONDS,
        _ => return None,
    };
    Some(Duration::from_secs(u64::from(number) * seconds))
}

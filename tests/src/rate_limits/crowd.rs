//! Many environments of `api` over one table, and requests that arrive at random.

use std::fmt;
use std::time::Duration;

use shared::app::App;
use shared::id::Ids;
use shared::operations::rate_limits::take_tokens;
use shared::rate_limit::{Bucket, Taken};

use super::wait_until;
use crate::world::World;

pub struct Crowd(Vec<App>);

/// Requests that arrive independently of each other (a Poisson process), each at some environment.
pub struct Traffic {
    pub per_second: f64,
    pub lasts: Duration,
    pub seed: u64,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub admitted: u64,
    /// Requests that were admitted while the table did not answer.
    pub uncounted: u64,
    pub refused: u64,
    pub writes: u64,
    pub fewest_of_an_environment: u64,
}

impl Crowd {
    pub fn new(world: &World, environments: u64) -> Self {
        Self((0..environments).map(|seed| world.environment("api", 1000 + seed)).collect())
    }

    pub async fn run(&self, world: &World, bucket: &Bucket, traffic: &Traffic) -> Outcome {
        let random = Ids::seeded(traffic.seed);
        let start = world.clock.now();
        let calls = world.injector.calls();
        let mut outcome = Outcome::default();
        let mut by_environment = vec![0; self.0.len()];
        let mut at_secs = 0.0;
        loop {
            let bits = u128::from_be_bytes(random.next());
            let uniform = ((bits >> 96) as f64 + 1.0) / 4_294_967_297.0;
            at_secs -= uniform.ln() / traffic.per_second;
            if at_secs >= traffic.lasts.as_secs_f64() {
                break;
            }
            wait_until(world, start + Duration::from_secs_f64(at_secs));
            let environment = (bits as u32) as usize % self.0.len();
            match take_tokens(&self.0[environment], bucket, 1).await {
                Taken::Refused { .. } => outcome.refused += 1,
                Taken::Allowed { remaining } => {
                    outcome.admitted += 1;
                    outcome.uncounted += u64::from(remaining.is_none());
                    by_environment[environment] += 1;
                }
            }
        }
        outcome.fewest_of_an_environment = by_environment.into_iter().min().unwrap_or(0);
        outcome.writes = world.injector.calls() - calls;
        outcome
    }
}

impl Outcome {
    pub fn writes_per_request(&self) -> f64 {
        self.writes as f64 / (self.admitted + self.refused) as f64
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_request = self.writes_per_request();
        write!(f, "{} admitted ({} uncounted), {} refused, ", self.admitted, self.uncounted, self.refused)?;
        write!(f, "fewest of an environment {}, ", self.fewest_of_an_environment)?;
        write!(f, "{} writes, {per_request:.3} a request", self.writes)
    }
}

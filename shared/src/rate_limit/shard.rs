//! One shard of a bucket, as an environment last saw it. Others only ever take from it, so it holds no more than that.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::rate_limit::pace::{Micros, Pace};

/// A shard that gave less than was wished for is left to refill this long, so that few writes take much.
const REFILL_FOR: Duration = Duration::from_millis(500);

/// How far environments that wait for the same tokens scatter, at most; doubled by every refusal up to the second.
const SCATTER_MIN: Duration = Duration::from_millis(250);
const SCATTER_MAX: Duration = Duration::from_secs(4);

/// Where others take, too, less than one in so many of the tokens that are wished for is left until there are more.
const WORTHWHILE_SHARE: u32 = 2;

/// More are not counted: they make no difference.
const REFUSALS_MAX: u32 = 8;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shard {
    /// As it was last seen; none when it was never seen, or has no row.
    full_at: Option<Micros>,
    pub is_seen: bool,
    /// Whether it was in use when it was taken to be idle: others take from it, too.
    pub others_take: bool,
    /// It was refused on a wrong belief, and has what is needed: the next refusal is due to a race.
    is_corrected: bool,
    /// Refusals that no success has made up for.
    refusals: u32,
    /// It is left alone until then.
    rests_until: Option<Timestamp>,
}

impl Shard {
    /// How many tokens it holds at most.
    pub fn available(&self, pace: Pace, now: Timestamp) -> u32 {
        pace.available(self.full_at, now)
    }

    pub fn may_be_asked(&self, needed: u32, pace: Pace, now: Timestamp) -> bool {
        self.rests_until.is_none_or(|until| until <= now) && self.available(pace, now) >= needed
    }

    /// When it may be asked for `needed` tokens.
    pub fn may_be_asked_at(&self, needed: u32, pace: Pace) -> Timestamp {
        let available_at = pace.available_at(self.full_at, needed);
        self.rests_until.map_or(available_at, |until| until.max(available_at))
    }

    /// Whether it is taken to be in use.
    pub fn is_in_use(&self, pace: Pace, now: Timestamp) -> bool {
        self.others_take || self.full_at.is_some_and(|full_at| full_at > pace.idle_until(now))
    }

    /// It gave tokens, though fewer than the `missing` ones more that were wished for.
    pub fn gave(&mut self, full_at: Micros, missing: u32, pace: Pace, now: Timestamp) {
        self.full_at = Some(full_at);
        self.is_seen = true;
        self.is_corrected = false;
        self.refusals = self.refusals.saturating_sub(1);
        self.rests_until = (missing > 0).then(|| refilled_at(self.full_at, missing, pace, now));
    }

    /// It refused `wished` tokens, or the `needed` ones among them that would have done. Tells whether it is worth
    /// another try at once; if not, `random` scatters when it is asked again.
    pub fn refused(
        &mut self,
        full_at: Option<Micros>,
        (needed, wished): (u32, u32),
        random: u64,
        pace: Pace,
        now: Timestamp,
    ) -> bool {
        let full_at = full_at.filter(|full_at| *full_at <= pace.latest(now));
        self.full_at = full_at;
        self.is_seen = true;
        self.others_take = full_at.is_some_and(|full_at| full_at > pace.idle_until(now));
        let is_contended = self.refusals > 0;
        let worthwhile = if is_contended { needed.max(wished / WORTHWHILE_SHARE) } else { needed };
        if !self.is_corrected && self.available(pace, now) >= worthwhile {
            self.is_corrected = true;
            return true;
        }
        self.is_corrected = false;
        let scatter = (SCATTER_MIN * 2_u32.pow(self.refusals)).min(SCATTER_MAX);
        let scatter = u64::try_from(scatter.as_millis()).unwrap_or(u64::MAX);
        let refilled_at = refilled_at(full_at, wished, pace, now).max(now);
        self.rests_until = Some(refilled_at + Duration::from_millis(1 + random % scatter));
        self.refusals = (self.refusals + 1).min(REFUSALS_MAX);
        false
    }

    /// It is not tried once more after all.
    pub fn spared(&mut self) {
        self.is_corrected = false;
    }
}

/// When the shard has all that is wished for, but no later than [`REFILL_FOR`] or a single token takes. A request that
/// needs much waits longer, and keeps out none that needs little.
fn refilled_at(full_at: Option<Micros>, wished: u32, pace: Pace, now: Timestamp) -> Timestamp {
    let wished_at = pace.available_at(full_at, wished).min(now + REFILL_FOR);
    pace.available_at(full_at, 1).max(wished_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Limit;
    use crate::rate_limit::pace::micros;

    const NOW: Timestamp = Timestamp::from_millis(4_102_444_800_000);

    fn pace() -> Pace {
        Pace::of(Limit::OF_TENANT)
    }

    fn with_tokens(tokens: u32) -> Option<Micros> {
        Some(micros(NOW) + pace().cost(pace().shard_capacity() - tokens))
    }

    #[test]
    fn a_shard_refused_on_a_wrong_belief_is_asked_once_more() {
        let mut shard = Shard::default();
        shard.refused(with_tokens(5), (1, 16), 0, pace(), NOW);
        assert!(shard.may_be_asked(1, pace(), NOW) && shard.is_in_use(pace(), NOW));
        shard.refused(with_tokens(5), (1, 5), 0, pace(), NOW);
        assert!(!shard.may_be_asked(1, pace(), NOW), "somebody is faster: it rests");
    }

    #[test]
    fn a_few_tokens_that_many_want_are_left_to_become_more() {
        let mut shard = Shard::default();
        shard.refused(with_tokens(0), (1, 16), 0, pace(), NOW);
        shard.refused(with_tokens(7), (1, 16), 0, pace(), NOW);
        assert!(!shard.may_be_asked(1, pace(), NOW));
        let mut shard = Shard::default();
        shard.refused(with_tokens(0), (1, 16), 0, pace(), NOW);
        shard.refused(with_tokens(8), (1, 16), 0, pace(), NOW);
        shard.refused(with_tokens(8), (8, 16), 0, pace(), NOW);
        assert!(!shard.may_be_asked(1, pace(), NOW), "somebody is faster");
    }

    #[test]
    fn an_empty_shard_is_left_alone_until_it_has_what_is_needed() {
        let mut shard = Shard::default();
        shard.refused(with_tokens(0), (50, 50), 0, pace(), NOW);
        assert_eq!(shard.may_be_asked_at(50, pace()), NOW + Duration::from_secs(2));
        shard.refused(with_tokens(0), (1, 16), 0, pace(), NOW);
        let refilled = NOW + REFILL_FOR + Duration::from_millis(1);
        assert_eq!(shard.may_be_asked_at(1, pace()), refilled, "a little later more comes of it");
    }

    #[test]
    fn those_who_wait_scatter_and_the_further_the_more_often_they_are_refused() {
        let mut shard = Shard::default();
        let mut waits = Vec::new();
        for _ in 0..6 {
            let latest = (0..5000).map(|random| {
                let mut tried = shard;
                tried.refused(with_tokens(0), (1, 1), random, pace(), NOW);
                tried.may_be_asked_at(1, pace()).since(NOW).as_millis()
            });
            waits.push(latest.max().unwrap());
            shard.refused(with_tokens(0), (1, 1), 0, pace(), NOW);
        }
        assert_eq!(waits, [290, 540, 1040, 2040, 4040, 4040]);
    }

    #[test]
    fn a_shard_that_was_idle_is_believed_idle_until_it_proves_otherwise() {
        let mut shard = Shard::default();
        assert!(!shard.is_in_use(pace(), NOW));
        shard.gave(micros(NOW) + pace().cost(1), 0, pace(), NOW);
        assert!(shard.is_in_use(pace(), NOW));
        let later = NOW + Duration::from_secs(1);
        assert!(!shard.is_in_use(pace(), later));
        shard.refused(Some(micros(later)), (1, 1), 0, pace(), later);
        assert!(shard.is_in_use(pace(), later + Duration::from_secs(1)), "others take from it");
    }
}

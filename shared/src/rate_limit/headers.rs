//! `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11: lists of structured fields (RFC 9651).
//!
//! Each item is a string that names the policy, with integers for parameters: `"tenant";q=1000;w=10` and
//! `"tenant";r=870;t=9`.

use std::time::Duration;

use crate::rate_limit::{Bucket, Taken};

/// The value of `RateLimit-Policy`: for each bucket how much it holds, and in how many seconds it refills.
pub fn rate_limit_policy<'a>(buckets: impl IntoIterator<Item = &'a Bucket>) -> String {
    let items = buckets.into_iter().map(|bucket| {
        let (quota, window) = (bucket.limit.capacity(), window_secs(bucket.limit.capacity(), bucket));
        format!("\"{}\";q={quota};w={window}", bucket.policy())
    });
    items.collect::<Vec<_>>().join(", ")
}

/// The value of `RateLimit`: for each bucket how much is left, and for how long. None when nothing is known of any.
///
/// Spreading the rest evenly over `t` seconds is no faster than the bucket refills: the draft asks for such
/// a bound (section 6). After a refusal `t` is what `Retry-After` says, which must not be sooner.
pub fn rate_limit<'a>(taken: impl IntoIterator<Item = (&'a Bucket, &'a Taken)>) -> Option<String> {
    let items = taken.into_iter().filter_map(|(bucket, taken)| {
        let (remaining, seconds) = match *taken {
            Taken::Allowed { remaining } => {
                remaining.map(|left| (left, u64::from(window_secs(left, bucket))))?
            }
            Taken::Refused { remaining, retry_after } => (remaining, retry_after_secs(retry_after)),
        };
        Some(format!("\"{}\";r={remaining};t={seconds}", bucket.policy()))
    });
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then(|| items.join(", "))
}

/// The value of `Retry-After`: whole seconds, at least one.
pub fn retry_after_secs(retry_after: Duration) -> u64 {
    u64::try_from(retry_after.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

/// In how many seconds the bucket makes so many tokens.
fn window_secs(tokens: u32, bucket: &Bucket) -> u32 {
    tokens.div_ceil(bucket.limit.per_second()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Limit;
    use crate::tenant::Tenant;

    fn buckets() -> [Bucket; 3] {
        let acme = Tenant::parse("acme").unwrap();
        [
            Bucket::of_tenant(&acme, Limit::OF_TENANT),
            Bucket::of_api_key(&acme, "k", Limit::new(5, 3).unwrap()),
            Bucket::of_address("192.0.2.1".parse().unwrap()),
        ]
    }

    #[test]
    fn a_policy_tells_capacity_and_seconds_to_refill() {
        let [tenant, key, address] = &buckets();
        assert_eq!(rate_limit_policy([tenant]), "\"tenant\";q=1000;w=10");
        assert_eq!(rate_limit_policy([tenant, key]), "\"tenant\";q=1000;w=10, \"api-key\";q=5;w=2");
        assert_eq!(rate_limit_policy([address]), "\"address\";q=100;w=10");
    }

    #[test]
    fn what_is_left_is_told_with_the_time_to_spread_it_over() {
        let [tenant, key, _] = &buckets();
        let told =
            |remaining| rate_limit([(tenant, &Taken::Allowed { remaining: Some(remaining) })]).unwrap();
        assert_eq!(told(1000), "\"tenant\";r=1000;t=10");
        assert_eq!(told(870), "\"tenant\";r=870;t=9");
        assert_eq!(told(3), "\"tenant\";r=3;t=1");
        assert_eq!(told(0), "\"tenant\";r=0;t=1");
        let both = [
            (tenant, &Taken::Allowed { remaining: Some(12) }),
            (key, &Taken::Refused { remaining: 0, retry_after: Duration::from_millis(1001) }),
        ];
        assert_eq!(rate_limit(both).unwrap(), "\"tenant\";r=12;t=1, \"api-key\";r=0;t=2");
    }

    #[test]
    fn of_a_bucket_that_did_not_answer_nothing_is_told() {
        let [tenant, key, _] = &buckets();
        let unknown = Taken::Allowed { remaining: None };
        assert_eq!(rate_limit([(tenant, &unknown)]), None);
        let known = Taken::Allowed { remaining: Some(1) };
        assert_eq!(rate_limit([(tenant, &unknown), (key, &known)]).unwrap(), "\"api-key\";r=1;t=1");
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_that_are_no_shorter() {
        let told = |millis| retry_after_secs(Duration::from_millis(millis));
        assert_eq!([told(0), told(1), told(1000), told(1001), told(59_999)], [1, 1, 1, 2, 60]);
    }
}

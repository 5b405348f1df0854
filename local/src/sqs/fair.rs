//! Fair queues: which message groups wait behind the others.
//!
//! AWS documents two measures: the share of messages in flight is emulated; the share of processing time
//! is not, since AWS does not say over which time it is taken.

/// A group is noisy from so many of its own messages in flight …
pub const NOISY_IN_FLIGHT_MIN: u64 = 30;
/// … if it also has more than this share of all that are in flight, in percent.
const NOISY_SHARE_PERCENT: u64 = 10;

/// How many messages of each group are in flight. A message without a group is a group of its own, so it counts in
/// `total` alone.
#[derive(Debug, Default)]
pub struct InFlight {
    pub total: u64,
    pub by_group: Vec<(String, u64)>,
}

impl InFlight {
    /// The noisy groups, in the order in which they may take what quiet ones leave: fewest in flight first.
    pub fn noisy_groups(&self) -> Vec<&str> {
        let noisy =
            |count: u64| count >= NOISY_IN_FLIGHT_MIN && count * 100 > self.total * NOISY_SHARE_PERCENT;
        let mut groups: Vec<_> = self.by_group.iter().filter(|(_, count)| noisy(*count)).collect();
        groups.sort_by_key(|(group, count)| (*count, group));
        groups.into_iter().map(|(group, _)| group.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_flight(total: u64, groups: &[(&str, u64)]) -> InFlight {
        InFlight {
            total,
            by_group: groups.iter().map(|(group, count)| ((*group).to_owned(), *count)).collect(),
        }
    }

    #[test]
    fn a_group_with_fewer_than_thirty_in_flight_is_quiet() {
        assert!(in_flight(29, &[("a", 29)]).noisy_groups().is_empty());
        assert_eq!(in_flight(30, &[("a", 30)]).noisy_groups(), ["a"]);
    }

    #[test]
    fn a_tenth_of_all_in_flight_is_quiet() {
        assert!(in_flight(400, &[("a", 40)]).noisy_groups().is_empty());
        assert_eq!(in_flight(400, &[("a", 41)]).noisy_groups(), ["a"]);
    }

    #[test]
    fn among_noisy_groups_the_one_with_the_fewest_in_flight_is_first() {
        assert_eq!(in_flight(140, &[("a", 60), ("b", 30), ("c", 50)]).noisy_groups(), ["b", "c", "a"]);
    }
}

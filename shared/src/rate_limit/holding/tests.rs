//! One environment over shards that are kept right here: the conditions as the table judges them.

use super::*;
use crate::tenant::Tenant;

const START: Timestamp = Timestamp::from_millis(4_102_444_800_000);

fn tenant(capacity: u32, per_second: u32) -> Bucket {
    Bucket::of_tenant(&Tenant::parse("acme").unwrap(), Limit::new(capacity, per_second).unwrap())
}

#[derive(Default)]
struct Rows {
    full_at: [Option<Micros>; SHARDS_MAX as usize],
    writes: usize,
}

impl Rows {
    fn take(&mut self, ask: &Ask) -> Result<Micros, Option<Micros>> {
        self.writes += 1;
        let row = &mut self.full_at[ask.shard];
        let (after, most) = ask.in_use_within;
        let in_use = row.filter(|full_at| *full_at > after);
        let taken = match (ask.is_in_use, in_use) {
            (true, Some(full_at)) if full_at <= most => full_at + ask.cost,
            (false, None) => ask.idle_then,
            _ => return Err(*row),
        };
        *row = Some(taken);
        Ok(taken)
    }
}

fn take(holding: &mut Holding, rows: &mut Rows, tokens: u32, now: Timestamp) -> Taken {
    for _ in 0..2 * SHARDS_MAX + 1 {
        match holding.next(tokens, now) {
            Next::Answer(taken) => return taken,
            Next::Ask(ask) => match rows.take(&ask) {
                Ok(full_at) => holding.granted(&ask, full_at, now),
                Err(full_at) => holding.refused(&ask, full_at, 0, now),
            },
        }
    }
    panic!("it asks for ever");
}

fn is_allowed(taken: Taken) -> bool {
    matches!(taken, Taken::Allowed { .. })
}

#[test]
fn the_whole_capacity_is_had_at_once_and_then_the_rate() {
    for (capacity, per_second) in [(1000, 100), (10, 1), (1, 1), (100, 7), (5000, 1000)] {
        let mut holding = Holding::new(&tenant(capacity, per_second), 3);
        let mut rows = Rows::default();
        let admitted = (0..2 * capacity).filter(|_| is_allowed(take(&mut holding, &mut rows, 1, START)));
        assert_eq!(admitted.count(), capacity as usize, "{capacity} {per_second}");
        let mut later = 0;
        for tick in 1..=2000 {
            let now = START + Duration::from_millis(tick * 10);
            later += (0..20).filter(|_| is_allowed(take(&mut holding, &mut rows, 1, now))).count();
        }
        let refilled = 20 * per_second as usize;
        assert!(later <= refilled, "{capacity} {per_second}: {later} of {refilled}");
        assert!(later * 100 >= refilled * 95, "{capacity} {per_second}: {later} of {refilled}");
    }
}

#[test]
fn remaining_counts_down_and_back_up() {
    let mut holding = Holding::new(&tenant(1000, 100), 0);
    let mut rows = Rows::default();
    let mut remaining = |tokens, now| match take(&mut holding, &mut rows, tokens, now) {
        Taken::Allowed { remaining } => remaining.unwrap(),
        Taken::Refused { remaining, .. } => remaining,
    };
    assert_eq!(remaining(1, START), 999);
    for _ in 0..900 {
        remaining(1, START);
    }
    assert_eq!(remaining(1, START), 98);
    for _ in 0..98 {
        remaining(1, START);
    }
    assert_eq!(remaining(1, START), 0);
    assert_eq!(remaining(1, START + Duration::from_secs(5)), 499);
    assert_eq!(remaining(1, START + Duration::from_secs(60)), 999);
}

#[test]
fn what_is_known_to_be_empty_is_not_asked() {
    let mut holding = Holding::new(&tenant(1000, 100), 0);
    let mut rows = Rows::default();
    assert_eq!(holding.known_empty(START), None);
    while is_allowed(take(&mut holding, &mut rows, 1, START)) {}
    let wait = holding.known_empty(START).unwrap();
    let writes = rows.writes;
    let just_before = START + wait - Duration::from_millis(1);
    let taken = take(&mut holding, &mut rows, 1, just_before);
    assert!(matches!(taken, Taken::Refused { retry_after, .. } if retry_after == Duration::from_millis(1)));
    assert_eq!(rows.writes, writes);
    assert_eq!(holding.known_empty(START + wait), None);
    assert!(is_allowed(take(&mut holding, &mut rows, 1, START + wait)));
    assert_eq!(rows.writes, writes + 1);
}

#[test]
fn a_costly_request_takes_its_tokens_at_once() {
    let mut holding = Holding::new(&tenant(1000, 100), 0);
    let mut rows = Rows::default();
    let admitted = (0..100).filter(|_| is_allowed(take(&mut holding, &mut rows, 50, START))).count();
    assert_eq!((admitted, rows.writes), (20, 20));
    let Taken::Refused { retry_after, .. } = take(&mut holding, &mut rows, 50, START) else { panic!() };
    assert_eq!(retry_after, Duration::from_secs(2), "50 tokens of one shard, at 25 a second");
}

#[test]
fn a_request_that_costs_more_than_there_can_be_costs_all_there_can_be() {
    let mut holding = Holding::new(&tenant(3, 1), 0);
    let mut rows = Rows::default();
    assert!(is_allowed(take(&mut holding, &mut rows, 10, START)));
    let refused = Taken::Refused { remaining: 0, retry_after: Duration::from_secs(3) };
    assert_eq!(take(&mut holding, &mut rows, 10, START), refused);
    assert!(is_allowed(take(&mut holding, &mut rows, 10, START + Duration::from_secs(3))));
}

#[test]
fn a_request_that_meets_an_unexpected_shard_with_plenty_costs_one_write() {
    let mut holdings = [0, 0].map(|random| Holding::new(&tenant(1000, 100), random));
    let mut rows = Rows::default();
    for (second, holding) in [(0, 0), (0, 1), (1, 1), (1, 0), (20, 1), (40, 0), (60, 0), (80, 1)] {
        let writes = rows.writes;
        let now = START + Duration::from_secs(second);
        assert!(is_allowed(take(&mut holdings[holding], &mut rows, 1, now)));
        assert!(rows.writes - writes <= 1, "{second}");
    }
    // Shards begin at the same one, so the second environment met the first one's.
    assert_eq!(holdings[1].remaining(START + Duration::from_secs(80)), 999);
}

#[test]
fn what_was_borrowed_is_taken_with_the_next_lease() {
    let [mut first, mut second] = [0, 0].map(|random| Holding::new(&tenant(1000, 100), random));
    let mut rows = Rows::default();
    take(&mut first, &mut rows, 3, START);
    take(&mut second, &mut rows, 5, START);
    let taken =
        |rows: &Rows| rows.full_at.iter().flatten().map(|full_at| full_at - micros(START)).sum::<Micros>();
    assert_eq!(taken(&rows), 3 * 40_000, "the second one has borrowed");
    take(&mut second, &mut rows, 2, START);
    assert!(taken(&rows) >= 10 * 40_000);
}

#[test]
fn a_debt_is_forgiven_where_it_would_keep_a_request_out_for_ever() {
    let [mut first, mut second] = [0, 0].map(|random| Holding::new(&tenant(150, 10), random));
    let mut rows = Rows::default();
    take(&mut first, &mut rows, 1, START);
    take(&mut second, &mut rows, 1, START);
    let later = START + Duration::from_secs(60);
    assert!(is_allowed(take(&mut second, &mut rows, 150, later)));
}

#[test]
fn a_table_that_does_not_answer_lets_requests_pass_for_a_second() {
    let mut holding = Holding::new(&tenant(1000, 100), 0);
    holding.unanswered(1, START);
    let passing = Next::Answer(Taken::Allowed { remaining: None });
    assert_eq!(holding.next(1, START), passing);
    assert_eq!(holding.next(1, START + PASS_FOR - Duration::from_millis(1)), passing);
    assert!(matches!(holding.next(1, START + PASS_FOR), Next::Ask(_)));
}

#[test]
fn environments_begin_at_shards_of_their_own_and_take_turns() {
    let shard = |holding: &mut Holding| match holding.next(1, START) {
        Next::Ask(ask) => {
            holding.granted(&ask, ask.idle_then, START);
            holding.next(1, START);
            ask.shard
        }
        Next::Answer(taken) => panic!("{taken:?}"),
    };
    for random in 0..8 {
        let mut holding = Holding::new(&tenant(1000, 100), random);
        let begun_at = usize::try_from(random % 4).unwrap();
        assert_eq!(shard(&mut holding), begun_at);
        assert_eq!(shard(&mut holding), (begun_at + 1) % 4);
    }
}

//! A process's estimate of a tenant's usage.

use super::*;

fn counted(usage: Usage, to: Option<Timestamp>) -> Counted {
    Counted { usage, to }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn what_this_process_accepted_counts_until_the_streams_reader_has_counted_it() {
    let mut estimate = Estimate::new(counted(in_flight(3), Some(NOW)), NOW);
    for second in 1..=4 {
        estimate.accept(NOW + seconds(second), in_flight(1));
    }
    assert_eq!(estimate.usage(), in_flight(7));
    estimate.read(counted(in_flight(3), Some(NOW)), NOW + seconds(5));
    assert_eq!(estimate.usage(), in_flight(7), "nothing of it is counted yet");
    estimate.read(counted(in_flight(5), Some(NOW + seconds(2))), NOW + seconds(6));
    assert_eq!(estimate.usage(), in_flight(7));
    estimate.read(counted(in_flight(7), Some(NOW + seconds(4))), NOW + seconds(7));
    assert_eq!(estimate.usage(), in_flight(7));
}

#[test]
fn what_was_accepted_long_ago_is_not_added_for_ever() {
    let mut estimate = Estimate::new(Counted::default(), NOW);
    estimate.accept(NOW, in_flight(1));
    estimate.read(Counted::default(), NOW + seconds(59));
    assert_eq!(estimate.usage(), in_flight(1));
    estimate.read(Counted::default(), NOW + seconds(60));
    assert_eq!(estimate.usage(), in_flight(0));
}

#[test]
fn what_was_read_is_good_for_two_seconds_and_far_from_every_bound() {
    let good = |usage, wanted, at| Estimate::new(counted(usage, None), NOW).is_good_for(wanted, &BOUNDS, at);
    let small = |uploads| Usage { uploads_in_flight: uploads, ..Usage::default() };
    assert!(good(small(6), small(1), NOW + seconds(1)));
    assert!(!good(small(6), small(1), NOW + seconds(2)));
    assert!(!good(small(7), small(1), NOW), "eight of ten");
    assert!(!good(stored(6400), small(1), NOW));
    assert!(!good(small(0), in_flight(4), NOW));
    let mut estimate = Estimate::new(Counted::default(), NOW);
    estimate.accept(NOW, small(7));
    assert!(!estimate.is_good_for(small(1), &BOUNDS, NOW), "what it accepted counts");
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut estimate = Estimate::new(Counted::default(), NOW);
    for millis in 0..100_000 {
        estimate.accept(NOW + Duration::from_millis(millis), in_flight(1));
    }
    assert_eq!(estimate.usage(), in_flight(100_000));
    let estimates = Estimates::default();
    estimates.accept(&acme(), NOW, in_flight(1));
    assert_eq!(estimates.read(&acme(), Counted::default(), NOW), Usage::default(), "it was not asked for");
    for tenant in 0..2000 {
        let tenant = Tenant::parse(&format!("t{tenant}")).unwrap();
        estimates.read(&tenant, Counted::default(), NOW);
    }
    assert!(!estimates.are_good_for(&acme(), Usage::default(), &BOUNDS, NOW), "it was forgotten");
}

//! Rate limits over many environments: what is admitted, what it costs, and what happens when the table does not answer.
//!
//! Seeded arrivals on the moved clock. `--nocapture` shows the figures.

mod crowd;

use std::time::Duration;

use local::connector::InjectedFault;
use shared::app::App;
use shared::clock::Timestamp;
use shared::operations::rate_limits::take_tokens;
use shared::rate_limit::{Bucket, Limit, Taken};
use shared::tenant::Tenant;

use crate::world::World;
use crowd::{Crowd, Traffic};

const MINUTE: Duration = Duration::from_secs(60);

fn bucket_of(tenant: &str) -> Bucket {
    Bucket::of_tenant(&Tenant::parse(tenant).unwrap(), Limit::OF_TENANT)
}

fn is_allowed(taken: Taken) -> bool {
    matches!(taken, Taken::Allowed { .. })
}

async fn admitted_of(app: &App, bucket: &Bucket, requests: usize) -> usize {
    let mut admitted = 0;
    for _ in 0..requests {
        admitted += usize::from(is_allowed(take_tokens(app, bucket, 1).await));
    }
    admitted
}

#[tokio::test]
async fn fifty_environments_under_tenfold_load_admit_what_the_limit_says() {
    let world = World::new().await.without_latency();
    let crowd = Crowd::new(&world, 50);
    let traffic = Traffic { per_second: 1000.0, lasts: MINUTE, seed: 1 };
    let outcome = crowd.run(&world, &bucket_of("acme"), &traffic).await;
    println!("50 environments, 1,000 requests/s, limit 1,000 + 100/s: {outcome}");
    let limit = 1000 + 100 * 60;
    let leases = 50 * 31;
    assert!(outcome.admitted <= limit + limit / 10 + leases, "overshoot: {outcome}");
    assert!(outcome.admitted <= limit + limit / 10, "what was leased is counted: {outcome}");
    assert!(outcome.admitted >= limit * 9 / 10, "undershoot: {outcome}");
    assert!(outcome.fewest_of_an_environment * 4 >= outcome.admitted / 50, "starvation: {outcome}");
    assert!(outcome.writes_per_request() <= 0.2, "{outcome}");
}

#[tokio::test]
async fn one_environment_under_tenfold_load_admits_as_much_and_writes_little() {
    let world = World::new().await.without_latency();
    let traffic = Traffic { per_second: 1000.0, lasts: MINUTE, seed: 1 };
    let outcome = Crowd::new(&world, 1).run(&world, &bucket_of("acme"), &traffic).await;
    println!("1 environment, 1,000 requests/s, limit 1,000 + 100/s: {outcome}");
    let limit = 1000 + 100 * 60;
    assert!((limit * 95 / 100..=limit).contains(&outcome.admitted), "{outcome}");
    assert!(outcome.writes_per_request() <= 0.02, "{outcome}");
}

#[tokio::test]
async fn load_below_the_limit_is_admitted_whole() {
    for environments in [50, 1] {
        let world = World::new().await.without_latency();
        let crowd = Crowd::new(&world, environments);
        let traffic = Traffic { per_second: 90.0, lasts: MINUTE / 2, seed: 2 };
        let outcome = crowd.run(&world, &bucket_of("acme"), &traffic).await;
        println!("{environments} environments, 90 requests/s: {outcome}");
        assert_eq!(outcome.refused, 0, "{environments} environments: {outcome}");
    }
}

#[tokio::test]
async fn a_quiet_crowd_pays_a_write_for_each_request_at_most() {
    for (per_second, lasts) in [(50.0, MINUTE / 3), (5.0, MINUTE * 2)] {
        let world = World::new().await.without_latency();
        let crowd = Crowd::new(&world, 50);
        let traffic = Traffic { per_second, lasts, seed: 3 };
        let outcome = crowd.run(&world, &bucket_of("acme"), &traffic).await;
        println!("50 environments, {per_second} requests/s: {outcome}");
        assert_eq!(outcome.refused, 0, "{outcome}");
        assert!(outcome.writes_per_request() <= 1.02, "{outcome}");
    }
}

#[tokio::test]
async fn one_environment_pays_a_write_at_one_request_a_second_and_far_less_at_fifty() {
    for (millis, requests, writes_max) in [(1000, 120, 120), (20, 3000, 300)] {
        let world = World::new().await.without_latency();
        let app = world.environment("api", 1);
        for _ in 0..requests {
            assert!(is_allowed(take_tokens(&app, &bucket_of("acme"), 1).await));
            world.clock.advance(Duration::from_millis(millis));
        }
        let writes = world.aws.meter.write_units();
        println!("1 environment, a request every {millis} ms: {writes} writes for {requests} requests");
        assert!(writes <= f64::from(writes_max), "{writes} writes for {requests} requests");
    }
}

#[tokio::test]
async fn one_environment_may_use_the_whole_capacity() {
    let world = World::new().await.without_latency();
    let app = world.environment("api", 1);
    assert_eq!(admitted_of(&app, &bucket_of("acme"), 3000).await, 1000);
    world.clock.advance(Duration::from_secs(5));
    let refilled = admitted_of(&app, &bucket_of("acme"), 3000).await;
    assert!((495..=500).contains(&refilled), "{refilled}");
}

#[tokio::test]
async fn what_another_environment_has_taken_is_gone() {
    let world = World::new().await.without_latency();
    let (first, second) = (world.environment("api", 1), world.environment("api", 2));
    let bucket = Bucket::of_address("192.0.2.1".parse().unwrap());
    assert!(is_allowed(take_tokens(&first, &bucket, 1).await));
    assert!(is_allowed(take_tokens(&second, &bucket, 90).await));
    // The first one believes that 99 are left.
    assert!(!is_allowed(take_tokens(&first, &bucket, 50).await));
    world.clock.advance(Duration::from_secs(1));
    assert!(is_allowed(take_tokens(&first, &bucket, 10).await), "a costly request keeps no cheaper one out");
}

#[tokio::test]
async fn a_tenant_is_not_limited_by_another() {
    let world = World::new().await.without_latency();
    let app = world.environment("api", 1);
    assert_eq!(admitted_of(&app, &bucket_of("acme"), 1500).await, 1000);
    assert_eq!(admitted_of(&app, &bucket_of("globex"), 1500).await, 1000);
    let key = Bucket::of_api_key(&Tenant::parse("acme").unwrap(), "k1", Limit::new(20, 1).unwrap());
    assert_eq!(admitted_of(&app, &key, 30).await, 20);
    let address = Bucket::of_address("192.0.2.1".parse().unwrap());
    assert_eq!(admitted_of(&app, &address, 150).await, 100);
    let neighbour = Bucket::of_address("192.0.2.2".parse().unwrap());
    assert!(is_allowed(take_tokens(&app, &neighbour, 1).await));
}

#[tokio::test]
async fn an_environment_that_refuses_makes_no_call_until_tokens_are_back() {
    let world = World::new().await.without_latency();
    let app = world.environment("api", 1);
    let bucket = bucket_of("acme");
    assert_eq!(app.leases.is_known_empty(&bucket, world.clock.now()), None);
    admitted_of(&app, &bucket, 1000).await;
    let Taken::Refused { retry_after, .. } = take_tokens(&app, &bucket, 1).await else {
        panic!("the bucket is empty");
    };
    let calls = world.injector.calls();
    let end = world.clock.now() + retry_after;
    while world.clock.now() < end {
        assert!(!is_allowed(take_tokens(&app, &bucket, 1).await));
        let told = app.leases.is_known_empty(&bucket, world.clock.now());
        assert_eq!(told, Some(end.since(world.clock.now())));
        world.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(world.injector.calls(), calls);
    assert_eq!(app.leases.is_known_empty(&bucket, world.clock.now()), None);
    assert!(is_allowed(take_tokens(&app, &bucket, 1).await));
}

#[tokio::test]
async fn a_new_limit_holds_from_the_next_request() {
    let world = World::new().await.without_latency();
    let app = world.environment("api", 1);
    let acme = Tenant::parse("acme").unwrap();
    let slow = Bucket::of_tenant(&acme, Limit::new(1000, 1).unwrap());
    assert_eq!(admitted_of(&app, &slow, 1100).await, 1000);
    let higher = Bucket::of_tenant(&acme, Limit::new(50, 50).unwrap());
    assert_eq!(admitted_of(&app, &higher, 100).await, 50);
}

#[tokio::test]
async fn while_the_table_does_not_answer_each_process_admits_what_one_shard_would() {
    let throttles = ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"];
    let throttles = throttles.map(InjectedFault::Throttled);
    for fault in
        throttles.into_iter().chain([InjectedFault::Refused, InjectedFault::Hangs, InjectedFault::AnswerLost])
    {
        let world = World::new().await.without_latency();
        let app = world.environment("api", 1);
        let bucket = bucket_of("acme");
        let injected = fault.clone();
        world.injector.set(move |_| injected.clone());
        let shard = bucket.pace().shard_capacity();
        for _ in 0..shard {
            let taken = take_tokens(&app, &bucket, 1).await;
            assert_eq!(taken, Taken::Allowed { remaining: None }, "{fault:?}");
        }
        let refused = take_tokens(&app, &bucket, 1).await;
        let retry_after = Duration::from_millis(40);
        assert_eq!(refused, Taken::Refused { remaining: 0, retry_after }, "{fault:?}");
        world.clock.advance(retry_after);
        assert!(is_allowed(take_tokens(&app, &bucket, 1).await), "{fault:?}");
        assert!(world.injector.calls() <= 2, "it asks again after a while only: {}", world.injector.calls());
        world.injector.clear();
        world.clock.advance(Duration::from_secs(1));
        assert!(
            matches!(take_tokens(&app, &bucket, 1).await, Taken::Allowed { remaining: Some(_) }),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_clock_that_was_wrong_once_locks_nobody_out() {
    const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    let (world, ahead) = (World::new().await.without_latency(), World::new().await.without_latency());
    let bucket = bucket_of("acme");
    let network = |function: &str, seed| world.environment(function, seed);
    let mut wrong = network("api", 1);
    ahead.clock.advance(MONTH);
    wrong.clock = ahead.clock.clone();
    admitted_of(&wrong, &bucket, 1100).await;
    let right = network("api", 2);
    let admitted = admitted_of(&right, &bucket, 1500).await;
    assert!((900..=1000).contains(&admitted), "{admitted}");
    // A process whose own clock is set back forgets what it believed.
    wrong.clock = world.clock.clone();
    world.clock.advance(Duration::from_secs(10));
    assert!(admitted_of(&wrong, &bucket, 1500).await > 0);
}

#[tokio::test]
async fn requests_at_the_same_time_wait_for_one_lease() {
    let world = World::new().await.without_latency();
    let app = world.environment("api", 1);
    let bucket = bucket_of("acme");
    // Grown to some size.
    admitted_of(&app, &bucket, 40).await;
    let calls = world.injector.calls();
    let requests: Vec<_> = (0..60)
        .map(|_| {
            let (app, bucket) = (app.clone(), bucket.clone());
            tokio::spawn(async move { take_tokens(&app, &bucket, 1).await })
        })
        .collect();
    for request in requests {
        assert!(is_allowed(request.await.unwrap()));
    }
    let calls = world.injector.calls() - calls;
    assert!(calls <= 3, "{calls} calls for 60 requests");
}

#[tokio::test]
async fn a_row_of_a_bucket_vanishes_when_it_says_nothing_any_more() {
    let world = World::new().await.without_latency();
    let app = world.environment("api", 1);
    let address = "192.0.2.77";
    take_tokens(&app, &Bucket::of_address(address.parse().unwrap()), 1).await;
    let rows = || world.items();
    let stored: Vec<_> = rows().into_iter().filter(|row| row["sk"]["S"] == "limit#100#10").collect();
    assert_eq!(stored.len(), 1);
    assert!(!stored[0].to_string().contains(address), "the address itself is stored nowhere: {stored:?}");
    world.clock.advance(Duration::from_secs(10 + 60 + 1));
    world.aws.dynamodb.sweep().unwrap();
    assert!(rows().iter().all(|row| row["sk"]["S"] != "limit#100#10"));
}

#[tokio::test]
async fn relay_is_not_woken_by_tokens() {
    let mut world = World::new().await.without_latency();
    let app = world.environment("api", 1);
    admitted_of(&app, &bucket_of("acme"), 1000).await;
    for stream in &mut world.sources.streams {
        assert!(!stream.deliver().await.unwrap(), "{} was invoked", stream.function);
    }
}

#[tokio::test]
async fn under_hostility_the_limit_holds_too() {
    for seed in 0..2 {
        let world = World::hostile(seed).await;
        let crowd = Crowd::new(&world, 10);
        let traffic = Traffic { per_second: 300.0, lasts: Duration::from_secs(10), seed };
        let outcome = crowd.run(&world, &bucket_of("acme"), &traffic).await;
        println!("10 environments, 300 requests/s, hostile: {outcome}");
        let limit = 1000 + 100 * 10;
        let counted = outcome.admitted - outcome.uncounted;
        assert!(counted <= limit + limit / 10, "{outcome}");
        assert!(outcome.admitted >= limit * 9 / 10, "{outcome}");
    }
}

/// Moves the clock to `at`.
fn wait_until(world: &World, at: Timestamp) {
    world.clock.advance(at.since(world.clock.now()));
}

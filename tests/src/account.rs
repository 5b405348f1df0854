//! An account whose concurrency is used up: the API refuses at once, and everything else comes later.

use std::time::Duration;

use http::{Method, StatusCode};
use local::lambda::{Execution, NEW_ACCOUNT};
use local::template::Event;

use crate::pictures;
use crate::world::World;

impl World {
    /// Runs so many executions that never end.
    fn occupy(&self, executions: usize) -> Vec<Execution> {
        (0..executions).map(|_| self.account.begin().expect("the account has room")).collect()
    }

    async fn status(&self) -> StatusCode {
        let authorization = format!("Bearer {}", self.key);
        self.send(Method::GET, "/healthz", &[("authorization", &authorization)], "").await.status
    }
}

#[tokio::test]
async fn the_api_answers_in_a_new_account_while_everything_else_runs_as_much_as_it_may() {
    let world = World::in_new_account().await;
    let events = world.template.functions.iter().flat_map(|function| &function.events);
    let executions = events.filter_map(|event| match event {
        Event::Sqs(source) => source.maximum_concurrency,
        Event::DynamoDbStream(_) | Event::Schedule(_) => Some(1),
        Event::HttpApi(_) | Event::S3(_) => None,
    });
    let _busy = world.occupy(executions.sum::<u32>() as usize);
    assert_eq!(world.status().await, StatusCode::OK);
}

#[tokio::test]
async fn what_is_refused_for_want_of_concurrency_is_done_once_there_is_some() {
    let mut world = World::in_new_account().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    let busy = world.occupy(NEW_ACCOUNT);
    assert_eq!(world.status().await, StatusCode::SERVICE_UNAVAILABLE);
    // Far longer than the two retries of an event that was run and failed.
    for _ in 0..20 {
        world.deliver_notifications().await;
        world.clock.advance(Duration::from_secs(5 * 60));
    }
    drop(busy);
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    assert_eq!(world.aws.sqs.message_count(crate::world::FAILURE_QUEUE).unwrap(), 0);
}

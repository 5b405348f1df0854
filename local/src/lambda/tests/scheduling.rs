//! Which process serves which invocation, and when.

use super::*;

#[tokio::test]
async fn a_function_answers_what_it_is_asked() {
    let world = World::new().await;
    assert_eq!(world.invoke(json!({"hello": "wörld"})).await, Ok(json!({"hello": "wörld"})));
}

#[tokio::test]
async fn one_process_serves_one_invocation_after_the_other() {
    let mut settings = settings();
    settings.concurrency = 5;
    let world = World::with(settings).await;
    let first = world.process_id().await;
    for _ in 0..20 {
        assert_eq!(world.process_id().await, first);
    }
    assert_eq!(world.process_ids(), [first]);
}

#[tokio::test]
async fn invocations_beyond_the_concurrency_wait_for_a_free_process() {
    let mut settings = settings();
    settings.concurrency = 2;
    let world = World::with(settings).await;
    let outcomes = [world.start(), world.start(), world.start()];
    let (one, other) = (world.held().await, world.held().await);
    assert_ne!(one.process_id, other.process_id);
    assert_eq!(world.process_ids().len(), 2);
    let freed = one.process_id;
    one.finish().await;
    let third = world.held().await;
    assert_eq!(third.process_id, freed);
    other.finish().await;
    third.finish().await;
    for outcome in outcomes {
        outcome.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn one_invocation_too_many_in_the_queue_is_throttled() {
    let world = World::new().await;
    let _running = world.start();
    let held = world.held().await;
    let function = world.lambda.function("test").unwrap();
    let waiting: Vec<_> = (0..1000).map(|_| begin(function, Bytes::from_static(b"{}")).unwrap()).collect();
    assert_eq!(world.invoke(json!({})).await, Err(InvokeError::Throttled));
    drop(waiting);
    held.finish().await;
    assert_eq!(world.invoke(json!({})).await, Ok(json!({})));
}

#[tokio::test]
async fn an_invocation_whose_caller_gave_up_waiting_is_not_run() {
    let world = World::new().await;
    let first = world.start();
    let held = world.held().await;
    let (_, abandoned) =
        begin(world.lambda.function("test").unwrap(), Bytes::from_static(br#"{"do": "exit"}"#)).unwrap();
    drop(abandoned);
    let process_id = held.process_id;
    held.finish().await;
    first.await.unwrap().unwrap();
    assert_eq!(world.process_id().await, process_id);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_is_frozen_while_it_has_nothing_to_do() {
    let world = World::new().await;
    let process_id = world.process_id().await;
    for _ in 0..3 {
        until(|| is_frozen(process_id)).await;
        assert_eq!(world.process_id().await, process_id);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_process_that_became_idle_last_is_used_first() {
    let mut settings = settings();
    settings.concurrency = 2;
    let world = World::with(settings).await;
    let outcomes = [world.start(), world.start()];
    let (one, other) = (world.held().await, world.held().await);
    let (first, last) = (one.process_id, other.process_id);
    one.finish().await;
    until(|| is_frozen(first)).await;
    other.finish().await;
    until(|| is_frozen(last)).await;
    assert_eq!(world.process_id().await, last);
    for outcome in outcomes {
        outcome.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_process_sees_the_variables_of_its_function_and_none_of_the_stacks() {
    let mut settings = settings();
    settings.environment.insert("TABLE".to_owned(), "jobs".to_owned());
    settings.environment.insert("AWS_REGION".to_owned(), "eu-central-1".to_owned());
    let world = World::with(settings).await;
    let environment = world.invoke(json!({"do": "environment"})).await.unwrap();
    for (name, value) in [
        ("TABLE", "jobs"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "test"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("_HANDLER", "bootstrap"),
        ("TZ", ":UTC"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert_eq!(environment.get("CARGO_MANIFEST_DIR"), None);
}

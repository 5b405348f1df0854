//! Functions that fail, hang, end or are killed, at any point.

use std::process::Command;

use super::acting::{confined, with_init};
use super::*;
use crate::lambda::host::STOPPING;

fn crashed(detail: &str) -> InvokeError {
    InvokeError::Crashed { detail: detail.to_owned() }
}

#[tokio::test]
async fn an_error_of_the_function_is_its_callers() {
    let world = World::new().await;
    let failed = world.invoke(json!({"do": "fail"})).await.unwrap_err();
    assert!(matches!(&failed, InvokeError::Failed { message, .. } if message == "no such job"), "{failed:?}");
    assert_eq!(world.invoke(json!(1)).await, Ok(json!(1)));
}

#[tokio::test]
async fn a_panic_fails_one_invocation_and_is_logged() {
    let world = World::new().await;
    let before = world.process_id().await;
    let failed = world.invoke(json!({"do": "panic"})).await.unwrap_err();
    assert!(
        matches!(&failed, InvokeError::Failed { message, .. } if message.contains("a bug")),
        "{failed:?}"
    );
    assert_eq!(world.process_id().await, before);
    until(|| world.logs.text().contains("a bug in the function")).await;
}

#[tokio::test]
async fn a_process_that_ends_in_the_middle_of_its_work_has_crashed() {
    let world = World::new().await;
    let before = world.process_id().await;
    assert_eq!(world.invoke(json!({"do": "exit"})).await, Err(crashed("exit status: 7")));
    assert_ne!(world.process_id().await, before);
}

#[tokio::test]
async fn a_process_killed_from_outside_in_the_middle_of_its_work_has_crashed() {
    let world = World::new().await;
    let outcome = world.start();
    let held = world.held().await;
    kill(held.process_id);
    assert_eq!(outcome.await.unwrap(), Err(crashed("signal: 9 (SIGKILL)")));
    held.gone().await;
    assert_eq!(world.invoke(json!(1)).await, Ok(json!(1)));
}

#[tokio::test]
async fn a_process_killed_while_it_was_idle_is_replaced() {
    let world = World::new().await;
    let process_id = world.process_id().await;
    kill(process_id);
    until(|| world.process_ids() != [process_id]).await;
    assert_ne!(world.process_id().await, process_id);
}

#[tokio::test]
async fn at_its_timeout_a_process_is_dead_before_its_caller_is_told() {
    let mut settings = settings();
    settings.timeout = Duration::from_secs(1);
    let world = World::with(settings).await;
    let outcome = world.start();
    let held = world.held().await;
    assert_eq!(outcome.await.unwrap(), Err(InvokeError::TimedOut));
    assert!(!exists(held.process_id));
    assert_eq!(world.invoke(json!(1)).await, Ok(json!(1)));
}

#[tokio::test]
async fn a_waiting_invocation_gets_a_new_process_when_the_busy_one_dies() {
    let world = World::new().await;
    let _first = world.start();
    let held = world.held().await;
    let second = world.start();
    kill(held.process_id);
    let replacement = world.held().await;
    assert_ne!(replacement.process_id, held.process_id);
    replacement.finish().await;
    second.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_process_that_ends_before_it_is_ready_has_crashed() {
    let world = World::with(with_init("exit")).await;
    assert_eq!(world.invoke(json!({})).await, Err(crashed("exit status: 3")));
    assert_eq!(world.invoke(json!({})).await, Err(crashed("exit status: 3")));
}

#[tokio::test]
async fn an_error_at_the_start_is_its_callers() {
    let world = World::with(with_init("error")).await;
    let expected =
        InvokeError::Failed { error_type: "Config".to_owned(), message: "TABLE is not set".to_owned() };
    assert_eq!(world.invoke(json!({})).await, Err(expected));
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named() {
    let program = Program { path: "/nonexistent/millrace".into(), arguments: Vec::new() };
    let logs = Logs::in_memory(Clock::system());
    let lambda = Lambda::new(program, vec![settings()], "127.0.0.1:1".to_owned(), logs);
    let error = lambda.invoke("test", Bytes::new()).await.unwrap_err();
    assert!(error.to_string().contains("starting /nonexistent/millrace"), "{error}");
}

#[tokio::test]
async fn what_is_too_large_is_refused_in_both_directions() {
    let world = World::new().await;
    let payload = Bytes::from(vec![b'1'; REQUEST_BYTES_MAX + 1]);
    let refused = world.lambda.invoke("test", payload).await;
    assert_eq!(refused, Err(InvokeError::TooLarge { payload_bytes: REQUEST_BYTES_MAX + 1 }));
    let refused = world.invoke(json!({"do": "long_answer"})).await.unwrap_err();
    assert_eq!(refused.error_type(), "Function.ResponseSizeTooLarge");
    assert_eq!(world.invoke(json!(1)).await, Ok(json!(1)));
}

#[tokio::test]
async fn stopping_kills_everything_and_nothing_starts_afterwards() {
    let world = World::new().await;
    let running = world.start();
    let held = world.held().await;
    let waiting = world.start();
    world.lambda.stop().await;
    assert!(!exists(held.process_id));
    assert_eq!(running.await.unwrap(), Err(crashed(STOPPING)));
    assert_eq!(waiting.await.unwrap(), Err(crashed(STOPPING)));
    assert_eq!(world.invoke(json!({})).await, Err(crashed(STOPPING)));
    assert!(world.process_ids().is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_function_cannot_take_more_memory_than_it_has() {
    let world = World::with(confined()).await;
    assert_eq!(world.invoke(json!(1)).await, Ok(json!(1)));
    assert_eq!(world.invoke(json!({"do": "much_memory"})).await, Err(crashed("signal: 6 (SIGABRT)")));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_stack_takes_its_functions_with_it() {
    let world = World::new().await;
    let Program { path, arguments } = program("acts_as_stack");
    let port = world.gate.local_addr().unwrap().port();
    let mut stack = Command::new(path).args(arguments).env("GATE_OF_TEST", port.to_string()).spawn().unwrap();
    let held = world.held().await;
    stack.kill().unwrap();
    stack.wait().unwrap();
    held.gone().await;
}

//! Not tests of their own: what the processes that the tests start do.

use std::io::{Read, Write};
use std::net::TcpStream;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

use super::*;

#[test]
fn acts_as_function() {
    let Some(runtime_api) = variable("AWS_LAMBDA_RUNTIME_API") else { return };
    match variable("INIT").as_deref() {
        Some("exit") => std::process::exit(3),
        Some("error") => report_init_error(&runtime_api),
        Some("confine") => environment::confine(16).unwrap(),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(lambda_runtime::run(service_fn(handle))).unwrap();
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, lambda_runtime::Error> {
    let event = event.payload;
    Ok(match event["do"].as_str().unwrap_or_default() {
        "process_id" => json!(std::process::id()),
        "fail" => return Err("no such job".into()),
        "panic" => panic!("a bug in the function"),
        "exit" => std::process::exit(7),
        "gate" => {
            let port = event["port"].as_u64().unwrap().try_into().unwrap();
            wait_at_gate(port);
            json!(null)
        }
        "environment" => json!(variables()),
        "long_answer" => json!("x".repeat(RESPONSE_BYTES_MAX)),
        "much_memory" => json!(vec![1_u8; 512 * 1024 * 1024].len()),
        _ => event,
    })
}

fn wait_at_gate(port: u16) {
    let mut gate = TcpStream::connect(("127.0.0.1", port)).unwrap();
    writeln!(gate, "{}", std::process::id()).unwrap();
    gate.read_exact(&mut [0]).unwrap();
}

fn report_init_error(runtime_api: &str) {
    let (authority, path) = runtime_api.trim_start_matches("http://").split_once('/').unwrap();
    let body = r#"{"errorType":"Config","errorMessage":"TABLE is not set"}"#;
    let mut connection = TcpStream::connect(authority).unwrap();
    write!(
        connection,
        "POST /{path}/2018-06-01/runtime/init/error HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 202");
    std::process::exit(1);
}

/// A whole stack whose function waits at the gate of another process's test.
#[test]
fn acts_as_stack() {
    let Some(port) = variable("GATE_OF_TEST") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let world = World::with(confined()).await;
        let port: u16 = port.parse().unwrap();
        world.invoke(json!({"do": "gate", "port": port})).await.unwrap();
    });
}

pub fn confined() -> FunctionSettings {
    with_init("confine")
}

pub fn with_init(init: &str) -> FunctionSettings {
    let mut settings = settings();
    settings.environment.insert("INIT".to_owned(), init.to_owned());
    settings
}

fn variable(name: &str) -> Option<String> {
    variables().remove(name)
}

#[expect(clippy::disallowed_methods, reason = "how a test tells the process that it starts what to be")]
fn variables() -> BTreeMap<String, String> {
    std::env::vars().collect()
}

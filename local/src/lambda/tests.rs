//! Real processes: this test binary, started again to act as a function.

mod acting;
mod failures;
mod invoke_api;
mod scheduling;

use std::io;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use shared::clock::Clock;

/// A Lambda with one function, `test`.
struct World {
    lambda: Lambda,
    logs: Logs,
    /// Where a function that does `gate` calls.
    gate: TcpListener,
}

/// A running invocation that waits to be released.
struct Held {
    process_id: u32,
    connection: BufReader<TcpStream>,
}

fn settings() -> FunctionSettings {
    FunctionSettings {
        name: "test".to_owned(),
        memory_mb: 128,
        timeout: Duration::from_secs(60),
        environment: BTreeMap::new(),
        concurrency: 1,
    }
}

fn program(act: &str) -> Program {
    let test = format!("lambda::tests::acting::{act}");
    Program {
        path: std::env::current_exe().unwrap(),
        arguments: vec!["--exact".to_owned(), test, "--nocapture".to_owned()],
    }
}

impl World {
    async fn new() -> Self {
        Self::with(settings()).await
    }

    async fn with(settings: FunctionSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let logs = Logs::in_memory(Clock::system());
        let authority = listener.local_addr().unwrap().to_string();
        let lambda = Lambda::new(program("acts_as_function"), vec![settings], authority, logs.clone());
        let called = lambda.clone();
        let handler = move |request| {
            let lambda = called.clone();
            async move { lambda.call(request).await }
        };
        tokio::spawn(crate::server::serve(
            listener,
            crate::server::Bounds::SERVICES,
            handler,
            std::future::pending(),
        ));
        Self { lambda, logs, gate: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    async fn invoke(&self, event: Value) -> Result<Value, InvokeError> {
        let answer = self.lambda.invoke("test", Bytes::from(event.to_string())).await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    fn gate_event(&self) -> Value {
        json!({"do": "gate", "port": self.gate.local_addr().unwrap().port()})
    }

    /// Starts an invocation that goes on until it is released.
    fn start(&self) -> JoinHandle<Result<Bytes, InvokeError>> {
        let (lambda, event) = (self.lambda.clone(), self.gate_event().to_string());
        tokio::spawn(async move { lambda.invoke("test", Bytes::from(event)).await })
    }

    /// The next started invocation that reaches its function.
    async fn held(&self) -> Held {
        let (connection, _) = self.gate.accept().await.unwrap();
        let mut connection = BufReader::new(connection);
        let mut process_id = String::new();
        connection.read_line(&mut process_id).await.unwrap();
        Held { process_id: process_id.trim().parse().unwrap(), connection }
    }

    async fn process_id(&self) -> u32 {
        self.invoke(json!({"do": "process_id"})).await.unwrap().as_u64().unwrap().try_into().unwrap()
    }

    fn process_ids(&self) -> Vec<u32> {
        self.lambda.environments()["test"].clone()
    }
}

/// A test that fails shows what its functions wrote.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.logs.text());
        }
    }
}

impl Held {
    async fn finish(mut self) {
        self.connection.write_all(b"!").await.unwrap();
    }

    /// Returns when the function's process is gone.
    async fn gone(mut self) {
        let mut rest = Vec::new();
        match self.connection.read_to_end(&mut rest).await {
            Ok(_) => assert!(rest.is_empty()),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        }
    }
}

fn kill(process_id: u32) {
    let process = rustix::process::Pid::from_raw(process_id.cast_signed()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}

fn exists(process_id: u32) -> bool {
    let process = rustix::process::Pid::from_raw(process_id.cast_signed()).unwrap();
    rustix::process::test_kill_process(process).is_ok()
}

/// Whether the process is stopped, as its state in `/proc` says.
fn is_frozen(process_id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
}

/// Lets everything else go on until the condition holds.
async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

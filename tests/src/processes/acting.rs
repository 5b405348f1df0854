//! Not tests of their own: what the processes that the tests start do, and where.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use local::lambda::{Program, environment};
use local::logs::Logs;
use local::stack::{Options, Stack};
use local::state::State;
use shared::clock::Clock;
use shared::queue::Queue;
use tokio::process::{Child, Command};

/// Names the folder of a stack to the process that acts as it.
const FOLDER: &str = "MILLRACE_FOLDER_OF_TEST";

/// Times that the tests shorten in the template. Twice the timeout remains the time after which a delivery comes back.
const SHORTER: [(&str, &str); 2] =
    [("Timeout: 120", "Timeout: 10"), ("VisibilityTimeout: 240", "VisibilityTimeout: 20")];

/// A stack's folder, which is removed with its contents when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// With the project's own template.
    pub fn new(test: &str) -> Self {
        Self::with(test, &[])
    }

    pub fn with_shorter_timeouts(test: &str) -> Self {
        Self::with(test, &SHORTER)
    }

    fn with(test: &str, changes: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("millrace-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let mut template = std::fs::read_to_string(project).unwrap();
        for (from, to) in changes {
            assert_eq!(template.matches(from).count(), Queue::ALL.len(), "{from}");
            template = template.replace(from, to);
        }
        std::fs::write(path.join("template.yaml"), template).unwrap();
        Self(path)
    }

    pub fn state(&self) -> PathBuf {
        self.0.join("state")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn options(folder: &Folder) -> Options {
    options_in(&folder.0)
}

fn options_in(folder: &Path) -> Options {
    Options {
        template: folder.join("template.yaml"),
        port: 0,
        state: State::Folder(folder.join("state")),
        allow_loopback: false,
        account_concurrency: None,
        program: Some(Program { path: this_test_binary(), arguments: arguments("acts_as_function") }),
    }
}

/// Starts a stack as a process of its own, which ends when it is dropped.
pub fn start_stack(folder: &Folder) -> Child {
    let mut command = Command::new(this_test_binary());
    command.args(arguments("acts_as_stack")).env(FOLDER, &folder.0).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn this_test_binary() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn arguments(act: &str) -> Vec<String> {
    ["--exact", &format!("processes::acting::{act}"), "--nocapture"].map(str::to_owned).to_vec()
}

#[test]
fn acts_as_function() {
    if variable("AWS_LAMBDA_RUNTIME_API").is_none() {
        return;
    }
    let name = variable("AWS_LAMBDA_FUNCTION_NAME").unwrap();
    environment::confine(variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").unwrap().parse().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(local::functions::serve(&name)).unwrap();
}

#[test]
fn acts_as_stack() {
    let Some(folder) = variable(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let options = options_in(Path::new(&folder));
        let _stack = Stack::start(&options, Logs::in_memory(Clock::system())).await.unwrap();
        std::future::pending::<()>().await;
    });
}

#[expect(clippy::disallowed_methods, reason = "how a test tells the process that it starts what to be")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

//! The tests' program, built from the copy, and what one test of it says.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use shared::clock::Clock;

use super::super::Failure;
use super::copy::Copy;

/// A test that takes longer goes round in circles: it has noticed the change.
const TEST_TIME_MAX: Duration = Duration::from_secs(5 * 60);

const POLL_EVERY: Duration = Duration::from_millis(50);

pub struct TestProgram {
    path: PathBuf,
    folder: PathBuf,
}

impl TestProgram {
    /// Builds the whole-system tests; the inner error is what the compiler said.
    pub fn build(copy: &Copy) -> Result<Result<Self, String>, Failure> {
        let output = Command::new("cargo")
            .current_dir(&copy.folder)
            .env("CARGO_TARGET_DIR", &copy.target)
            .args(["test", "--package", "tests", "--lib", "--no-run", "--message-format", "json"])
            .stderr(Stdio::inherit())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let messages: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !output.status.success() {
            let errors = messages.iter().map(|message| &message["message"]);
            let errors = errors.filter(|message| message["level"] == "error");
            return Ok(Err(errors.filter_map(|message| message["rendered"].as_str()).collect()));
        }
        let program = messages.iter().filter(|message| message["target"]["name"] == "tests");
        let path = program.filter_map(|message| message["executable"].as_str()).next_back();
        let path = path.ok_or("cargo names no program of the tests")?.into();
        Ok(Ok(Self { path, folder: copy.folder.join("tests") }))
    }

    /// Whether there is a test of this name and it passes.
    pub fn passes(&self, test: &str) -> Result<bool, Failure> {
        let known = self.command(&["--exact", test, "--list"]).output()?;
        if !String::from_utf8_lossy(&known.stdout).contains(&format!("{test}: test")) {
            return Ok(false);
        }
        let mut command = self.command(&["--exact", test]);
        ends_well(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.current_dir(&self.folder).args(arguments);
        command
    }
}

fn ends_well(mut child: Child) -> Result<bool, Failure> {
    let clock = Clock::system();
    let give_up_at = clock.now() + TEST_TIME_MAX;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if clock.now() > give_up_at {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(POLL_EVERY);
    }
}

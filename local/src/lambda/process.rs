//! The process of one environment: started, frozen, thawed, killed.

use std::io;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::spawner::Spawner;
use crate::logs::Logs;

/// How long what a dead process wrote is read for; only a child that outlives it keeps its output open.
const OUTPUT_TIME_MAX: Duration = Duration::from_secs(1);

/// Killed when dropped.
pub struct Process {
    child: Child,
    /// The readers of its standard output and error.
    output: JoinSet<()>,
}

impl Process {
    /// Starts `command`, whose output goes to `logs` as `function`'s.
    pub async fn start(spawner: &Spawner, command: Command, function: &str, logs: &Logs) -> io::Result<Self> {
        let mut child = spawner.spawn(command).await?;
        let mut output = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            let (logs, function) = (logs.clone(), function.to_owned());
            output.spawn(async move { logs.follow(&function, stdout).await });
        }
        if let Some(stderr) = child.stderr.take() {
            let (logs, function) = (logs.clone(), function.to_owned());
            output.spawn(async move { logs.follow(&function, stderr).await });
        }
        Ok(Self { child, output })
    }

    /// `None` once the process has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends the process without asking it, and returns when it is gone and what it wrote is logged.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// Waits for the end of the process, and says how it ended: `exit status: 1` or `signal: 9 (SIGKILL)`.
    pub async fn ended(&mut self) -> String {
        let detail = match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => format!("its exit status is unknown: {error}"),
        };
        let logged = async { while self.output.join_next().await.is_some() {} };
        if tokio::time::timeout(OUTPUT_TIME_MAX, logged).await.is_err() {
            self.output.abort_all();
        }
        detail
    }

    /// Signals the whole group that the process leads. Until the process is waited for, its id is not reused.
    fn signal(&self, signal: Signal) {
        let Some(group) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else { return };
        if let Err(error) = kill_process_group(group, signal) {
            tracing::debug!(%error, ?signal, process_id = group.as_raw_nonzero(), "signalling a function");
        }
    }
}

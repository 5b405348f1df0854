//! `cargo dev bench`: whether the local stack slows down with what it stores.
//!
//! Fills a stack of its own, in a temporary folder, through the public API. At each number of uploads it measures some
//! more, one after the other: how long each takes, and how many steps SQLite takes for it. The steps are the same on
//! every machine; the times are worth as much as the machine is idle. A release build is what counts.

mod load;
mod report;

use std::time::{Duration, Instant};

use local::logs::Logs;
use local::stack::{Options, Stack};
use local::state::TemporaryFolder;
use local::steps;
use shared::clock::Clock;

use super::api::{Api, ApiError};
use super::interruption::Interruption;
use super::{Failure, say};

use load::{Load, Sample};
use report::Level;

/// Uploads that are measured at each level.
const SAMPLES: usize = 20;

/// Until the tenant's rate limit lets all samples through without a wait.
const REST_BEFORE_SAMPLES: Duration = Duration::from_secs(10);

/// As long as the slowest of the loops sleeps that clean up.
const IDLE_FOR: Duration = Duration::from_secs(65);

const LOG_DIRECTIVES: &str = "warn,s3s=off";

pub fn run(options: &Options, uploads: &[usize]) -> Result<(), Failure> {
    steps::count();
    let folder = TemporaryFolder::make()?;
    let logs = Logs::to_file(std::fs::File::create(folder.path().join("bench.log"))?, Clock::system());
    tracing::subscriber::set_global_default(logs.subscriber(LOG_DIRECTIVES))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut interruption = Interruption::listen()?;
        let own = Options { port: 0, state: folder.state(), ..options.clone() };
        let stack = Stack::start(&own, logs).await?;
        let outcome = tokio::select! {
            outcome = measure(&stack, uploads) => outcome,
            () = interruption.wait() => Err("interrupted".into()),
        };
        stack.stop().await;
        outcome
    })
}

async fn measure(stack: &Stack, uploads: &[usize]) -> Result<(), Failure> {
    let api = Api::new(&stack.ready.url, &stack.ready.api_key);
    let load = Load::new(api)?;
    say(&report::titles());
    let mut levels: Vec<Level> = Vec::new();
    let mut stored = 0;
    for wanted in uploads {
        let more = wanted.saturating_sub(stored);
        let (filled, filling) = timed(load.fill(more)).await;
        filled?;
        tokio::time::sleep(REST_BEFORE_SAMPLES).await;
        let before = report::work();
        let mut samples = Vec::new();
        for _ in 0..SAMPLES {
            samples.push(load.sample().await?);
        }
        let work = report::work_since(&before);
        let level = Level { stored: stored + more, more, filling, samples, work };
        say(&level.line());
        levels.push(level);
        stored += more + SAMPLES;
    }
    say(&report::growth(&levels));
    let before = report::cpu_time();
    tokio::time::sleep(IDLE_FOR).await;
    say(&report::idle(IDLE_FOR, report::cpu_time().saturating_sub(before)));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs the real time, finer than the clock's")]
async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    let done = work.await;
    (done, began.elapsed())
}

/// Makes `call` until the rate limit admits it.
async fn admitted<T>(call: impl AsyncFn() -> Result<T, ApiError>) -> Result<T, ApiError> {
    loop {
        match call().await {
            Err(refused) if refused.is_rate_limit() => tokio::time::sleep(Duration::from_millis(100)).await,
            done => return done,
        }
    }
}

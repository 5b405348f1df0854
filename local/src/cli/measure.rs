//! `cargo dev measure FOLDER`: size and start of each function's own binary, built in release beforehand.
//!
//! Start is from the start of the process to its first poll of the Runtime API, with an environment like Lambda's.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::{Failure, say};

const FUNCTIONS: [&str; 7] = ["api", "intake", "media", "observer", "relay", "scheduler", "worker"];

/// Starts that are timed, after one that is not.
const STARTS: usize = 25;

/// The environment that a function must find; nothing in it is called before the first event.
const ENVIRONMENT: [(&str, &str); 17] = [
    ("TABLE_NAME", "table"),
    ("BUCKET_NAME", "bucket"),
    ("MEDIA_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/media"),
    ("WORKER_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/worker"),
    ("MEDIA_DEAD_LETTER_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/dead"),
    ("FAILURE_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/failure"),
    ("STACK_NAME", "stack"),
    ("SECRETS_PREFIX", "/stack"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("AWS_LAMBDA_FUNCTION_NAME", "function"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
    ("_HANDLER", "bootstrap"),
];

pub fn run(folder: &Path) -> Result<(), Failure> {
    say(&format!("{:<10} {:>8} {:>8} {:>9} {:>9}\n", "function", "MB", "MB zip", "ms min", "ms median"));
    for function in FUNCTIONS {
        let path = folder.join(function);
        let binary = std::fs::read(&path).map_err(|error| {
            format!(
                "{} cannot be read ({error}); build it with `cargo build --release --workspace`",
                path.display()
            )
        })?;
        let zipped = deflated_bytes(&binary)?;
        let mut starts = (0..=STARTS).map(|_| start(&path)).collect::<Result<Vec<_>, _>>()?;
        let mut timed = starts.split_off(1);
        timed.sort();
        let line = format!(
            "{function:<10} {:>8.2} {:>8.2} {:>9.2} {:>9.2}\n",
            megabytes(binary.len()),
            megabytes(zipped),
            millis(timed[0]),
            millis(timed[STARTS / 2]),
        );
        say(&line);
    }
    Ok(())
}

/// A zip file is its one deflated member and some hundred bytes.
fn deflated_bytes(binary: &[u8]) -> Result<usize, Failure> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(binary)?;
    Ok(encoder.finish()?.len())
}

/// From the start of the process to the first byte of its first poll.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the real time, finer than the clock's")]
fn start(path: &Path) -> Result<Duration, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut command = Command::new(path);
    command.env_clear().envs(ENVIRONMENT).env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut process = command.spawn()?;
    // One that ends without a poll would be waited for until the end of time.
    let awaited = std::thread::spawn(move || first_byte(&listener));
    while !awaited.is_finished() {
        if let Some(status) = process.try_wait()? {
            return Err(format!("{} ended before its first poll: {status}", path.display()).into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let polled_at = awaited.join().map_err(|_| "waiting for the first poll failed")??;
    process.kill()?;
    process.wait()?;
    Ok(polled_at.duration_since(began))
}

/// When the first byte of the first poll came.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the real time, finer than the clock's")]
fn first_byte(listener: &TcpListener) -> std::io::Result<Instant> {
    let (mut connection, _) = listener.accept()?;
    connection.read_exact(&mut [0])?;
    Ok(Instant::now())
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

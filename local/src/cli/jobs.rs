//! `cargo dev jobs …`: submits, shows and changes jobs, of the local stack or of any deployment.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use local::state::State;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{Failure, say};
use remote::Remote;

mod remote;
mod shown;

/// A job that is waited for is read this often.
const READ_EVERY: Duration = Duration::from_millis(500);

/// The deployment to talk to. Without these, the local stack that runs on the same state.
#[derive(Args)]
pub struct Target {
    /// Address of the API: the stack's output ApiUrl.
    #[arg(long, global = true, env = "MILLRACE_URL")]
    url: Option<String>,
    /// An API key of it.
    #[arg(long, global = true, env = "MILLRACE_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: Option<String>,
    /// Prints the JSON that the API returns.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
pub enum Jobs {
    /// Submits a job that sends a request to a URL.
    Submit(Box<Submit>),
    /// Shows a job with its attempts.
    Show { id: String },
    /// Lists jobs, newest first.
    List {
        /// In these states alone, such as dead,paused.
        #[arg(long, value_name = "STATES")]
        states: Option<String>,
        /// With this tag alone.
        #[arg(long)]
        tag: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Cancels a job.
    Cancel { id: String },
    /// Runs a job again that has ended or is paused.
    Retry { id: String },
}

#[derive(Args)]
pub struct Submit {
    /// The URL that the job calls.
    call: String,
    #[arg(long, default_value = "POST")]
    method: String,
    /// Such as 'Authorization: Bearer …'. May be repeated.
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// The body, as text.
    #[arg(long, conflicts_with = "body_file")]
    body: Option<String>,
    /// A file that holds the body, as text; - for standard input.
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// Seconds to wait before the job is run.
    #[arg(long, value_name = "SECONDS", conflicts_with = "at")]
    delay: Option<u32>,
    /// When to run the job, such as 2027-01-15T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How many attempts are made at most.
    #[arg(long)]
    attempts: Option<u32>,
    /// A word to find the job by. May be repeated.
    #[arg(long)]
    tag: Vec<String>,
    /// Names the job: submitting it again under the same key makes no second one.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Waits until the job has ended, and fails unless it succeeded.
    #[arg(long)]
    wait: bool,
}

pub fn run(target: &Target, command: &Jobs, state: &State) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let remote = Remote::open(target.url.as_deref(), target.api_key.as_deref(), state)?;
        let answer = match command {
            Jobs::Submit(submit) => submit.run(&remote).await?,
            Jobs::Show { id } => remote.get(&format!("/v1/jobs/{}", part(id)), &[]).await?,
            Jobs::List { states, tag, limit } => {
                let limit = limit.to_string();
                let states = states.as_deref().map(|states| ("state", states));
                let tag = tag.as_deref().map(|tag| ("tag", tag));
                let query: Vec<_> =
                    states.into_iter().chain(tag).chain([("limit", limit.as_str())]).collect();
                remote.get("/v1/jobs", &query).await?
            }
            Jobs::Cancel { id } => {
                remote.post(&format!("/v1/jobs/{}/cancel", part(id)), &json!({}), None).await?
            }
            Jobs::Retry { id } => {
                remote.post(&format!("/v1/jobs/{}/retry", part(id)), &json!({}), None).await?
            }
        };
        say(&if target.json { format!("{answer:#}\n") } else { shown::shown(&answer) });
        match command {
            Jobs::Submit(submit) if submit.wait && answer["state"] != "succeeded" => {
                Err(format!("the job is {}", answer["state"].as_str().unwrap_or("lost")).into())
            }
            _ => Ok(()),
        }
    })
}

impl Submit {
    async fn run(&self, remote: &Remote) -> Result<Value, Failure> {
        let mut job = remote.post("/v1/jobs", &self.request()?, self.idempotency_key.as_deref()).await?;
        while self.wait && !has_ended(&job) {
            tokio::time::sleep(READ_EVERY).await;
            job = remote.get(job["links"]["self"].as_str().unwrap_or_default(), &[]).await?;
        }
        Ok(job)
    }

    /// The body of the request to the API, which checks it.
    fn request(&self) -> Result<Value, Failure> {
        let mut input = json!({ "url": self.call, "method": self.method });
        let mut headers = Map::new();
        for header in &self.header {
            let (name, value) = header
                .split_once(':')
                .ok_or_else(|| format!("{header:?} is no header: write NAME: VALUE"))?;
            headers.insert(name.trim().to_owned(), value.trim().into());
        }
        if !headers.is_empty() {
            input["headers"] = headers.into();
        }
        if let Some(body) = self.read_body()? {
            input["body"] = body.into();
        }
        let mut request = json!({ "kind": "http", "input": input });
        let fields = [
            ("delay_seconds", self.delay.map(Value::from)),
            ("run_at", self.at.clone().map(Value::from)),
            ("retry", self.attempts.map(|attempts| json!({ "attempts": attempts }))),
            ("tags", (!self.tag.is_empty()).then(|| json!(self.tag))),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                request[name] = value;
            }
        }
        Ok(request)
    }

    fn read_body(&self) -> Result<Option<String>, Failure> {
        let Some(file) = &self.body_file else { return Ok(self.body.clone()) };
        let mut body = String::new();
        if file.as_os_str() == "-" {
            std::io::stdin().read_to_string(&mut body)?;
        } else {
            body = std::fs::read_to_string(file)
                .map_err(|error| format!("reading {}: {error}", file.display()))?;
        }
        Ok(Some(body))
    }
}

fn has_ended(job: &Value) -> bool {
    !["queued", "waiting", "running"].contains(&job["state"].as_str().unwrap_or_default())
}

/// A part of a path, whatever it holds.
fn part(id: &str) -> PercentEncode<'_> {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_');
    utf8_percent_encode(id, ENCODED)
}

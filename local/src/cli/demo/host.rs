//! The stack that the demo talks to: one that runs on the same state, or one of its own.

use std::fs::File;
use std::path::PathBuf;

use local::logs::Logs;
use local::stack::{Options, Ready, Stack};
use local::state::State;
use shared::clock::Clock;

use crate::cli::{Failure, say};

use super::place::Place;
use crate::cli::api::Api;

/// The log level of the demo's own stack; its functions follow the template's LogLevel.
const LOG_DIRECTIVES: &str = "info,s3s=off";

pub struct Host {
    api: Api,
    own: Option<Own>,
}

/// Ends with the demo.
struct Own {
    stack: Stack,
    log: PathBuf,
}

impl Host {
    /// The stack that `dev.json` names if it answers; otherwise one on ports that nobody has to know.
    pub async fn find_or_start(options: &Options, place: &Place) -> Result<Self, Failure> {
        if let Some(api) = running(&options.state).await {
            return Ok(Self { api, own: None });
        }
        let log = place.log();
        let logs = Logs::to_file(place.writable(&log, File::create)?, Clock::system());
        tracing::subscriber::set_global_default(logs.subscriber(LOG_DIRECTIVES))?;
        let stack = Stack::start(&Options { port: 0, ..options.clone() }, logs).await?;
        say("Started a stack for this demo alone; `cargo dev` keeps one up.\n");
        let api = Api::new(&stack.ready.url, &stack.ready.api_key);
        Ok(Self { api, own: Some(Own { stack, log }) })
    }

    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Stops the demo's own stack, and says where its log is unless all went well.
    pub async fn release(self, all_went_well: bool) {
        let Some(Own { stack, log }) = self.own else {
            return;
        };
        drop(self.api);
        stack.stop().await;
        if !all_went_well {
            eprintln!("The log of the demo's stack: {}", log.display());
        }
    }
}

async fn running(state: &State) -> Option<Api> {
    let State::Folder(folder) = state else {
        return None;
    };
    let ready = Ready::read(folder)?;
    let api = Api::new(&ready.url, &ready.api_key);
    api.answers().await.then_some(api)
}

//! `cargo dev`: the local stack on the command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use local::stack::Options;
use local::state::State;

mod cli;

#[derive(Parser)]
#[command(
    name = "millrace",
    bin_name = "cargo dev",
    version,
    about = "Runs all of template.yaml on this machine"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Port of the API; the emulated AWS listens on the next. 0 picks both.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Lets calls to the world go to 127.0.0.0/8 and ::1 too, so that they can reach servers on this machine.
    #[arg(long)]
    allow_loopback: bool,
    /// Executions that all functions together may have at once, as an AWS account has them (a new one has 10); more are
    /// refused.
    #[arg(long, value_name = "N")]
    account_concurrency: Option<std::num::NonZeroUsize>,
    /// Folder that keeps the state, or `memory`.
    #[arg(long, global = true, default_value = cli::STATE_FOLDER, value_name = "FOLDER")]
    state: String,
    /// The template to run.
    #[arg(long, global = true, default_value = "template.yaml", value_name = "FILE")]
    template: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Measures whether the stack slows down with what it stores: fills a fresh one, and prints times and counts.
    Bench {
        /// Uploads at which it measures, the least first.
        #[arg(default_values_t = [10, 1000, 10_000])]
        uploads: Vec<usize>,
    },
    /// Uploads a photo and saves its derivatives; without a file, a picture that it makes.
    ///
    /// Uses the stack that runs on the same state; without one, starts one for as long as it takes.
    Demo {
        /// JPEG, PNG, WebP, GIF, HEIC, TIFF or BMP.
        photo: Option<PathBuf>,
    },
    /// Writes the parts of the documentation that are made from the code: run it in the project's folder.
    Docs,
    /// Submits, shows and changes jobs, of the local stack or of any deployment.
    Jobs {
        #[command(flatten)]
        target: cli::jobs::Target,
        #[command(subcommand)]
        command: cli::jobs::Jobs,
    },
    /// Makes an API key for a deployed stack, and the command that stores its hash.
    Key {
        /// Whom the key lets in: a-z, 0-9 and -.
        tenant: String,
        /// The deployed table; left out, the command asks CloudFormation for that of the stack `millrace`.
        #[arg(long, value_name = "NAME")]
        table_name: Option<String>,
    },
    /// Size and start of each function's own binary, built by `cargo build --release --workspace` beforehand.
    Measure {
        #[arg(default_value = "target/release")]
        folder: PathBuf,
    },
    /// Breaks a copy of the product on purpose, one change at a time: a named test must notice each. A minute or two each.
    Mutants {
        /// Changes to try; without one, all.
        names: Vec<String>,
    },
    /// Counts what an upload costs, call by call, and what a million would cost on AWS.
    Units,
    /// Serves one function's events: how the stack starts its functions.
    #[command(hide = true)]
    Function { name: String },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        Some(Command::Function { name }) => cli::function::run(name),
        Some(Command::Bench { uploads }) => cli::bench::run(&arguments.options(), uploads),
        Some(Command::Demo { photo }) => cli::demo::run(&arguments.options(), photo.as_deref()),
        Some(Command::Docs) => cli::docs::run(Path::new(".")),
        Some(Command::Jobs { target, command }) => {
            cli::jobs::run(target, command, &arguments.options().state)
        }
        Some(Command::Key { tenant, table_name }) => cli::key::run(tenant, table_name.as_deref()),
        Some(Command::Measure { folder }) => cli::measure::run(folder),
        Some(Command::Mutants { names }) => cli::mutants::run(names),
        Some(Command::Units) => cli::units::run(&arguments.options()),
        None => cli::up::run(&arguments.options()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    fn options(&self) -> Options {
        let state = match self.state.as_str() {
            "memory" => State::Memory,
            folder => State::Folder(PathBuf::from(folder)),
        };
        Options {
            template: self.template.clone(),
            port: self.port,
            state,
            allow_loopback: self.allow_loopback,
            account_concurrency: self.account_concurrency.map(std::num::NonZeroUsize::get),
            program: None,
        }
    }
}

//! The executable that runs the functions, and the environment in which Lambda starts it.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use super::FunctionSettings;

/// Started once for each environment, with the function's name as one more argument.
#[derive(Clone, Debug)]
pub struct Program {
    pub path: PathBuf,
    pub arguments: Vec<String>,
}

impl Program {
    /// This executable, as `<executable> function <name>`: one build makes the stack and all functions.
    pub fn this_executable() -> io::Result<Self> {
        Ok(Self { path: std::env::current_exe()?, arguments: vec!["function".to_owned()] })
    }

    /// Returns what starts one environment of a function. `runtime_api_authority` is `host:port`.
    ///
    /// Sets the variables that AWS documents for an OS-only runtime; nothing of the stack's own environment is passed
    /// on. The process leads a group of its own, so that Ctrl-C at the terminal reaches the stack alone.
    pub fn command(
        &self,
        runtime_api_authority: &str,
        settings: &FunctionSettings,
        environment_id: &str,
    ) -> Command {
        let name = settings.name.as_str();
        let region = settings.region();
        // The scheme, which AWS leaves out, is what lets the Rust runtime take an address with a path.
        let runtime_api = format!("http://{}/lambda/{name}/{environment_id}", runtime_api_authority);
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .arg(name)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", settings.memory_mb.to_string())
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", format!("[$LATEST]{environment_id}"))
            .env("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023")
            .env("AWS_REGION", region)
            .env("AWS_DEFAULT_REGION", region)
            .env("_HANDLER", "bootstrap")
            .env("LANG", "en_US.UTF-8")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin")
            .env("TZ", ":UTC")
            .envs(&settings.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

//! `function <name>`: what the stack starts in a process of its own.

use local::lambda::environment::confine;

use super::Failure;

pub fn run(name: &str) -> Result<(), Failure> {
    confine(memory_mb())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(local::functions::serve(name))
}

/// Returns the template's memory for the function, as Lambda tells its process; a process started by hand gets plenty.
#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's own variable, which is no part of the functions' configuration"
)]
fn memory_mb() -> u32 {
    const PLENTY_MB: u32 = 1024;
    let told = std::env::var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    told.ok().and_then(|told| told.parse().ok()).unwrap_or(PLENTY_MB)
}

//! The limits that a function's process sets for itself.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Lambda counts pages in use, the limit counts pages that could be: this much more for stacks and heap reserves.
const HEADROOM_MB: u64 = 128;

/// Confines the calling process to `memory_mb` and ties its life to that of its parent.
///
/// A function's process calls it first of all. Afterwards an allocation beyond the limit fails, which aborts a Rust
/// program; a crash dumps no core; and, on Linux, the process is killed when the stack is, even by `kill -9`.
pub fn confine(memory_mb: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    limit(Resource::Core, 0)?;
    limit(Resource::Data, (u64::from(memory_mb) + HEADROOM_MB) * 1024 * 1024)
}

fn limit(resource: Resource, maximum: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(maximum), maximum: Some(maximum) })?)
}

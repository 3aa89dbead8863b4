//! The node's program, and what its process costs.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use capos_testkit::Node;

use crate::machine;

/// Where the program is looked for before it is looked for beside this one.
const PROGRAM: &str = "CAPOS_BIN";

/// The node's program, if it has been built.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os(PROGRAM) {
        return Ok(path.into());
    }
    let beside = std::env::current_exe()?.with_file_name("capos");
    ensure!(beside.exists(), "no `capos` was built beside this program, and {PROGRAM} names none");
    Ok(beside)
}

/// Memory, shared pages divided by their sharers; in KiB.
pub(crate) fn memory(node: &Node) -> anyhow::Result<f64> {
    Ok(machine::memory_of(node.pid())? as f64 / 1024.0)
}

/// Processor time used so far.
pub(crate) fn cpu(node: &Node) -> anyhow::Result<Duration> {
    machine::cpu_of(&node.pid().to_string())
}

//! The service as a program of its own, for tests: what keeps trees of processes, and the service outside of a node.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    capos_sandbox::run_if_helper();
    capos_shell::run()
}

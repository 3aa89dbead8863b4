//! The one binary: the node, the client and administration.
//!
//! Every subcommand is a file in `commands/` (or `up/`, `config/` for the node itself), which takes parsed arguments
//! and an [`Output`](output::Output), and gives what the process ends with. What goes wrong is a
//! [`Failure`](failure::Failure): one sentence, what to do, and an exit code.
//!
//! Start with `args.rs` for the grammar, `commands.rs` for the dispatch and `remote.rs` for what a command runs
//! against: a session that a background process holds (`held.rs`), or one of its own.
//!
//! **Invariants:** nothing is printed but by `output`, which lets no control character of anybody's through, and by
//! `terminal`, which filters what a program elsewhere writes to a terminal; nothing is on standard output but the answer;
//! no secret comes from an argument or the environment.
#![forbid(unsafe_code)]

mod args;
mod bundled;
mod commands;
mod config;
mod failure;
mod held;
mod input;
mod limits;
mod logs;
mod metrics;
mod offline;
mod output;
mod prompt;
mod remote;
mod sign_in;
mod terminal;
mod up;

/// Code generated from `held.capnp` by `cargo xtask codegen`.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    dead_code,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used
)]
mod generated {
    pub(crate) use capos_schema::session_capnp;
    pub(crate) mod held_capnp {
        include!("generated/held_capnp.rs");
    }
}

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: the helper that starts confined processes, and the services among those, are this program.
    capos_sandbox::run_if_helper();
    if let Some(exit) = bundled::run_if_service(std::env::args_os()) {
        return exit;
    }
    let (cli, output) = match args::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(exit) => return exit.into(),
    };
    match commands::run(cli, &output) {
        Ok(exit) => exit.into(),
        Err(failure) => output.failure(&failure).into(),
    }
}

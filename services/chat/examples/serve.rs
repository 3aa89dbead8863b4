//! The chat by itself, as the runner starts it: for trying out by hand, and for programs that play the node.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    capos_chat::run()
}

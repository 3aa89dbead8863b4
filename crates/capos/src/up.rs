//! `capos up`: the node.

use crate::args::up::Up;
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// Starts a node and runs it to its end.
pub(crate) fn run(_arguments: Up, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::failed("this build has no node"))
}

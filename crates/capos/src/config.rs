//! `capos config`: a node's configuration.

use crate::args::config::Config;
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// Checks or shows the configuration.
pub(crate) fn run(_arguments: Config, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::failed("this build has no node"))
}

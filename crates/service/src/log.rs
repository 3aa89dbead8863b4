//! A service's log: plain lines to stderr, which the node reads, dates and keeps.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Says how much is logged, in the form of `tracing`: `debug`, `info,capos_rpc=debug`.
const VARIABLE: &str = "CAPOS_LOG";

/// A program that logs in a way of its own keeps it.
pub(crate) fn start() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).with_env_var(VARIABLE);
    let lines =
        tracing_subscriber::fmt().with_writer(std::io::stderr).without_time().with_ansi(false).with_target(false);
    let _ = lines.with_env_filter(filter.from_env_lossy()).try_init();
}

//! `cargo xtask bench`: how fast we are beside the plain peers.

use crate::{Verb, run, setup};

pub(crate) const VERB: Verb = Verb {
    name: "bench",
    arguments: "[--json] [--quick] [--row NAME] [--rounds N]",
    summary: "Build the benchmark and the node in release mode, and measure every row against every contender, side by side.",
    run: run_verb,
};

fn run_verb(arguments: &[String]) -> anyhow::Result<()> {
    if let Err(missing) = setup::ensure_packages(setup::SSHD) {
        eprintln!("{missing:#}; the rows that are set against ssh will say that they were skipped");
    }
    run::show(run::cargo().args(["build", "--release", "--package", "capos-bench", "--package", "capos"]))?;
    run::show(std::process::Command::new(run::target().join("release/capos-bench")).arg("measure").args(arguments))
}

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
    run::show(run::cargo().args(["build", "--release", "--package", "capnweb", "--example", "target"]))?;
    let mut bench = std::process::Command::new(run::target().join("release/capos-bench"));
    match setup::node_modules() {
        Ok(modules) => drop(bench.env("CAPOS_NODE_MODULES", modules)),
        Err(missing) => eprintln!("{missing:#}; the rows that are set against Node will say that they were skipped"),
    }
    run::show(bench.arg("measure").args(arguments))
}

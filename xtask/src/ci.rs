//! `cargo xtask ci`: what the build machine runs, and a person before a push.

use std::time::Instant;

use anyhow::Context;

use crate::{Verb, codegen, limits, run, test, tidy};

pub(crate) const VERB: Verb = Verb {
    name: "ci",
    arguments: "",
    summary: "Run every check: format, tidy, generated code and pages, lints, documentation, then all tests.",
    run: run_verb,
};

type Step = (&'static str, fn() -> anyhow::Result<()>);

/// Cheapest first, so that a slip is told early; the tests last, so that their closing lines are.
const STEPS: &[Step] = &[
    ("format", format),
    ("tidy", || (tidy::VERB.run)(&[])),
    ("codegen --check", || codegen::run(true)),
    ("limits --check", || limits::run(true)),
    ("clippy", clippy),
    ("documentation", documentation),
    ("test", || (test::VERB.run)(&[])),
];

fn run_verb(_: &[String]) -> anyhow::Result<()> {
    let mut timings = Vec::new();
    for (name, step) in STEPS {
        eprintln!("== {name}");
        let start = Instant::now();
        step().context(*name)?;
        timings.push(format!("{name} {} s", start.elapsed().as_secs()));
    }
    eprintln!("== all well: {}", timings.join(", "));
    Ok(())
}

fn format() -> anyhow::Result<()> {
    run::show(run::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> anyhow::Result<()> {
    run::show(
        run::cargo().args(["clippy", "--workspace", "--all-targets", "--locked"]).args(["--", "--deny", "warnings"]),
    )
}

fn documentation() -> anyhow::Result<()> {
    run::show(
        run::cargo()
            .args(["doc", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}

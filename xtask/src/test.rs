//! `cargo xtask test`: every test, with what the tests need set up first.

use crate::{Verb, run, setup};

pub(crate) const VERB: Verb = Verb {
    name: "test",
    arguments: "[FILTER…] [-- TEST-OPTIONS…]",
    summary: "Run every test, end-to-end ones included; sets up what they need. What follows is handed to `cargo test`.",
    run: run_verb,
};

fn run_verb(arguments: &[String]) -> anyhow::Result<()> {
    let python = setup::python()?;
    run::show(
        run::cargo()
            .args(["test", "--workspace"])
            .args(arguments)
            .env("CAPOS_E2E_PYTHON", python),
    )
}

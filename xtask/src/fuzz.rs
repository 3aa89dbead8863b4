//! `cargo xtask fuzz`: feeds each fuzz target for a while.

use anyhow::{Context, bail};

use crate::run::Capture as _;
use crate::{Verb, run, setup};

pub(crate) const VERB: Verb = Verb {
    name: "fuzz",
    arguments: "[TARGET] [--seconds N]",
    summary: "Fuzz one target, or each in turn, for N seconds (60 unless told).",
    run: run_verb,
};

fn run_verb(arguments: &[String]) -> anyhow::Result<()> {
    let plan = Plan::parse(arguments)?;
    setup::ensure_packages(setup::FUZZER)?;
    install_cargo_fuzz()?;
    let targets = match plan.target {
        Some(target) => vec![target],
        None => all_targets()?,
    };
    for target in targets {
        fuzz(&target, plan.seconds)?;
    }
    Ok(())
}

fn fuzz(target: &str, seconds: u32) -> anyhow::Result<()> {
    // What is found goes into the first folder; the committed inputs are only read.
    let found = run::target().join("fuzz-corpus").join(target);
    std::fs::create_dir_all(&found)?;
    let committed = run::root().join("fuzz/corpus").join(target);
    run::show(
        cargo_fuzz().args(["run", target]).args([found, committed].iter().filter(|folder| folder.exists())).args([
            "--",
            &format!("-max_total_time={seconds}"),
            "-timeout=10",
        ]),
    )
}

struct Plan {
    target: Option<String>,
    seconds: u32,
}

impl Plan {
    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut plan = Self { target: None, seconds: 60 };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seconds" => {
                    let value = arguments.next().context("--seconds wants a number")?;
                    plan.seconds = value.parse().context("--seconds wants a number")?;
                }
                option if option.starts_with('-') => bail!("no option {option}"),
                target => plan.target = Some(target.to_owned()),
            }
        }
        Ok(plan)
    }
}

fn cargo_fuzz() -> std::process::Command {
    let mut command = run::cargo();
    // The sanitizer flags are unstable; this switch lets the pinned stable compiler take them.
    command.arg("fuzz").env("RUSTC_BOOTSTRAP", "1");
    command
}

fn install_cargo_fuzz() -> anyhow::Result<()> {
    if run::cargo().args(["fuzz", "--version"]).capture().is_ok() {
        return Ok(());
    }
    run::show(run::cargo().args(["install", "--locked", "cargo-fuzz"]))
}

fn all_targets() -> anyhow::Result<Vec<String>> {
    let listed = cargo_fuzz().arg("list").capture()?;
    Ok(listed.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> anyhow::Result<Plan> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Plan::parse(&words)
    }

    #[test]
    fn a_target_and_a_time_are_taken() {
        let plan = parse("frames --seconds 5").unwrap();
        assert_eq!((plan.target.as_deref(), plan.seconds), (Some("frames"), 5));
    }

    #[test]
    fn unknown_options_are_refused() {
        assert!(parse("--second 5").is_err());
        assert!(parse("--seconds").is_err());
    }
}

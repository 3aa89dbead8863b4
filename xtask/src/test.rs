//! `cargo xtask test`: every test, with what the tests need set up first.

use std::path::PathBuf;

use crate::orphans::Orphans;
use crate::{Verb, run, setup};

pub(crate) const VERB: Verb = Verb {
    name: "test",
    arguments: "[FILTER…] [-- TEST-OPTIONS…]",
    summary: "Run every test, end-to-end ones included; sets up what they need. What follows is handed to `cargo test`.",
    run: run_verb,
};

/// Holds a node to its times under attack, which code without optimisation does not keep.
const OPTIMISED: &str = "capos-hostile";

/// Packages whose tests start the program.
const WITH_A_NODE: [&str; 2] = ["capos-e2e", OPTIMISED];

fn run_verb(arguments: &[String]) -> anyhow::Result<()> {
    setup::ensure_packages(setup::SSH)?;
    let python = setup::python()?;
    let node_modules = setup::node_modules()?;
    let browser_modules = setup::browser_modules()?;
    let orphans = Orphans::watch()?;
    let test = |selection: &[&str]| {
        let all: Vec<&str> = selection.iter().copied().chain(arguments.iter().map(String::as_str)).collect();
        let mut command = run::cargo();
        command.arg("test").env("CAPOS_E2E_PYTHON", &python).env("CAPOS_NODE_MODULES", &node_modules);
        command.env("CAPOS_BROWSER_MODULES", &browser_modules);
        if needs_a_node(&all) {
            command.env("CAPOS_BIN", build_node(is_optimised(&all))?);
        }
        run::show(command.args(all))
    };
    let outcome = if chooses_packages(arguments) {
        test(&[])
    } else {
        test(&["--workspace", "--exclude", OPTIMISED]).and_then(|()| test(&["--release", "--package", OPTIMISED]))
    };
    // A failure of the tests comes first: what it left behind may be its own.
    outcome.and(orphans.none_left())
}

/// Builds the program, and gives its path.
fn build_node(optimised: bool) -> anyhow::Result<PathBuf> {
    let profile: &[&str] = if optimised { &["--release"] } else { &[] };
    run::show(run::cargo().args(["build", "--package", "capos"]).args(profile))?;
    Ok(run::target().join(if optimised { "release" } else { "debug" }).join("capos"))
}

fn needs_a_node(arguments: &[&str]) -> bool {
    of_cargo(arguments)
        .any(|argument| argument == "--workspace" || WITH_A_NODE.iter().any(|name| argument.ends_with(name)))
}

fn is_optimised(arguments: &[&str]) -> bool {
    of_cargo(arguments).any(|argument| argument == "--release")
}

/// Those before the tests' own.
fn of_cargo<'a>(arguments: &[&'a str]) -> impl Iterator<Item = &'a str> {
    arguments.iter().copied().take_while(|argument| *argument != "--")
}

fn chooses_packages(arguments: &[String]) -> bool {
    let ours = arguments.iter().take_while(|argument| *argument != "--");
    ours.into_iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chooses(line: &str) -> bool {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        chooses_packages(&words)
    }

    #[test]
    fn the_program_is_built_for_the_tests_that_start_it() {
        assert!(needs_a_node(&["--workspace", "--exclude", "capos-hostile"]));
        assert!(needs_a_node(&["-p", "capos-e2e", "foreign"]));
        assert!(needs_a_node(&["--release", "--package=capos-hostile"]));
        assert!(!needs_a_node(&["-p", "capos-rpc", "--", "capos-e2e"]));
        assert!(is_optimised(&["--release", "-p", "capos-hostile"]));
        assert!(!is_optimised(&["-p", "capos-hostile", "--", "--release"]));
    }

    #[test]
    fn packages_are_all_of_them_unless_chosen() {
        assert!(!chooses("some_filter"));
        assert!(chooses("-p capos-rpc"));
        assert!(chooses("--package=capos-rpc"));
        assert!(!chooses("-- -p"));
    }
}

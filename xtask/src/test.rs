//! `cargo xtask test`: every test, with what the tests need set up first.

use crate::{Verb, run, setup};

pub(crate) const VERB: Verb = Verb {
    name: "test",
    arguments: "[FILTER…] [-- TEST-OPTIONS…]",
    summary: "Run every test, end-to-end ones included; sets up what they need. What follows is handed to `cargo test`.",
    run: run_verb,
};

/// Holds a node to its times under attack, which code without optimisation does not keep.
const OPTIMISED: &str = "capos-hostile";

fn run_verb(arguments: &[String]) -> anyhow::Result<()> {
    setup::ensure_packages(setup::SSH)?;
    let python = setup::python()?;
    let test = |selection: &[&str]| {
        let mut command = run::cargo();
        command.arg("test").env("CAPOS_E2E_PYTHON", &python).args(selection);
        run::show(command.args(arguments))
    };
    if chooses_packages(arguments) {
        return test(&[]);
    }
    test(&["--workspace", "--exclude", OPTIMISED])?;
    test(&["--release", "--package", OPTIMISED])
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
    fn packages_are_all_of_them_unless_chosen() {
        assert!(!chooses("some_filter"));
        assert!(chooses("-p capos-rpc"));
        assert!(chooses("--package=capos-rpc"));
        assert!(!chooses("-- -p"));
    }
}

//! The project's chores, one file a verb.
//!
//! Start with [`VERBS`]; a verb finds tools and Debian packages through [`setup`] and runs programs through [`run`].
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the person who runs it")]

mod bench;
mod ci;
mod codegen;
mod fuzz;
mod limits;
mod orphans;
mod run;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

/// One word after `cargo xtask`.
struct Verb {
    name: &'static str,
    /// What may follow the word.
    arguments: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const VERBS: &[Verb] = &[ci::VERB, test::VERB, tidy::VERB, codegen::VERB, limits::VERB, bench::VERB, fuzz::VERB];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((word, rest)) = arguments.split_first() else {
        print!("{}", help());
        return ExitCode::SUCCESS;
    };
    if matches!(word.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == word) else {
        eprint!("xtask: no verb `{word}`\n\n{}", help());
        return ExitCode::from(2);
    };
    if rest.iter().any(|argument| argument == "--help") {
        println!("cargo xtask {} {}\n\n{}", verb.name, verb.arguments, verb.summary);
        return ExitCode::SUCCESS;
    }
    match (verb.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {word}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text = String::from("usage: cargo xtask VERB\n\n");
    for verb in VERBS {
        let usage = format!("{} {}", verb.name, verb.arguments);
        text += &format!("  {}\n      {}\n", usage.trim_end(), verb.summary);
    }
    text
}

//! Typed lines: words become arguments by what the menu says a command takes.

use capos_service::commands::{Arguments, Command, Fault, Kind, MenuLimits, Mismatch, Parameter, Value};

use super::{act, menu, only_looks, usage};
use crate::game::Game;

/// What a line came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    /// Whether the player asked to stop.
    pub(crate) exit: bool,
    /// Whether the game is another now than time alone would have made it.
    pub(crate) acted: bool,
}

/// Words of a line that belong to the conversation, not to the game.
pub(crate) const SPOKEN: &[(&str, &str)] =
    &[("help", "Tell what can be typed now."), ("leave", "Stop for now. What is automatic goes on.")];

/// Does what a line says. What it does not understand or allow it explains, and never repeats.
pub(crate) fn obey(game: &mut Game, line: &str) -> Reply {
    let mut words = line.split_whitespace();
    match words.next() {
        None | Some("help") => say(help(game)),
        Some("leave") => Reply { text: "The wire waits.".to_owned(), exit: true, acted: false },
        Some(name) => command(game, name, words.collect()),
    }
}

fn say(text: String) -> Reply {
    Reply { text, exit: false, acted: false }
}

fn command(game: &mut Game, name: &str, words: Vec<&str>) -> Reply {
    let limits = MenuLimits::default();
    let menu = menu(game).bounded(&limits);
    let Some(command) = menu.command(name) else {
        return say("There is no such command now; help tells which there are.".to_owned());
    };
    if let Some(reason) = &command.refusal {
        return say(reason.clone());
    }
    let Some(given) = read(command, &words) else {
        return say(format!("That is more than the command takes. It is written: {}", usage(command)));
    };
    match Arguments::parse(command, given, &limits) {
        Ok(arguments) => {
            let outcome = act(game, name, &arguments);
            Reply { acted: outcome.done && !only_looks(name), ..say(outcome.text) }
        }
        Err(fault) => say(explain(command, &fault)),
    }
}

/// Each word is the next parameter's; nothing where there are more words than parameters.
fn read(command: &Command, words: &[&str]) -> Option<Vec<(String, Value)>> {
    let pairs = command.parameters.iter().zip(words);
    let given = pairs.map(|(parameter, word)| (parameter.name.clone(), value(&parameter.kind, word)));
    (words.len() <= command.parameters.len()).then(|| given.collect())
}

/// A word as a value of that kind where it can be one. Where it cannot it stays a text, which does not fit.
fn value(kind: &Kind, word: &str) -> Value {
    let text = || Value::Text(word.to_owned());
    match (kind, word) {
        (Kind::Integer { max, .. }, "max") => Value::Integer(*max),
        (Kind::Integer { .. }, _) => word.parse().map_or_else(|_| text(), Value::Integer),
        (Kind::Boolean, "yes" | "on" | "true") => Value::Boolean(true),
        (Kind::Boolean, "no" | "off" | "false") => Value::Boolean(false),
        _ => text(),
    }
}

fn explain(command: &Command, fault: &Fault) -> String {
    let range = |parameter: &Parameter| match &parameter.kind {
        Kind::Integer { min, max } => format!("\n{} is from {min} to {max} right now.", parameter.name),
        Kind::Choice(choices) => {
            let values: Vec<_> = choices.iter().map(|choice| &*choice.value).collect();
            format!("\n{} is one of: {}.", parameter.name, values.join(", "))
        }
        _ => String::new(),
    };
    let known = match fault {
        Fault::Wrong(name, Mismatch::Range | Mismatch::NoChoice | Mismatch::Type) | Fault::Missing(name) => {
            command.parameter(name).map(range)
        }
        _ => None,
    };
    format!("It is written: {}{}", usage(command), known.unwrap_or_default())
}

fn help(game: &Game) -> String {
    let menu = menu(game);
    let width = menu.commands.iter().map(|command| usage(command).len()).max().unwrap_or_default();
    let lines = menu.commands.iter().map(|command| (usage(command), &*command.summary));
    let spoken = SPOKEN.iter().map(|(name, summary)| ((*name).to_owned(), *summary));
    lines.chain(spoken).map(|(usage, summary)| format!("{usage:width$}  {summary}\n")).collect::<String>() + NOTE
}

/// What is worth knowing beside the commands.
pub(crate) const NOTE: &str = "Where a number is taken, max is as much as is possible.";

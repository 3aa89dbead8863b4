//! The same player's commands in lines, on the player's terminal.

use std::rc::Rc;

use capnp::Error;
use capos_schema::console_capnp::console;
use capos_service::commands::{self, Menu};
use capos_service::console::{Console, Next, Terminal, serve};

use super::menu;
use super::seat::Seat;
use super::surface::Surface;
use crate::command::{Command, NoCommand};

const PROMPT: &str = "> ";
const FAREWELL: &str = "The hour waits for you.";
/// Words that a person would try, and the command that is meant.
const OTHER_WORDS: [(&str, &str); 9] = [
    ("l", "look"),
    ("i", "inventory"),
    ("inv", "inventory"),
    ("x", "inspect"),
    ("examine", "inspect"),
    ("get", "take"),
    ("walk", "go"),
    ("talk", "ask"),
    ("hit", "attack"),
];
/// Ways that are gone without a word before them.
const WAYS: [(&str, &str); 14] = [
    ("n", "north"),
    ("s", "south"),
    ("e", "east"),
    ("w", "west"),
    ("u", "up"),
    ("d", "down"),
    ("north", "north"),
    ("south", "south"),
    ("east", "east"),
    ("west", "west"),
    ("up", "up"),
    ("down", "down"),
    ("in", "in"),
    ("out", "out"),
];

/// `Console` for one session.
struct Talk(Surface);

pub(super) fn open(seat: Rc<Seat>) -> Result<console::Client, Error> {
    Ok(serve(Rc::new(Talk(Surface::new(seat)?))))
}

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Nothing,
    Help,
    Quit,
    Act(Command),
    Wrong(&'static str, NoCommand),
    Unknown,
}

impl Console for Talk {
    async fn run(&self, terminal: Terminal, _: Vec<String>) -> Result<i32, Error> {
        self.0.seat().admit()?;
        // Whoever left comes back by sitting down again.
        let begin = if self.0.is_away() { Command::Resume } else { Command::Look };
        let opening = self.0.carry_out(&begin).await.text;
        terminal.line(&format!("{opening}\n\nType help to see what can be done, and quit to stop.")).await?;
        let talk = terminal.each_line(PROMPT, async |line| {
            let (text, next) = self.obey(line).await?;
            if !text.is_empty() {
                terminal.line(&text).await?;
            }
            Ok(next)
        });
        talk.await?;
        Ok(0)
    }
}

impl Talk {
    async fn obey(&self, line: &str) -> Result<(String, Next), Error> {
        self.0.seat().admit()?;
        let text = match parse_line(line) {
            Line::Nothing => String::new(),
            Line::Quit => return Ok((FAREWELL.to_owned(), Next::End)),
            Line::Help => help(&commands::Commands::menu(&self.0)),
            Line::Act(command) => self.0.carry_out(&command).await.text,
            Line::Unknown => "There is no such thing to do; help tells what there is.".to_owned(),
            Line::Wrong(name, NoCommand::Word) => {
                format!("There is no such word. Names are 1 to 32 of a-z, 0-9 and hyphens. It is: {}", usage(name))
            }
            Line::Wrong(name, _) => format!("It is: {}", usage(name)),
        };
        Ok((text, Next::GoOn))
    }
}

/// Reads a line. What a command takes last may have several words; `to`, `with` and `the` are for people alone.
fn parse_line(line: &str) -> Line {
    let mut words =
        line.split_ascii_whitespace().filter(|word| !matches!(*word, "the" | "a" | "to" | "with" | "about"));
    let Some(first) = words.next().map(str::to_ascii_lowercase) else { return Line::Nothing };
    let words: Vec<&str> = words.collect();
    if let Some((_, way)) = WAYS.iter().find(|(word, _)| words.is_empty() && *word == first) {
        return command("go", &[way]);
    }
    let meant = OTHER_WORDS.iter().find(|(word, _)| *word == first).map_or(&*first, |(_, meant)| meant);
    match (meant, &words[..]) {
        ("help" | "?", _) => Line::Help,
        ("quit" | "exit" | "bye", _) => Line::Quit,
        (meant, words) => match menu::named(meant) {
            Some(name) => command(name, words),
            None => Line::Unknown,
        },
    }
}

fn command(name: &'static str, words: &[&str]) -> Line {
    let takes = menu::parameters(name).len();
    let mut given: Vec<String> = words.iter().take(takes).map(|&word| word.to_owned()).collect();
    // Several words for the last thing that is taken are one name.
    let rest = words.get(takes..).unwrap_or_default();
    match given.last_mut() {
        Some(last) => rest.iter().for_each(|word| *last = format!("{last} {word}")),
        None if !rest.is_empty() => return Line::Wrong(name, NoCommand::Words),
        None => {}
    }
    // What may be left out is left empty; what may not is missed by the command itself.
    let missing = menu::optional(name).min(takes.saturating_sub(given.len()));
    given.extend(std::iter::repeat_n(String::new(), missing));
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    match Command::parse(name, &given) {
        Ok(command) => Line::Act(command),
        Err(fault) => Line::Wrong(name, fault),
    }
}

fn usage(name: &str) -> String {
    let optional = menu::parameters(name).len().saturating_sub(menu::optional(name));
    let words = menu::parameters(name).iter().enumerate().map(|(index, word)| {
        let word = word.to_uppercase();
        if index < optional { format!(" {word}") } else { format!(" [{word}]") }
    });
    words.fold(name.to_owned(), |line, word| line + &word)
}

/// What can be done here, in groups.
fn help(menu: &Menu) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut group = "";
    for command in menu.commands.iter().filter(|command| command.refusal.is_none()) {
        if command.group != group {
            group = &command.group;
            lines.push(group.to_owned());
        }
        lines.push(format!("  {}  {}", usage(&command.name), command.summary));
    }
    lines.push("A way alone is gone: north, or n. What you type last may have several words.".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(name: &str, words: &[&str]) -> Line {
        Line::Act(Command::parse(name, words).unwrap())
    }

    #[test]
    fn lines_are_read_as_people_write_them() {
        for (line, expected) in [
            ("look", act("look", &[])),
            ("  L ", act("look", &[])),
            ("n", act("go", &["north"])),
            ("go north", act("go", &["north"])),
            ("take the Brass Key", act("take", &["brass-key"])),
            ("give key to old warden", act("give", &["key", "old-warden"])),
            ("attack rat", act("attack", &["rat", ""])),
            ("attack rat head", act("attack", &["rat", "head"])),
            ("partycreate lamp", act("partyCreate", &["lamp"])),
            ("help", Line::Help),
            ("quit", Line::Quit),
            ("", Line::Nothing),
            ("dance", Line::Unknown),
            ("look north", Line::Wrong("look", NoCommand::Words)),
            ("take", Line::Wrong("take", NoCommand::Words)),
            ("take ö", Line::Wrong("take", NoCommand::Word)),
        ] {
            assert_eq!(parse_line(line), expected, "{line:?}");
        }
    }

    #[test]
    fn every_command_of_the_menu_can_be_typed() {
        for name in menu::names() {
            let words = vec!["word"; menu::parameters(name).len()];
            let line = format!("{name} {}", words.join(" "));
            assert!(matches!(parse_line(&line), Line::Act(_)), "{line}");
        }
        assert_eq!(usage("attack"), "attack MOB [ZONE]");
    }
}

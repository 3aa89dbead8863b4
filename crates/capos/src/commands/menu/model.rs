//! A menu as plain data, and as text.

use capos_schema::commands_capnp::{command_choice, command_menu, command_outcome, command_parameter, command_spec};
use serde::Serialize;

use crate::failure::Failure;
use crate::remote::text;

/// Choices that are shown of one parameter; a program sees all.
const SHOWN_CHOICES: usize = 12;

/// What can be done right now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Menu {
    title: String,
    status: String,
    revision: u64,
    pub(super) commands: Vec<Command>,
}

/// One command.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Command {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) summary: String,
    pub(super) group: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) available: bool,
    pub(super) reason: String,
}

/// What it takes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) summary: String,
    pub(super) optional: bool,
    #[serde(flatten)]
    pub(super) kind: Kind,
}

/// What values it can have.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(super) enum Kind {
    #[serde(rename_all = "camelCase")]
    Text {
        max_bytes: u32,
    },
    Integer {
        min: i64,
        max: i64,
    },
    Boolean,
    Choice {
        choices: Vec<Choice>,
    },
    Suggestion {
        choices: Vec<Choice>,
    },
    /// One that a later node may know; it is given as text.
    Unknown,
}

/// One of the values that it can have.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

/// What came of a command.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) done: bool,
    pub(super) text: String,
    menu: Option<Menu>,
}

impl Menu {
    pub(super) fn read(from: command_menu::Reader<'_>) -> Result<Self, Failure> {
        Ok(Self {
            title: text(from.get_title())?,
            status: text(from.get_status())?,
            revision: from.get_revision(),
            commands: from.get_commands()?.iter().map(command).collect::<Result<_, _>>()?,
        })
    }

    /// The groups, each once, in their order.
    pub(super) fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> = Vec::new();
        for command in &self.commands {
            if !groups.contains(&command.group) {
                groups.push(command.group.clone());
            }
        }
        groups
    }

    /// The command of that name.
    pub(super) fn command(&self, name: &str) -> Result<&Command, Failure> {
        let found = self.commands.iter().find(|command| command.name == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self.commands.iter().map(|command| &*command.name).collect();
            let there = format!("There are: {}.", names.join(", "));
            Failure::usage(format!("there is no command `{name}` at this moment")).advise(there)
        })
    }

    /// The whole menu for a person; `cap` is what its commands are given to.
    pub(super) fn shown(&self, cap: &str) -> String {
        let mut out = format!("{}\n", self.title);
        self.status.lines().for_each(|line| out.push_str(&format!("{line}\n")));
        let possible = |command: &&Command| command.available;
        let calls = self.commands.iter().filter(possible).map(|command| command.call().chars().count());
        let width = calls.max().unwrap_or(0).min(32);
        for group in self.groups() {
            out.push_str(&format!("\n{}\n", if group.is_empty() { "commands" } else { &group }));
            let of_group = || self.commands.iter().filter(|command| command.group == group);
            of_group().filter(possible).for_each(|one| one.show(width, &mut out));
            out.push_str(&not_now(of_group().filter(|command| !command.available)));
        }
        if let Some(first) = self.commands.iter().find(|command| command.available) {
            out.push_str(&format!("\nDo one: capos do {cap} {}\n", first.call()));
        }
        out
    }
}

impl Command {
    /// How it is typed: what has to be given, and what can be.
    pub(super) fn call(&self) -> String {
        let words = self.parameters.iter().map(|parameter| {
            let name = parameter.name.to_uppercase();
            if parameter.optional { format!("[{name}]") } else { name }
        });
        std::iter::once(self.name.clone()).chain(words).collect::<Vec<_>>().join(" ")
    }

    fn show(&self, width: usize, out: &mut String) {
        let call = self.call();
        let blanks = " ".repeat(width.saturating_sub(call.chars().count()));
        let about = if self.summary.is_empty() { &self.label } else { &self.summary };
        out.push_str(&format!("  {call}{blanks}  {}\n", about.trim_end().replace('\n', " ")));
        for parameter in &self.parameters {
            let range = parameter.kind.shown();
            let about = if parameter.summary.is_empty() { &parameter.label } else { &parameter.summary };
            let is_said = about.eq_ignore_ascii_case(&parameter.name);
            let about = if is_said { String::new() } else { format!("  {}", about.replace('\n', " ")) };
            out.push_str(&format!("      {}: {range}{about}\n", parameter.name));
        }
    }
}

/// Those that are not possible, a line for each reason.
fn not_now<'m>(commands: impl Iterator<Item = &'m Command>) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for command in commands {
        let reason = command.reason.trim_end().trim_end_matches('.');
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(&command.name),
            None => reasons.push((reason, vec![&command.name])),
        }
    }
    let line = |(reason, names): (&str, Vec<&str>)| {
        let why = if reason.is_empty() { String::new() } else { format!("  ({})", reason.replace('\n', " ")) };
        format!("  not now: {}{why}\n", names.join(", "))
    };
    reasons.into_iter().map(line).collect()
}

impl Kind {
    /// What may be given, in a few words.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text { max_bytes: 0 } | Self::Unknown => "words".to_owned(),
            Self::Text { max_bytes } => format!("words, at most {max_bytes} bytes"),
            Self::Integer { min: i64::MIN, max: i64::MAX } => "a whole number".to_owned(),
            Self::Integer { min, max } => format!("{min} to {max}"),
            Self::Boolean => "yes or no".to_owned(),
            Self::Choice { choices } if choices.is_empty() => "nothing at this moment".to_owned(),
            Self::Choice { choices } => listed(choices),
            Self::Suggestion { choices } if choices.is_empty() => "words".to_owned(),
            Self::Suggestion { choices } => format!("words, such as {}", listed(choices)),
        }
    }
}

fn listed(choices: &[Choice]) -> String {
    let values = choices.iter().take(SHOWN_CHOICES).map(|choice| match &*choice.label {
        "" => choice.value.clone(),
        label if label == choice.value => choice.value.clone(),
        // One that says the same with blanks in it helps nobody.
        label if label.replace(' ', "-") == choice.value => choice.value.clone(),
        label => match label.strip_prefix(&choice.value).and_then(|rest| rest.strip_prefix(' ')) {
            Some(rest) => format!("{} ({rest})", choice.value),
            None => format!("{} ({label})", choice.value),
        },
    });
    let more = choices.len().saturating_sub(SHOWN_CHOICES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", values.collect::<Vec<_>>().join(" | "))
}

impl Outcome {
    pub(super) fn read(from: command_outcome::Reader<'_>) -> Result<Self, Failure> {
        let menu = if from.has_menu() { Some(Menu::read(from.get_menu()?)?) } else { None };
        Ok(Self { done: from.get_done(), text: text(from.get_text())?, menu })
    }

    /// What it says, and where things stand after it.
    pub(super) fn shown(&self) -> String {
        let status = self.menu.as_ref().map_or("", |menu| menu.status.trim_end());
        let said = self.text.trim_end();
        match (said.is_empty(), status.is_empty() || said.contains(status)) {
            (true, _) => status.to_owned(),
            (false, true) => said.to_owned(),
            (false, false) => format!("{said}\n\n{status}"),
        }
    }
}

fn command(from: command_spec::Reader<'_>) -> Result<Command, Failure> {
    Ok(Command {
        name: text(from.get_name())?,
        label: text(from.get_label())?,
        summary: text(from.get_summary())?,
        group: text(from.get_group())?,
        parameters: from.get_parameters()?.iter().map(parameter).collect::<Result<_, _>>()?,
        available: from.get_available(),
        reason: text(from.get_reason())?,
    })
}

fn parameter(from: command_parameter::Reader<'_>) -> Result<Parameter, Failure> {
    use command_parameter::type_::Which;
    let kind = match from.get_type().which() {
        Ok(Which::Text(of)) => Kind::Text { max_bytes: of.get_max_bytes() },
        Ok(Which::Integer(of)) => Kind::Integer { min: of.get_min(), max: of.get_max() },
        Ok(Which::Boolean(())) => Kind::Boolean,
        Ok(Which::Choice(of)) => Kind::Choice { choices: of?.iter().map(choice).collect::<Result<_, _>>()? },
        Ok(Which::Suggestion(of)) => Kind::Suggestion { choices: of?.iter().map(choice).collect::<Result<_, _>>()? },
        Err(capnp::NotInSchema(_)) => Kind::Unknown,
    };
    Ok(Parameter {
        name: text(from.get_name())?,
        label: text(from.get_label())?,
        summary: text(from.get_summary())?,
        optional: from.get_optional(),
        kind,
    })
}

fn choice(from: command_choice::Reader<'_>) -> Result<Choice, Failure> {
    Ok(Choice { value: text(from.get_value())?, label: text(from.get_label())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn choices(values: &[&str]) -> Vec<Choice> {
        values.iter().map(|value| Choice { value: (*value).to_owned(), label: String::new() }).collect()
    }

    fn menu() -> Menu {
        let price = Parameter {
            name: "cents".to_owned(),
            label: "Price".to_owned(),
            summary: String::new(),
            optional: false,
            kind: Kind::Integer { min: 1, max: 100 },
        };
        let command = |name: &str, group: &str| Command {
            name: name.to_owned(),
            summary: format!("Does {name}."),
            group: group.to_owned(),
            available: true,
            ..Command::default()
        };
        let commands = vec![
            command("make", "work"),
            Command { parameters: vec![price], ..command("price", "trade") },
            Command { available: false, reason: "needs wire.".to_owned(), ..command("spin", "work") },
        ];
        Menu { title: "Paperclips".to_owned(), status: "3 clips".to_owned(), revision: 1, commands }
    }

    #[test]
    fn a_menu_shows_groups_ranges_and_why_not() {
        let expected = "Paperclips\n3 clips\n\nwork\n  make         Does make.\n  not now: spin  (needs wire)\n\n\
            trade\n  price CENTS  Does price.\n      cents: 1 to 100  Price\n\nDo one: capos do clips make\n";
        assert_eq!(menu().shown("clips"), expected);
    }

    #[test]
    fn a_command_that_is_not_there_is_told_with_those_that_are() {
        let failure = menu().command("sell").unwrap_err();
        assert_eq!(failure.advice.as_deref(), Some("There are: make, price, spin."));
    }

    #[test]
    fn choices_beyond_a_dozen_are_counted() {
        let values: Vec<String> = (0..14).map(|number| number.to_string()).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert!(Kind::Choice { choices: choices(&values) }.shown().ends_with("| 11 and 2 more"));
    }
}

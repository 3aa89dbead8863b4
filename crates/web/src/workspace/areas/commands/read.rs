//! A menu as a service sends it, read within bounds: what does not fit is left out.
//!
//! What is given back to the service is shown as it is, or not at all: another name would ask for something else.

use std::collections::BTreeSet;

use capnp::{struct_list, text};
use capos_schema::commands_capnp::{command_choice, command_menu, command_outcome, command_parameter, command_spec};

use super::limits::MenuLimits;
use super::menu::{ChoiceView, CommandView, Menu, MenuView, OutcomeView, ParameterView, Values};
use super::surface::Came;
use crate::workspace::view::{Text, json};

pub(super) fn menu(from: command_menu::Reader<'_>, limits: &MenuLimits) -> capnp::Result<Menu> {
    let mut commands: Vec<CommandView> = Vec::new();
    let mut left = limits.menu_bytes;
    for one in from.get_commands()?.iter().take(limits.commands) {
        let Some(command) = command(one, limits)? else { continue };
        if commands.iter().any(|before| before.name == command.name) {
            continue;
        }
        let Some(rest) = left.checked_sub(json(&command).len()) else { break };
        left = rest;
        commands.push(command);
    }
    let (title, status) = (limits.label(from.get_title()?), limits.words(from.get_status()?));
    Ok(Menu { view: MenuView { title, status, commands }, revision: from.get_revision() })
}

pub(super) fn came(from: command_outcome::Reader<'_>, limits: &MenuLimits) -> capnp::Result<Came> {
    let text = Text::lines(&lossy(from.get_text()?, limits.outcome_bytes), limits.outcome_bytes);
    let menu = if from.has_menu() { Some(menu(from.get_menu()?, limits)?) } else { None };
    Ok(Came { outcome: OutcomeView { done: from.get_done(), text }, menu })
}

fn command(from: command_spec::Reader<'_>, limits: &MenuLimits) -> capnp::Result<Option<CommandView>> {
    let Some(name) = limits.name(from.get_name()?) else { return Ok(None) };
    let Some(parameters) = parameters(from.get_parameters()?, limits)? else { return Ok(None) };
    let refusal = if from.get_available() { None } else { Some(limits.words(from.get_reason()?)) };
    let (label, group) = (limits.label(from.get_label()?), limits.label(from.get_group()?));
    Ok(Some(CommandView { name, label, summary: limits.words(from.get_summary()?), group, parameters, refusal }))
}

type Parameters<'a> = struct_list::Reader<'a, command_parameter::Owned>;

/// Nothing where the command could not be given with those that can be shown.
fn parameters(from: Parameters<'_>, limits: &MenuLimits) -> capnp::Result<Option<Vec<ParameterView>>> {
    let mut parameters: Vec<ParameterView> = Vec::new();
    if usize::try_from(from.len()).unwrap_or(usize::MAX) > limits.parameters {
        return Ok(None);
    }
    for one in from {
        match parameter(one, limits)? {
            Some(parameter) if parameters.iter().any(|before| before.name == parameter.name) => return Ok(None),
            Some(parameter) => parameters.push(parameter),
            None if one.get_optional() => {}
            None => return Ok(None),
        }
    }
    Ok(Some(parameters))
}

fn parameter(from: command_parameter::Reader<'_>, limits: &MenuLimits) -> capnp::Result<Option<ParameterView>> {
    use command_parameter::type_::Which;
    let Some(name) = limits.name(from.get_name()?) else { return Ok(None) };
    let decimal = |number: i64| Text::line(&number.to_string());
    let values = match from.get_type().which() {
        Ok(Which::Text(of)) => Values::Text { most: of.get_max_bytes() },
        Ok(Which::Integer(of)) => Values::Integer { least: decimal(of.get_min()), most: decimal(of.get_max()) },
        Ok(Which::Boolean(())) => Values::Boolean {},
        Ok(Which::Choice(of)) => Values::Choice { choices: choices(of?, limits)? },
        Ok(Which::Suggestion(of)) => Values::Suggestion { choices: choices(of?, limits)? },
        // A type that a later service may know, and that nobody here knows how to give.
        Err(capnp::NotInSchema(_)) => return Ok(None),
    };
    let (label, summary) = (limits.label(from.get_label()?), limits.words(from.get_summary()?));
    Ok(Some(ParameterView { name, label, summary, optional: from.get_optional(), values }))
}

fn choices(
    from: struct_list::Reader<'_, command_choice::Owned>,
    limits: &MenuLimits,
) -> capnp::Result<Vec<ChoiceView>> {
    let (mut choices, mut known) = (Vec::new(), BTreeSet::new());
    for choice in from.iter().take(limits.choices) {
        let Some(value) = limits.name(choice.get_value()?).filter(|value| known.insert(value.clone())) else {
            continue;
        };
        let shown = limits.label(choice.get_label()?);
        choices.push(ChoiceView { label: if shown.as_str().is_empty() { value.clone() } else { shown }, value });
    }
    Ok(choices)
}

impl MenuLimits {
    /// What is given back to the service as it is, and so must be harmless as it is.
    pub(crate) fn name(&self, from: text::Reader<'_>) -> Option<Text> {
        let fits = |name: &&str| !name.is_empty() && name.len() <= self.name_bytes;
        let from = from.to_str().ok().filter(fits)?;
        Some(Text::line(from)).filter(|harmless| harmless.as_str() == from)
    }

    /// A title, in one line.
    pub(crate) fn label(&self, from: text::Reader<'_>) -> Text {
        line(from, self.label_bytes)
    }

    /// Some lines.
    pub(crate) fn words(&self, from: text::Reader<'_>) -> Text {
        words(from, self.words_bytes)
    }
}

/// A service's words in one line, of at most so many bytes.
fn line(from: text::Reader<'_>, most: usize) -> Text {
    let lines = lossy(from, most).replace(['\n', '\t'], " ");
    Text::lines(&lines, most)
}

/// A service's words with their lines, of at most so many bytes.
pub(crate) fn words(from: text::Reader<'_>, most: usize) -> Text {
    Text::lines(&lossy(from, most), most)
}

/// A little more than will be shown, so that what is cut shows it, and never a megabyte of it.
fn lossy(from: text::Reader<'_>, most: usize) -> String {
    const MORE: usize = 8;
    let bytes = from.as_bytes();
    String::from_utf8_lossy(bytes.get(..most.saturating_add(MORE)).unwrap_or(bytes)).into_owned()
}

#[cfg(test)]
mod tests;

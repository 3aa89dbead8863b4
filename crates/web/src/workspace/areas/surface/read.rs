//! A menu as a service sends it, read within bounds: what does not fit is left out.

use capnp::struct_list;
use capos_schema::commands_capnp::{command_choice, command_menu, command_outcome, command_parameter, command_spec};

use super::{Came, ChoiceView, CommandView, Menu, MenuView, ParameterView, Values};
use crate::workspace::view::Text;

/// Commands of a menu: a person has to find one among them.
const COMMANDS: usize = 128;
/// Parameters of a command.
const PARAMETERS: usize = 8;
/// Choices of a parameter: more than fit on a screen.
const CHOICES: usize = 256;
/// Bytes of a name. A longer one is left out: cut, it would name something else.
const NAME: usize = 128;
/// Bytes of a label.
const LABEL: usize = 256;
/// Bytes of a summary, of a reason or of where things stand.
const WORDS: usize = 4 << 10;
/// Bytes of what came of a command.
const OUTCOME: usize = 16 << 10;

type Read<T> = Result<T, capnp::Error>;

pub(super) fn menu(from: command_menu::Reader<'_>) -> Read<Menu> {
    let mut commands = Vec::new();
    for one in from.get_commands()?.iter().take(COMMANDS) {
        commands.extend(command(one)?);
    }
    let view = MenuView { title: label(from.get_title()?), status: words(from.get_status()?), commands };
    Ok(Menu { view, revision: from.get_revision() })
}

pub(super) fn came(from: command_outcome::Reader<'_>) -> Read<Came> {
    let text = Text::lines(&lossy(from.get_text()?), OUTCOME);
    Ok(Came { done: from.get_done(), text, menu: menu(from.get_menu()?)? })
}

fn command(from: command_spec::Reader<'_>) -> Read<Option<CommandView>> {
    let Some(name) = name(from.get_name()?) else { return Ok(None) };
    let mut parameters = Vec::new();
    for one in from.get_parameters()?.iter().take(PARAMETERS) {
        match parameter(one)? {
            Some(parameter) => parameters.push(parameter),
            // Without it the command could not be given.
            None => return Ok(None),
        }
    }
    let refusal = if from.get_available() { None } else { Some(words(from.get_reason()?)) };
    let (summary, group) = (words(from.get_summary()?), label(from.get_group()?));
    Ok(Some(CommandView { name, label: label(from.get_label()?), summary, group, parameters, refusal }))
}

fn parameter(from: command_parameter::Reader<'_>) -> Read<Option<ParameterView>> {
    use command_parameter::type_::Which;
    let Some(name) = name(from.get_name()?) else { return Ok(None) };
    let values = match from.get_type().which() {
        Ok(Which::Text(of)) => Values::Text { most: of.get_max_bytes() },
        Ok(Which::Integer(of)) => Values::Integer { least: of.get_min(), most: of.get_max() },
        Ok(Which::Boolean(())) => Values::Boolean {},
        Ok(Which::Choice(of)) => Values::Choice { choices: choices(of?)? },
        Ok(Which::Suggestion(of)) => Values::Suggestion { choices: choices(of?)? },
        Err(capnp::NotInSchema(_)) => return Ok(None),
    };
    let (label, summary) = (label(from.get_label()?), words(from.get_summary()?));
    Ok(Some(ParameterView { name, label, summary, optional: from.get_optional(), values }))
}

fn choices(from: struct_list::Reader<'_, command_choice::Owned>) -> Read<Vec<ChoiceView>> {
    let mut choices = Vec::new();
    for choice in from.iter().take(CHOICES) {
        let Some(value) = name(choice.get_value()?) else { continue };
        let shown = label(choice.get_label()?);
        choices.push(ChoiceView { label: if shown.as_str().is_empty() { value.clone() } else { shown }, value });
    }
    Ok(choices)
}

/// What is given back to the service as it is, and so must be harmless as it is.
pub(in crate::workspace::areas) fn name(from: capnp::text::Reader<'_>) -> Option<Text> {
    let from = from.to_str().ok().filter(|name| !name.is_empty() && name.len() <= NAME)?;
    Some(Text::line(from)).filter(|harmless| harmless.as_str() == from)
}

pub(in crate::workspace::areas) fn label(from: capnp::text::Reader<'_>) -> Text {
    let from = lossy(from);
    Text::line(from.get(..from.floor_char_boundary(LABEL)).unwrap_or_default())
}

pub(in crate::workspace::areas) fn words(from: capnp::text::Reader<'_>) -> Text {
    Text::lines(&lossy(from), WORDS)
}

fn lossy(from: capnp::text::Reader<'_>) -> String {
    String::from_utf8_lossy(from.as_bytes()).into_owned()
}

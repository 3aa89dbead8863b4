//! Menus and arguments as messages.

use capnp::Error;
use capnp::struct_list;
use capos_schema::commands_capnp::{command_argument, command_choice, command_menu, command_parameter, command_spec};

use crate::error::bad_request;

use super::arguments::Value;
use super::limits::MenuLimits;
use super::menu::{Choice, Command, Kind, Menu, Parameter};

/// Writes a menu that is within bounds.
pub(super) fn write_menu(menu: &Menu, mut into: command_menu::Builder<'_>) {
    into.set_title(&*menu.title);
    into.set_status(&*menu.status);
    into.set_revision(menu.revision());
    let mut commands = into.init_commands(length(&menu.commands));
    for (at, command) in (0..).zip(&menu.commands) {
        write_command(command, commands.reborrow().get(at));
    }
}

fn write_command(command: &Command, mut into: command_spec::Builder<'_>) {
    into.set_name(&*command.name);
    into.set_label(&*command.label);
    into.set_summary(&*command.summary);
    into.set_group(&*command.group);
    into.set_available(command.refusal.is_none());
    into.set_reason(command.refusal.as_deref().unwrap_or_default());
    write_parameters(&command.parameters, into.init_parameters(length(&command.parameters)));
}

pub(super) fn write_parameters(parameters: &[Parameter], mut into: struct_list::Builder<'_, command_parameter::Owned>) {
    for (at, parameter) in (0..into.len()).zip(parameters) {
        write_parameter(parameter, into.reborrow().get(at));
    }
}

fn write_parameter(parameter: &Parameter, mut into: command_parameter::Builder<'_>) {
    into.set_name(&*parameter.name);
    into.set_label(&*parameter.label);
    into.set_summary(&*parameter.summary);
    into.set_optional(parameter.optional);
    let mut kind = into.init_type();
    match &parameter.kind {
        Kind::Text { max_bytes } => kind.init_text().set_max_bytes(*max_bytes),
        Kind::Integer { min, max } => {
            let mut range = kind.init_integer();
            range.set_min(*min);
            range.set_max(*max);
        }
        Kind::Boolean => kind.set_boolean(()),
        Kind::Choice(choices) => write_choices(choices, kind.init_choice(length(choices))),
        Kind::Suggestion(choices) => write_choices(choices, kind.init_suggestion(length(choices))),
    }
}

fn write_choices(choices: &[Choice], mut into: struct_list::Builder<'_, command_choice::Owned>) {
    for (at, choice) in (0..).zip(choices) {
        let mut one = into.reborrow().get(at);
        one.set_value(&*choice.value);
        one.set_label(&*choice.label);
    }
}

fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("a bounded menu")
}

/// Reads what was given, which may be anything.
pub(super) fn read_arguments(
    given: struct_list::Reader<'_, command_argument::Owned>,
    limits: &MenuLimits,
) -> Result<Vec<(String, Value)>, Error> {
    if usize::try_from(given.len()).is_ok_and(|count| count <= limits.parameters) {
        given.iter().map(read_argument).collect()
    } else {
        Err(bad_request("there are more arguments than any command takes"))
    }
}

fn read_argument(given: command_argument::Reader<'_>) -> Result<(String, Value), Error> {
    let value = match given.get_value().which().map_err(|_| bad_request("an argument's type is unknown"))? {
        command_argument::value::Text(text) => Value::Text(utf8(text?)?),
        command_argument::value::Integer(number) => Value::Integer(number),
        command_argument::value::Boolean(yes) => Value::Boolean(yes),
    };
    Ok((utf8(given.get_name()?)?, value))
}

fn utf8(text: capnp::text::Reader<'_>) -> Result<String, Error> {
    text.to_string().map_err(|_| bad_request("an argument is not UTF-8"))
}

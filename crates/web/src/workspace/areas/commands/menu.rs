//! A menu of commands as it is shown, and what is given to one.

use capos_schema::commands_capnp::{
    command_argument, command_choice, command_menu, command_outcome, command_parameter, command_spec,
};
use serde::Deserialize;

use crate::workspace::board::Model;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

/// Bytes of where things stand, and of what a command has to say.
const WORDS: usize = 16 << 10;

shown! {
    /// One service's menu.
    struct SurfaceView {
        /// What can be done; nothing where that is not known yet.
        menu: Option<MenuView>,
        /// Why it cannot be read right now.
        problem: Option<Problem>,
    }

    /// What can be done right now.
    struct MenuView {
        /// Of what.
        title: Text,
        /// Where things stand.
        status: Text,
        /// The commands, in their order.
        commands: Vec<CommandView>,
    }

    /// One command.
    struct CommandView {
        /// Its stable name.
        name: Text,
        /// Its title.
        label: Text,
        /// What it does.
        summary: Text,
        /// What it is shown together with.
        group: Text,
        /// What it takes.
        parameters: Vec<ParameterView>,
        /// Whether it is possible right now.
        available: bool,
        /// Why not.
        reason: Text,
    }

    /// What a command takes.
    struct ParameterView {
        /// Its stable name.
        name: Text,
        /// Its title.
        label: Text,
        /// What it means.
        summary: Text,
        /// Whether it may be left out.
        optional: bool,
        /// What values it can have.
        values: ValuesView,
    }

    /// What values a parameter can have.
    enum ValuesView {
        /// Words.
        Text {
            /// How many bytes at most; 0 where that is not said.
            most: u32,
        },
        /// A whole number, in decimal digits: a browser's own numbers do not hold all of them.
        Integer {
            /// The least.
            min: Text,
            /// The greatest.
            max: Text,
        },
        /// Yes or no.
        Boolean {},
        /// One of these.
        Choice {
            /// Which.
            choices: Vec<ChoiceView>,
        },
        /// Words, such as these.
        Suggestion {
            /// Which.
            choices: Vec<ChoiceView>,
        },
    }

    /// One of the values that a parameter can have.
    struct ChoiceView {
        /// What to give.
        value: Text,
        /// What to show.
        label: Text,
    }

    /// What came of a command.
    struct CommandOutcomeView {
        /// Whether it did what was asked.
        done: bool,
        /// What to show.
        text: Text,
    }
}

/// A menu on the board.
pub(super) struct Surface(pub(super) SurfaceView);

impl Model for Surface {
    type Delta = SurfaceView;
    type Whole = SurfaceView;

    fn apply(&mut self, delta: &SurfaceView) {
        self.0 = delta.clone();
    }

    fn whole(&self) -> SurfaceView {
        self.0.clone()
    }
}

impl MenuView {
    /// Reads one, with at most so many commands, and as many values of each parameter.
    pub(super) fn read(from: command_menu::Reader<'_>, most: usize) -> capnp::Result<Self> {
        Ok(Self {
            title: Text::line(from.get_title()?.to_str()?),
            status: Text::lines(from.get_status()?.to_str()?, WORDS),
            commands: from.get_commands()?.iter().take(most).map(|one| command(one, most)).collect::<Result<_, _>>()?,
        })
    }
}

impl CommandOutcomeView {
    /// Reads one, and the menu after it, where it has that.
    pub(super) fn read(from: command_outcome::Reader<'_>, most: usize) -> capnp::Result<(Self, Option<MenuView>)> {
        let menu = if from.has_menu() { Some(MenuView::read(from.get_menu()?, most)?) } else { None };
        Ok((Self { done: from.get_done(), text: Text::lines(from.get_text()?.to_str()?, WORDS) }, menu))
    }
}

fn command(from: command_spec::Reader<'_>, most: usize) -> capnp::Result<CommandView> {
    Ok(CommandView {
        name: Text::line(from.get_name()?.to_str()?),
        label: Text::line(from.get_label()?.to_str()?),
        summary: Text::line(from.get_summary()?.to_str()?),
        group: Text::line(from.get_group()?.to_str()?),
        parameters: from
            .get_parameters()?
            .iter()
            .take(most)
            .map(|one| parameter(one, most))
            .collect::<Result<_, _>>()?,
        available: from.get_available(),
        reason: Text::line(from.get_reason()?.to_str()?),
    })
}

fn parameter(from: command_parameter::Reader<'_>, most: usize) -> capnp::Result<ParameterView> {
    use command_parameter::type_::Which;
    let listed = |list: capnp::struct_list::Reader<'_, command_choice::Owned>| {
        list.iter().take(most).map(choice).collect::<capnp::Result<Vec<_>>>()
    };
    let decimal = |number: i64| Text::line(&number.to_string());
    let values = match from.get_type().which() {
        Ok(Which::Text(of)) => ValuesView::Text { most: of.get_max_bytes() },
        Ok(Which::Integer(of)) => ValuesView::Integer { min: decimal(of.get_min()), max: decimal(of.get_max()) },
        Ok(Which::Boolean(())) => ValuesView::Boolean {},
        Ok(Which::Choice(of)) => ValuesView::Choice { choices: listed(of?)? },
        Ok(Which::Suggestion(of)) => ValuesView::Suggestion { choices: listed(of?)? },
        // One that a later node may know; it is given as words.
        Err(capnp::NotInSchema(_)) => ValuesView::Text { most: 0 },
    };
    Ok(ParameterView {
        name: Text::line(from.get_name()?.to_str()?),
        label: Text::line(from.get_label()?.to_str()?),
        summary: Text::line(from.get_summary()?.to_str()?),
        optional: from.get_optional(),
        values,
    })
}

fn choice(from: command_choice::Reader<'_>) -> capnp::Result<ChoiceView> {
    Ok(ChoiceView { value: Text::line(from.get_value()?.to_str()?), label: Text::line(from.get_label()?.to_str()?) })
}

/// A value for a parameter, as a window gives it.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Argument {
    Text { name: String, value: String },
    Integer { name: String, value: String },
    Boolean { name: String, value: bool },
}

/// One that can be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given {
    Text(String, String),
    Integer(String, i64),
    Boolean(String, bool),
}

impl Argument {
    pub(super) fn parse(self) -> Result<Given, Problem> {
        Ok(match self {
            Self::Text { name, value } => Given::Text(name, value),
            Self::Boolean { name, value } => Given::Boolean(name, value),
            Self::Integer { name, value } => {
                let number = value.trim().parse();
                Given::Integer(name, number.map_err(|_| Problem::bad_request("A whole number is wanted."))?)
            }
        })
    }
}

/// Writes what is given to a command.
pub(super) fn write(all: &[Given], mut to: capnp::struct_list::Builder<'_, command_argument::Owned>) {
    for (index, given) in (0..to.len()).zip(all) {
        let mut argument = to.reborrow().get(index);
        match given {
            Given::Text(name, text) => {
                argument.set_name(name);
                argument.init_value().set_text(text);
            }
            Given::Integer(name, number) => {
                argument.set_name(name);
                argument.init_value().set_integer(*number);
            }
            Given::Boolean(name, answer) => {
                argument.set_name(name);
                argument.init_value().set_boolean(*answer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::view::json;

    fn read(fill: impl FnOnce(command_menu::Builder<'_>), most: usize) -> MenuView {
        let mut message = capnp::message::Builder::new_default();
        fill(message.init_root());
        MenuView::read(message.get_root_as_reader().unwrap(), most).unwrap()
    }

    #[test]
    fn a_menu_has_so_many_commands_and_no_more() {
        let fill = |menu: command_menu::Builder<'_>| {
            menu.init_commands(3);
        };
        assert_eq!(read(fill, 3).commands.len(), 3);
        assert_eq!(read(fill, 2).commands.len(), 2);
    }

    #[test]
    fn the_greatest_numbers_keep_every_digit() {
        let fill = |menu: command_menu::Builder<'_>| {
            let parameters = menu.init_commands(1).get(0).init_parameters(1);
            let mut integer = parameters.get(0).init_type().init_integer();
            integer.set_min(i64::MIN);
            integer.set_max(i64::MAX);
        };
        let menu = read(fill, 9);
        let expected = r#"{"kind":"integer","min":"-9223372036854775808","max":"9223372036854775807"}"#;
        assert_eq!(json(&menu.commands[0].parameters[0].values), expected);
        let given = Argument::Integer { name: "n".to_owned(), value: i64::MAX.to_string() };
        assert_eq!(given.parse().unwrap(), Given::Integer("n".to_owned(), i64::MAX));
        let one_more = Argument::Integer { name: "n".to_owned(), value: "9223372036854775808".to_owned() };
        assert!(one_more.parse().is_err());
    }

    #[test]
    fn words_of_a_service_act_on_nobody() {
        let fill = |mut menu: command_menu::Builder<'_>| {
            menu.set_title("a\u{1b}[2Jb\nc");
            menu.set_status("one\ntwo\u{202e}");
        };
        let menu = read(fill, 9);
        assert_eq!((menu.title.as_str(), menu.status.as_str()), ("a\u{fffd}[2Jb c", "one\ntwo\u{fffd}"));
    }
}

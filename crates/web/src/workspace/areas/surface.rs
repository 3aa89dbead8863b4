//! Commands that a service describes: what can be done right now, and doing it.

mod read;

use capos_schema::commands_capnp::command_surface;
use serde::Deserialize;

use crate::workspace::view::{Text, shown};
pub(super) use read::{label, name, words};

shown! {
    /// What can be done right now.
    struct MenuView {
        /// Of what.
        title: Text,
        /// Where things stand.
        status: Text,
        /// The commands, in the order to show them.
        commands: Vec<CommandView>,
    }

    /// One command.
    struct CommandView {
        /// What to ask for.
        name: Text,
        /// Its title.
        label: Text,
        /// What it does.
        summary: Text,
        /// What it is shown together with.
        group: Text,
        /// What it takes, in order.
        parameters: Vec<ParameterView>,
        /// Why it is not possible right now.
        refusal: Option<Text>,
    }

    /// What a command takes.
    struct ParameterView {
        /// Its name.
        name: Text,
        /// Its title.
        label: Text,
        /// What it means.
        summary: Text,
        /// Whether it may be left out.
        optional: bool,
        /// What values it can have.
        values: Values,
    }

    /// What values a parameter can have.
    enum Values {
        /// Words.
        Text {
            /// How many bytes at most.
            most: u32,
        },
        /// A whole number.
        Integer {
            /// The least.
            least: i64,
            /// The greatest.
            most: i64,
        },
        /// Yes or no.
        Boolean {},
        /// One of these.
        Choice {
            /// What can be chosen.
            choices: Vec<ChoiceView>,
        },
        /// Words, for which these make sense.
        Suggestion {
            /// What makes sense.
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
}

/// A menu, and its number: another one whenever anything in it is.
pub(super) struct Menu {
    pub(super) view: MenuView,
    pub(super) revision: u64,
}

/// A command as a window asks for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Which one.
    pub(super) command: String,
    /// With what. The service holds that against what it described.
    #[serde(default)]
    pub(super) arguments: Vec<Argument>,
}

/// What one parameter is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) value: Value,
}

/// A value for a parameter.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Boolean(bool),
    Integer(i64),
    Text(String),
}

/// What came of a command.
pub(super) struct Came {
    pub(super) done: bool,
    pub(super) text: Text,
    pub(super) menu: Menu,
}

/// The commands of one session at a service.
#[derive(Clone)]
pub(super) struct Surface(command_surface::Client);

impl Surface {
    pub(super) fn new(client: command_surface::Client) -> Self {
        Self(client)
    }

    /// What can be done right now.
    pub(super) async fn menu(&self) -> Result<Menu, capnp::Error> {
        let response = self.0.menu_request().send().promise.await?;
        read::menu(response.get()?.get_menu()?)
    }

    /// Carries out a command.
    pub(super) async fn invoke(&self, wanted: &Wanted) -> Result<Came, capnp::Error> {
        let mut request = self.0.invoke_request();
        request.get().set_command(&*wanted.command);
        let most = u32::try_from(wanted.arguments.len()).unwrap_or(u32::MAX);
        let mut arguments = request.get().init_arguments(most);
        for (place, Argument { name, value }) in (0..most).zip(&wanted.arguments) {
            let mut argument = arguments.reborrow().get(place);
            argument.set_name(&**name);
            let mut given = argument.init_value();
            match value {
                Value::Boolean(yes) => given.set_boolean(*yes),
                Value::Integer(number) => given.set_integer(*number),
                Value::Text(words) => given.set_text(&**words),
            }
        }
        let response = request.send().promise.await?;
        read::came(response.get()?.get_outcome()?)
    }
}

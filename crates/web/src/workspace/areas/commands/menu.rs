//! A menu of commands as it is shown.

use crate::workspace::view::{Text, shown};

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
            /// How many bytes at most; 0 where that is not said.
            most: u32,
        },
        /// A whole number, in decimal digits: a browser's own numbers do not hold all of them.
        Integer {
            /// The least.
            least: Text,
            /// The greatest.
            most: Text,
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

    /// What came of a command.
    struct OutcomeView {
        /// Whether it did what was asked.
        done: bool,
        /// What it says.
        text: Text,
    }
}

/// A menu, and its number: another one whenever anything in it is.
pub(crate) struct Menu {
    pub(crate) view: MenuView,
    pub(crate) revision: u64,
}

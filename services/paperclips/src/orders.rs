//! Everything a player can do, as one table: the menu, the parser of typed lines, the help and what is done come from
//! it.

mod line;
mod table;

use capos_service::commands::{Arguments, Command, Kind, Menu, Outcome, Parameter};

use crate::game::Game;
use crate::words;

pub(crate) use line::{NOTE, SPOKEN, obey};

/// One row of the table.
struct Order {
    name: &'static str,
    label: &'static str,
    summary: &'static str,
    group: &'static str,
    /// Whether it exists for a player who is as far as this.
    shown: fn(&Game) -> bool,
    /// What it takes, with what is possible right now.
    takes: fn(&Game) -> Vec<Parameter>,
    /// Why it is not possible right now.
    refusal: fn(&Game) -> Option<String>,
    /// Does it. What has changed since the arguments were checked is refused here.
    act: fn(&mut Game, &Arguments) -> Outcome,
}

impl Order {
    fn describe(&self, game: &Game) -> Command {
        let command = Command::new(self.name, self.label).summary(self.summary).group(self.group);
        (self.takes)(game).into_iter().fold(command, Command::takes).unless((self.refusal)(game))
    }
}

/// What can be done right now.
pub(crate) fn menu(game: &Game) -> Menu {
    let shown = table::ORDERS.iter().filter(|order| (order.shown)(game));
    shown.fold(Menu::new("Paperclips").status(words::status(game)), |menu, order| menu.with(order.describe(game)))
}

/// Does what a menu describes, with arguments that fit it.
pub(crate) fn act(game: &mut Game, name: &str, arguments: &Arguments) -> Outcome {
    let order = table::ORDERS.iter().find(|order| order.name == name && (order.shown)(game));
    order.map_or_else(|| Outcome::refused("There is no such command now."), |order| (order.act)(game, arguments))
}

/// Whether a command changes nothing: a game is not saved for it.
pub(crate) fn only_looks(name: &str) -> bool {
    matches!(name, "status" | "projects")
}

/// How a command is written.
pub(crate) fn usage(command: &Command) -> String {
    command.parameters.iter().fold(command.name.clone(), |line, parameter| {
        let shape = match &parameter.kind {
            Kind::Choice(choices) if choices.len() <= 4 && !choices.is_empty() => {
                choices.iter().map(|choice| &*choice.value).collect::<Vec<_>>().join("|")
            }
            Kind::Boolean => "yes|no".to_owned(),
            _ => parameter.name.to_uppercase(),
        };
        if parameter.optional { format!("{line} [{shape}]") } else { format!("{line} {shape}") }
    })
}

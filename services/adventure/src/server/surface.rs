//! The same player's commands, described for clients that draw controls.

use std::rc::Rc;

use capos_schema::commands_capnp::command_surface;
use capos_service::commands::{Arguments, Commands, Menu, Outcome, serve};

use super::menu;
use super::seat::Seat;
use crate::command::Command;
use crate::player::PlayerId;

struct Surface {
    seat: Rc<Seat>,
    id: PlayerId,
}

pub(super) fn open(seat: Rc<Seat>) -> Result<command_surface::Client, capnp::Error> {
    let id = seat.player()?.clone();
    Ok(serve(Rc::new(Surface { seat, id })))
}

impl Commands for Surface {
    fn admit(&self) -> Result<(), capnp::Error> {
        self.seat.admit()
    }

    fn menu(&self) -> Menu {
        menu::of(&self.seat.table().game.borrow(), &self.id)
    }

    async fn invoke(&self, command: &str, arguments: &Arguments) -> Outcome {
        let order = menu::parameters(command);
        let words: Vec<_> = order.iter().map(|name| arguments.text(name).unwrap_or_default()).collect();
        match Command::parse(command, &words) {
            Ok(command) => self.carry_out(&command).await,
            // A suggestion may be any text.
            Err(_) => Outcome::refused("There is no such word. Names are 1 to 32 of a-z, 0-9 and hyphens."),
        }
    }
}

impl Surface {
    async fn carry_out(&self, command: &Command) -> Outcome {
        let told = self.seat.table().act(&self.id, command).await;
        let text = match command {
            Command::Look | Command::Resume => self.room(),
            Command::Inventory => self.pack(),
            _ if told.text.is_empty() => "Done.".to_owned(),
            _ => told.text,
        };
        Outcome { done: told.done, text }
    }

    fn room(&self) -> String {
        let view = self.seat.table().game.borrow().view(&self.id);
        view.map_or_else(String::new, |view| format!("{}\n{}", view.title, view.description))
    }

    fn pack(&self) -> String {
        let items = self.seat.table().game.borrow().inventory(&self.id);
        let items: Vec<_> = items.iter().map(|item| item.as_str()).collect();
        if items.is_empty() { "Nothing.".to_owned() } else { items.join(", ") }
    }
}

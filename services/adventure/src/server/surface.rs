//! The same player's commands, described for clients that draw controls.

use std::rc::Rc;

use capos_schema::commands_capnp::command_surface;
use capos_service::commands::{Arguments, Commands, Menu, Outcome, serve};

use super::menu;
use super::seat::Seat;
use crate::command::Command;
use crate::player::PlayerId;
use crate::token::Token;
use crate::view::View;

pub(super) struct Surface {
    seat: Rc<Seat>,
    id: PlayerId,
}

pub(super) fn open(seat: Rc<Seat>) -> Result<command_surface::Client, capnp::Error> {
    Ok(serve(Rc::new(Surface::new(seat)?)))
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
    pub(super) fn new(seat: Rc<Seat>) -> Result<Surface, capnp::Error> {
        let id = seat.player()?.clone();
        Ok(Surface { seat, id })
    }

    pub(super) fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Whether the player has left for now.
    pub(super) fn is_away(&self) -> bool {
        let game = self.seat.table().game.borrow();
        game.state.players.get(&self.id).is_some_and(|player| player.away)
    }

    pub(super) async fn carry_out(&self, command: &Command) -> Outcome {
        let before = self.view().map(|view| view.room);
        let told = self.seat.table().act(&self.id, command).await;
        let view = self.view();
        let text = match (command, view) {
            (Command::Inventory, _) => self.pack(),
            (Command::Look | Command::Resume, Some(view)) => {
                // What happened meanwhile comes first.
                let room = format!("{}\n{}", view.title, self.around(&view));
                if told.text.is_empty() { room } else { format!("{}\n\n{room}", told.text) }
            }
            (_, Some(view)) if before.as_ref() != Some(&view.room) => format!("{}\n{}", told.text, self.around(&view)),
            _ if told.text.is_empty() => "Done.".to_owned(),
            _ => told.text,
        };
        Outcome { done: told.done, text }
    }

    fn view(&self) -> Option<View> {
        self.seat.table().game.borrow().view(&self.id)
    }

    /// What there is to see, and what is there besides.
    fn around(&self, view: &View) -> String {
        let game = self.seat.table().game.borrow();
        let way = |(direction, room): &(Token, Token)| format!("{direction} to {}", game.world.room(room).title);
        let ways: Vec<String> = view.exits.iter().map(way).collect();
        let named = |names: &[Token]| names.iter().map(|name| name.as_str().to_owned()).collect();
        let lists = [
            ("Ways", ways),
            ("To talk to", named(&view.actors)),
            ("To fight", named(&view.mobs)),
            ("To take or use", named(&view.items)),
            ("To ask for", named(&view.writs)),
        ];
        let lines = lists.into_iter().filter(|(_, names)| !names.is_empty());
        let lines: String = lines.map(|(what, names)| format!("\n{what}: {}.", names.join(", "))).collect();
        format!("{}{lines}", view.description)
    }

    fn pack(&self) -> String {
        let items = self.seat.table().game.borrow().inventory(&self.id);
        let items: Vec<_> = items.iter().map(|item| item.as_str()).collect();
        if items.is_empty() { "Nothing.".to_owned() } else { items.join(", ") }
    }
}

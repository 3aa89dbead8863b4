//! The same game as commands that any client can draw.

use std::rc::Rc;

use capos_service::commands::{Arguments, Commands, Menu, Outcome};

use crate::orders;
use crate::service::Seat;

const OUT_OF_REACH: &str = "The game cannot be reached now.";

/// `CommandSurface` for one session.
pub(crate) struct Buttons(pub(crate) Rc<Seat>);

impl Commands for Buttons {
    fn admit(&self) -> Result<(), capnp::Error> {
        self.0.game().map(drop)
    }

    fn menu(&self) -> Menu {
        let table = self.0.game_unpaced();
        table.map_or_else(|_| Menu::new("Paperclips").status(OUT_OF_REACH), |table| table.look(orders::menu))
    }

    async fn invoke(&self, command: &str, arguments: &Arguments) -> Outcome {
        let Ok(table) = self.0.game_unpaced() else { return Outcome::refused(OUT_OF_REACH) };
        let outcome = table.play(|game| orders::act(game, command, arguments));
        if outcome.done && !orders::only_looks(command) {
            self.0.played(&table);
        }
        Outcome { text: table.take_news() + &outcome.text, ..outcome }
    }
}

//! The same game in lines, on the player's terminal.

use std::rc::Rc;

use capnp::Error;
use capos_service::console::{Console, Next, Terminal};

use crate::orders;
use crate::service::Seat;
use crate::words;

const PROMPT: &str = "> ";
const UNSAVED: &str = "(The game could not be saved just now; it is kept in memory and saved as soon as that works.)";

/// `Console` for one session.
pub(crate) struct Talk(pub(crate) Rc<Seat>);

impl Console for Talk {
    async fn run(&self, terminal: Terminal, _: Vec<String>) -> Result<i32, Error> {
        let table = self.0.game()?;
        // What happens from here on is told with the next line.
        let mut seen = table.look(|game| game.events.next());
        let news = table.take_news();
        let opening = table.look(|game| {
            format!("{news}{}\n\n{}\n\nType help to see what can be done.", game.stage.opening(), words::status(game))
        });
        drop(table);
        terminal.line(&opening).await?;
        terminal
            .each_line(PROMPT, async |line| {
                let (text, next) = self.obey(line, &mut seen)?;
                terminal.line(&text).await?;
                Ok(next)
            })
            .await?;
        Ok(0)
    }
}

impl Talk {
    fn obey(&self, line: &str, seen: &mut u64) -> Result<(String, Next), Error> {
        if line.len() > self.0.limits().line_bytes {
            return Ok(("That is more than anybody has to type.".to_owned(), Next::GoOn));
        }
        let table = self.0.game()?;
        let meanwhile = table.look(|game| words::since(game, *seen));
        let reply = table.play(|game| orders::obey(game, line));
        *seen = table.look(|game| game.events.next());
        if reply.acted {
            self.0.played(&table);
        }
        let mut text = format!("{}{meanwhile}{}", table.take_news(), reply.text);
        if table.unsaved.get() {
            text.push('\n');
            text.push_str(UNSAVED);
        }
        Ok((text, if reply.exit { Next::End } else { Next::GoOn }))
    }
}

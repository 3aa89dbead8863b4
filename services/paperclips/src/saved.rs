//! A game as it is kept in a file.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::game::Game;

/// Another form of the file gets another number, and a way to read this one.
const VERSION: u32 = 1;

/// What is in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Envelope {
    version: u32,
    /// When the game was as it is here, in milliseconds since 1970.
    at_ms: u64,
    game: Game,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    version: u32,
    at_ms: u64,
    game: &'a Game,
}

/// Why a file is no saved game.
#[derive(Debug)]
pub(crate) enum Fault {
    Form(serde_json::Error),
    Version,
    Game,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => write!(f, "it is no saved game: {error}"),
            Self::Version => f.write_str("it is of another version of the game"),
            Self::Game => f.write_str("no game can come to this"),
        }
    }
}

pub(crate) fn write(game: &Game, at_ms: u64) -> Vec<u8> {
    serde_json::to_vec(&View { version: VERSION, at_ms, game }).expect("a game has nothing that JSON has not")
}

/// The game, and when it was so.
pub(crate) fn parse(bytes: &[u8]) -> Result<(Game, u64), Fault> {
    let Envelope { version, at_ms, mut game } = serde_json::from_slice(bytes).map_err(Fault::Form)?;
    match () {
        () if version != VERSION => Err(Fault::Version),
        () if !game.restore() => Err(Fault::Game),
        () => Ok((game, at_ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_no_game_comes_to_is_not() {
        let mut game = Game::new();
        game.advance(1_000);
        let bytes = write(&game, 7);
        assert_eq!(parse(&bytes).unwrap(), (game, 7));
        let text = String::from_utf8(bytes).unwrap();
        let forged = text.replace("\"fundsCents\":0", "\"fundsCents\":1").replace("\"available\":0", "\"available\":9");
        assert!(matches!(parse(forged.as_bytes()), Err(Fault::Game)));
        let newer = text.replace("\"version\":1", "\"version\":2");
        assert!(matches!(parse(newer.as_bytes()), Err(Fault::Version)));
        assert!(matches!(parse(b"{}"), Err(Fault::Form(_))));
    }
}

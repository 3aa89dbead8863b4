//! The play-through: a route for people, and the commands that it comes to.

use std::rc::Rc;

use capos_adventure::command::Command;
use capos_adventure::game::Game;
use capos_adventure::limits::Limits;
use capos_adventure::player::{Player, PlayerId};
use capos_adventure::state::Common;
use capos_adventure::token::Token;
use capos_adventure::world::World;
use capos_service::Pseudonym;

const ROUTE: &str = include_str!("../route.txt");

/// The commands of the play-through, one a line, for any client.
pub(crate) const PLAYTHROUGH: &str = include_str!("../playthrough.txt");

/// Cures in the order to use them.
const CURES: [&str; 3] = ["salve", "marsh-mallow", "bread"];

struct Walker {
    game: Game,
    id: PlayerId,
    walked: Vec<String>,
    told: Vec<String>,
}

impl Walker {
    fn new() -> Walker {
        let world = Rc::new(World::bundled().unwrap());
        let mut game = Game::new(world, Limits::default(), Common::default());
        let id = PlayerId::returning(&Pseudonym::new([7; 32]));
        game.arrive(&id, None, "Ada").unwrap();
        Walker { game, id, walked: Vec::new(), told: Vec::new() }
    }

    fn player(&self) -> &Player {
        &self.game.state.players[&self.id]
    }

    fn act(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        let command = Command::parse(words[0], &words[1..]).unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
        let outcome = self.game.act(&self.id, &command, 0);
        self.walked.push(line.to_owned());
        self.told.push(format!("> {line}\n{}", outcome.told()));
        assert!(outcome.done, "refused: {line}\n{}", self.told.join("\n"));
    }

    fn fight(&mut self, mob: &str, zone: &str) {
        let mob = Token::parse(mob).unwrap();
        while self.game.view(&self.id).unwrap().mobs.contains(&mob) {
            let has = |cure: &&&str| self.player().thing(&Token::parse(cure).unwrap()).is_some();
            let cure = CURES.iter().find(has).filter(|_| self.player().health() < 13);
            let hush = self.player().focus >= 4 && zone == "ear";
            match cure {
                Some(cure) => self.act(&format!("use {cure}")),
                None if hush => self.act(&format!("cast hush {mob} {zone}")),
                None => self.act(&format!("attack {mob} {zone}")),
            }
        }
    }
}

#[test]
fn the_route_reaches_the_end_and_is_what_the_playthrough_says() {
    let mut walker = Walker::new();
    for line in ROUTE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("fight ").and_then(|fight| fight.split_once(' ')) {
            Some((mob, zone)) => walker.fight(mob, zone),
            None => walker.act(line),
        }
    }
    let text = walker.walked.join("\n") + "\n";
    if std::env::var_os("WRITE_PLAYTHROUGH").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/playthrough.txt"), &text).unwrap();
        println!("{}", walker.told.join("\n"));
        return;
    }
    assert!(walker.player().ended);
    assert!(walker.told.iter().any(|told| told.contains("THE END")));
    assert_eq!(text, PLAYTHROUGH, "run with WRITE_PLAYTHROUGH=1 to write it anew");
}

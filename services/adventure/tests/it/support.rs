//! Players at the served world, by the words that a person would type; and players at the bare core.

use std::path::Path;
use std::rc::Rc;

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_adventure::command::Command;
use capos_adventure::game::Game;
use capos_adventure::player::{Player, PlayerId};
use capos_adventure::server::Adventure;
use capos_adventure::state::Common;
use capos_adventure::token::Token;
use capos_adventure::view::View;
use capos_adventure::world::World;
use capos_adventure::{Limits, turn::Outcome};
use capos_schema::adventure_capnp::adventure;
use capos_schema::dynamic::Object;
use capos_schema::reflect::NoCapabilities;
use capos_schema::{Registry, Type};
use capos_service::testing::{Bench, Visitor};
use capos_service::{Given, Home};
use serde_json::{Map, Value, json};

/// A served world in a directory.
pub(crate) async fn serve(home: &Path) -> Bench {
    serve_with(home, Limits::default(), Given::default()).await
}

/// The same with bounds and with what it is given.
pub(crate) async fn serve_with(home: &Path, limits: Limits, given: Given) -> Bench {
    let service = Adventure::open(Home::at(home), limits).unwrap();
    Bench::begin_with(service, given).await.unwrap()
}

/// A player's own facet.
pub(crate) struct Hand(Object);

impl Hand {
    pub(crate) async fn of(bench: &Bench, visitor: &Visitor) -> Hand {
        let client: adventure::Client = bench.open(visitor, "adventure").await.unwrap();
        let hook = client.into_client_hook();
        Hand(Object::new(
            hook,
            adventure::Client::TYPE_ID,
            Registry::builtin().clone(),
            capos_schema::Limits::default(),
        ))
    }

    /// Calls a method with words in the order of its parameters.
    pub(crate) async fn call(&self, method: &str, words: &[&str]) -> Result<Value, String> {
        let registry = Registry::builtin();
        let found = registry.method(self.0.interface(), method).map_err(|error| error.to_string())?;
        let Type::Struct(params, _) = found.params else { panic!("{method} takes no struct") };
        let fields = registry.structure(params).unwrap().fields.iter().map(|field| field.name.clone());
        let params: Map<_, _> = fields.zip(words).map(|(name, word)| (name, json!(word))).collect();
        let pending = self.0.call(method, &Value::Object(params), &mut NoCapabilities).map_err(|e| e.to_string())?;
        pending.results(&mut NoCapabilities).await.map_err(|error| error.to_string())
    }

    /// Does what a line says.
    pub(crate) async fn does(&self, line: &str) -> Value {
        let words: Vec<_> = line.split(' ').collect();
        self.call(words[0], &words[1..]).await.unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// What is told of what a line says.
    pub(crate) async fn told(&self, line: &str) -> String {
        self.does(line).await["text"].as_str().unwrap_or_default().to_owned()
    }

    /// Does several lines.
    pub(crate) async fn all(&self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.does(line).await;
        }
    }

    pub(crate) async fn room(&self) -> String {
        self.does("look").await["view"]["roomId"].as_str().unwrap().to_owned()
    }
}

thread_local! {
    /// Read once: it never changes.
    static WORLD: Rc<World> = Rc::new(World::bundled().unwrap());
}

/// A bare world with some players.
pub(crate) struct Yard {
    pub(crate) game: Game,
    pub(crate) now: u64,
}

impl Yard {
    pub(crate) fn new() -> Yard {
        Yard::within(Limits::default())
    }

    pub(crate) fn within(limits: Limits) -> Yard {
        let world = WORLD.with(Rc::clone);
        Yard { game: Game::new(world, limits, Common::default()), now: 1_000 }
    }

    pub(crate) fn player(&mut self, name: &str) -> PlayerId {
        let mut pseudonym = [0; 32];
        pseudonym.iter_mut().zip(name.bytes()).for_each(|(byte, letter)| *byte = letter);
        let id = PlayerId::returning(&capos_service::Pseudonym::new(pseudonym));
        self.game.arrive(&id, None, name).unwrap();
        id
    }

    pub(crate) fn act(&mut self, id: &PlayerId, line: &str) -> Outcome {
        let words: Vec<_> = line.split(' ').collect();
        let command = Command::parse(words[0], &words[1..]).unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
        self.game.act(id, &command, self.now)
    }

    /// What was told of something possible.
    pub(crate) fn done(&mut self, id: &PlayerId, line: &str) -> String {
        let outcome = self.act(id, line);
        assert!(outcome.done, "{line}: {}", outcome.told());
        outcome.told()
    }

    /// What was told of something forbidden.
    pub(crate) fn refused(&mut self, id: &PlayerId, line: &str) -> String {
        let outcome = self.act(id, line);
        assert!(!outcome.done, "{line}: {}", outcome.told());
        outcome.told()
    }

    pub(crate) fn all(&mut self, id: &PlayerId, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.done(id, line);
        }
    }

    pub(crate) fn of(&self, id: &PlayerId) -> &Player {
        &self.game.state.players[id]
    }

    pub(crate) fn of_mut(&mut self, id: &PlayerId) -> &mut Player {
        self.game.state.players.get_mut(id).unwrap()
    }

    pub(crate) fn view(&self, id: &PlayerId) -> View {
        self.game.view(id).unwrap()
    }

    /// Puts a player somewhere, as if they had walked.
    pub(crate) fn place(&mut self, id: &PlayerId, room: &str) {
        self.of_mut(id).room = token(room);
    }

    /// Gives a player a thing.
    pub(crate) fn equip(&mut self, id: &PlayerId, kind: &str) {
        let thing = self.game.state.make(&token(kind));
        self.of_mut(id).things.push(thing);
    }
}

pub(crate) fn token(word: &str) -> Token {
    Token::parse(word).unwrap()
}

//! A world that wishes its players ill.

use capos_schema::adventure_capnp::adventure_room_view;
use serde_json::{Value, json};
use std::cell::Cell;

use super::*;
use crate::workspace::areas::commands;
use crate::workspace::areas::stage::{Commands, Grant, Mood, Moods, grant, play};
use crate::workspace::board::Model as _;
use crate::workspace::view::Text;

/// A world with a room that a test fills.
struct Hostile {
    moods: Moods,
    turn: Rc<Cell<u64>>,
    fill: fn(adventure_room_view::Builder<'_>, u64),
}

impl adventure::Server for Hostile {
    async fn look(self: Rc<Self>, _: adventure::LookParams, mut results: adventure::LookResults) -> capnp::Result<()> {
        self.moods.bear().await?;
        (self.fill)(results.get().init_view(), self.turn.get());
        Ok(())
    }

    async fn inventory(
        self: Rc<Self>,
        _: adventure::InventoryParams,
        mut results: adventure::InventoryResults,
    ) -> capnp::Result<()> {
        self.moods.bear().await?;
        let mut items = results.get().init_items(300);
        (0..300).for_each(|place| items.set(place, format!("{place:\"<100}")));
        Ok(())
    }
}

fn worst() -> String {
    "\"\\".repeat(8 << 10)
}

/// As large as a room can be, and another one at every turn.
fn fill_worst(mut room: adventure_room_view::Builder<'_>, turn: u64) {
    let words = worst();
    room.set_room_id(format!("{turn}{words}"));
    room.set_title(&*words);
    room.set_description(&*words);
    room.set_lead(&*words);
    let mut exits = room.reborrow().init_exits(100);
    for place in 0..100 {
        let mut exit = exits.reborrow().get(place);
        exit.set_direction(format!("{place:\"<120}"));
        exit.set_room_id(format!("{place:\"<120}"));
    }
    let mut items = room.init_items(300);
    (0..300).for_each(|place| items.set(place, format!("{place:\"<100}")));
}

fn fill_plain(mut room: adventure_room_view::Builder<'_>, _: u64) {
    room.set_room_id("square");
    room.set_title("Square\u{202e}");
    let mut items = room.init_items(3);
    for (place, item) in (0..).zip(["bread", "kni\u{202e}fe", ""]) {
        items.set(place, item);
    }
}

fn world(moods: &Moods, says: &str, fill: fn(adventure_room_view::Builder<'_>, u64)) -> Vec<Grant> {
    let turn = Rc::new(Cell::new(0));
    let next = turn.clone();
    let commands = Commands::new(moods, move |mut menu| {
        next.set(next.get() + 1);
        menu.set_revision(next.get());
    });
    let commands = Commands { says: says.to_owned(), ..commands };
    let facet: adventure::Client = capnp_rpc::new_client(Hostile { moods: moods.clone(), turn, fill });
    let surface: command_surface::Client = capnp_rpc::new_client(commands);
    vec![grant("world", facet), grant("world_commands", surface)]
}

fn walk() -> Value {
    json!({ "command": "go", "arguments": [{ "name": "direction", "value": "\"".repeat(4 << 10) }] })
}

#[test]
fn everything_that_a_world_can_send_fits_in_what_a_window_is_sent() {
    let limits = AdventureLimits::default();
    play(world(&Moods::default(), &worst(), fill_worst), &[WORLD], async |mut stage| {
        stage.told(WORLD, |view| !view["room"].is_null()).await;
        for _ in 0..=limits.lines {
            stage.ask("adventure", "invoke", walk()).await.unwrap();
        }
        let whole = stage.whole(WORLD).await;
        assert_eq!(whole["log"].as_array().unwrap().len(), limits.lines);
        assert_eq!(whole["now"]["room"]["items"].as_array().unwrap().len(), limits.things);
        assert_eq!(whole["now"]["items"].as_array().unwrap().len(), limits.things);
        assert_eq!(whole["now"]["room"]["exits"].as_array().unwrap().len(), limits.exits);
        let seen = whole["seen"].as_array().unwrap().len();
        assert!(seen > 2 && seen < limits.lines, "{seen}");
        assert_eq!(whole["now"]["mapped"], false, "the map is full");
    });
}

#[test]
fn what_is_not_said_as_it_is_cannot_be_taken_and_nothing_turns_round_what_is_read() {
    play(world(&Moods::default(), "a\u{1b}[2J\u{202e}", fill_plain), &[WORLD], async |mut stage| {
        let change = stage.told(WORLD, |view| !view["room"].is_null()).await;
        assert_eq!(change["room"]["title"], "Square\u{fffd}");
        assert_eq!(change["room"]["items"], json!(["bread"]));
        let said = stage.ask("adventure", "invoke", json!({ "command": "look\u{202e}" })).await.unwrap();
        assert_eq!(said, json!({ "done": true, "text": "a\u{fffd}[2J\u{fffd}" }));
        let line = stage.told(WORLD, |view| !view["said"].is_null()).await;
        assert_eq!(line["said"]["asked"], "look\u{fffd}");
    });
}

#[test]
fn a_world_that_is_gone_or_says_nothing_is_told_and_is_there_again_when_it_is_opened() {
    for mood in [Mood::Gone, Mood::Silent] {
        let moods = Moods::default();
        play(world(&moods, "", fill_plain), &[WORLD], async |mut stage| {
            stage.told(WORLD, |view| !view["room"].is_null()).await;
            moods.set(mood);
            let lost = stage.told("adventure", |view| view["kind"] == "lost").await;
            assert!(!lost.to_string().contains("secret") && !lost.to_string().contains("os error"), "{lost}");
            assert!(lost["problem"]["advice"].as_str().unwrap().contains("Open it again"));
            assert!(stage.ask("adventure", "open", json!({})).await.is_err(), "it is as it was");
            moods.set(Mood::Fine);
            stage.ask("adventure", "open", json!({})).await.unwrap();
            stage.told("adventure", |view| view["kind"] == "ready").await;
        });
    }
}

#[test]
fn a_command_that_is_never_answered_is_given_up_in_time() {
    let moods = Moods::default();
    play(world(&moods, "", fill_plain), &[], async |stage| {
        moods.set(Mood::Silent);
        let begun = tokio::time::Instant::now();
        let problem = stage.ask("adventure", "invoke", walk()).await.unwrap_err();
        assert_eq!(problem.code.as_str(), "serviceUnavailable");
        assert!(begun.elapsed() < 2 * AdventureLimits::default().answer_time);
    });
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_asked() {
    play(world(&Moods::default(), "", fill_plain), &[], async |stage| {
        for (name, body) in [
            ("invoke", json!({ "command": "go", "principal": "bob" })),
            ("invoke", json!({})),
            ("open", json!({ "profile": "other" })),
        ] {
            assert_eq!(stage.ask("adventure", name, body).await.unwrap_err().status, 400);
        }
        assert_eq!(stage.ask("adventure", "fly", json!({})).await.unwrap_err().status, 404);
    });
}

#[test]
fn a_map_has_so_many_rooms_and_bytes_and_no_more() {
    let room = |id: &str| {
        let mut message = capnp::message::Builder::new_default();
        let mut room: adventure_room_view::Builder<'_> = message.init_root();
        room.set_room_id(id);
        let limits = AdventureLimits::default();
        let reading = Reading { limits: &limits, texts: &MenuLimits::default() };
        reading.room(room.into_reader()).unwrap()
    };
    let draw = |world: &mut World, id: &str| {
        let room = room(id);
        let mapped = world.has_place_for(&room);
        let menu = commands::MenuView { title: Text::default(), status: Text::default(), commands: Vec::new() };
        world.apply(&Change { room, mapped, items: Vec::new(), menu, said: None });
        mapped
    };
    let mut few = World::new(AdventureLimits { rooms: 2, ..AdventureLimits::default() });
    let drawn: Vec<bool> = ["a", "b", "c", "a"].iter().map(|id| draw(&mut few, id)).collect();
    assert_eq!(drawn, [true, true, false, true], "one that is there stays up to date");
    let one = crate::workspace::view::json(&few.whole().seen[0]).len();
    for (map_bytes, second) in [(2 * one, true), (2 * one - 1, false)] {
        let mut small = World::new(AdventureLimits { map_bytes, ..AdventureLimits::default() });
        assert!(draw(&mut small, "a") && draw(&mut small, "a"));
        assert_eq!(draw(&mut small, "b"), second, "{map_bytes}");
    }
}

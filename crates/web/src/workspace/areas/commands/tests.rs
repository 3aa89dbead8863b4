//! A service that describes itself with ill will, and a page in front of it.

use capos_schema::commands_capnp::command_menu;
use serde_json::json;

use super::*;
use crate::workspace::areas::stage::{Commands, Mood, Moods, grant, play};

const TOPIC: &str = "commands/toy";

fn one_command(mut menu: command_menu::Builder<'_>) {
    menu.set_title("Toy");
    let mut command = menu.init_commands(1).get(0);
    command.set_name("do");
    command.set_available(true);
}

fn toy(service: Commands) -> Vec<super::super::stage::Grant> {
    vec![grant::<command_surface::Client>("toy", capnp_rpc::new_client(service))]
}

#[test]
fn the_largest_menu_that_a_service_can_describe_is_shown() {
    let fill = |mut menu: command_menu::Builder<'_>| {
        let words = "\"\\".repeat(4 << 10);
        menu.set_title(&*words);
        menu.set_status(&*words);
        let mut commands = menu.init_commands(400);
        for place in 0..400 {
            let mut command = commands.reborrow().get(place);
            command.set_name(format!("{place:>0100}"));
            command.set_label(&*words);
            command.set_reason(&*words);
        }
    };
    play(toy(Commands::new(&Moods::default(), fill)), &[TOPIC], async |mut stage| {
        let view = stage.told(TOPIC, |view| !view["menu"].is_null()).await;
        let shown = view["menu"]["commands"].as_array().unwrap().len();
        assert!(shown > 10 && shown < 256, "{shown}");
        assert!(stage.whole(TOPIC).await["menu"]["commands"].is_array());
    });
}

#[test]
fn what_a_page_gives_is_what_the_service_is_asked() {
    let service = Commands::new(&Moods::default(), one_command);
    let asked = service.asked.clone();
    play(toy(service), &[TOPIC], async |stage| {
        let arguments = json!([
            { "name": "count", "value": { "integer": "9223372036854775807" } },
            { "name": "words", "value": "5" },
            { "name": "sure", "value": true },
        ]);
        let given = json!({ "surface": "toy", "command": "do", "arguments": arguments });
        assert_eq!(stage.ask("commands", "run", given).await.unwrap(), json!({ "done": true, "text": "done" }));
        let came = asked.borrow().join("");
        for part in ["9223372036854775807", "text = \"5\"", "boolean = true"] {
            assert!(came.contains(part), "{part} in {came}");
        }
        for wrong in [
            json!({ "surface": "toy", "command": "do", "arguments": [{ "name": "count", "value": 5 }] }),
            json!({ "surface": "toy", "command": "do", "principal": "root" }),
            json!({ "surface": "toy" }),
        ] {
            assert_eq!(stage.ask("commands", "run", wrong).await.unwrap_err().status, 400);
        }
        assert_eq!(asked.borrow().len(), 1);
    });
}

#[test]
fn a_service_that_says_nothing_of_what_can_be_done_next_is_asked() {
    let turns = Rc::new(std::cell::Cell::new(0));
    let count = turns.clone();
    let fill = move |mut menu: command_menu::Builder<'_>| {
        count.set(count.get() + 1);
        menu.set_title(format!("turn {}", count.get()));
    };
    let service = Commands {
        goes_on: false,
        says: "\u{1b}]52;\u{202e}".repeat(1 << 18),
        ..Commands::new(&Moods::default(), fill)
    };
    play(toy(service), &[TOPIC], async |mut stage| {
        stage.told(TOPIC, |view| view["menu"]["title"] == "turn 1").await;
        let said = stage.ask("commands", "run", json!({ "surface": "toy", "command": "do" })).await.unwrap();
        let said = said["text"].as_str().unwrap();
        assert!(said.len() <= 16 << 10 && !said.contains(['\u{1b}', '\u{202e}']));
        let begun = tokio::time::Instant::now();
        stage.told(TOPIC, |view| view["menu"]["title"] == "turn 2").await;
        assert!(begun.elapsed() < MenuLimits::default().menu_time);
    });
}

#[test]
fn a_service_that_stops_to_answer_is_said_to_and_is_shown_again_when_it_does() {
    for (mood, code) in [(Mood::Silent, "serviceUnavailable"), (Mood::Gone, "protocol")] {
        let moods = Moods::default();
        play(toy(Commands::new(&moods, one_command)), &[TOPIC], async |mut stage| {
            stage.told(TOPIC, |view| !view["menu"].is_null()).await;
            moods.set(mood);
            let view = stage.told(TOPIC, |view| !view["problem"].is_null()).await;
            assert_eq!(view["problem"]["code"], code);
            assert!(!view.to_string().contains("secret") && !view.to_string().contains("os error"));
            assert_eq!(view["menu"]["title"], "Toy", "what was there can still be read");
            moods.set(Mood::Fine);
            stage.told(TOPIC, |view| view["problem"].is_null() && !view["menu"].is_null()).await;
        });
    }
}

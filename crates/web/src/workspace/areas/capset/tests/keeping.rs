//! What is kept: capabilities, results, and what listeners hear.

use capos_schema::reflect::Notation as _;
use serde_json::json;
use tokio::task::LocalSet;

use super::super::calls::Calls;
use super::super::chips::Chip;
use super::*;
use crate::workspace::board::Opening;
use crate::workspace::view::Key;

fn chip() -> Chip {
    Chip::new(anything(), origin())
}

#[test]
fn as_many_capabilities_are_kept_as_may_be_and_not_one_more() {
    let chips = Chips::new(2, board());
    let first = chips.add(chip()).unwrap();
    chips.add(chip()).unwrap();
    let refused = chips.add(chip()).unwrap_err();
    assert!(refused.extra.starts_with("quotaExceeded: "), "{refused}");
    assert!(chips.remove(first) && !chips.remove(first));
    chips.add(chip()).unwrap();
    chips.clear();
    assert!(chips.views().is_empty());
}

#[test]
fn what_came_with_a_value_that_was_not_read_whole_does_not_stay() {
    let chips = Chips::new(8, board());
    let hook = || anything().hook().add_ref();
    let mut given_up = form(&chips);
    given_up.export(hook(), &Type::ANY).unwrap();
    assert_eq!(chips.views().len(), 1);
    drop(given_up);
    assert!(chips.views().is_empty());
    let mut seen_through = form(&chips);
    seen_through.export(hook(), &Type::ANY).unwrap();
    assert_eq!(seen_through.done().len(), 1);
    drop(seen_through);
    assert_eq!(chips.views().len(), 1);
}

#[test]
fn results_make_room_by_number_and_by_size_but_the_last_stays() {
    let calls = Calls::new(board(), 2, 1000);
    let small = || Value::Text("small".to_owned());
    let (first, second, third) = (calls.keep(small()).0, calls.keep(small()).0, calls.keep(small()).0);
    assert!(calls.result(first).is_none());
    assert!(calls.result(second).is_some() && calls.result(third).is_some());
    let (large, _) = calls.keep(Value::Text("x".repeat(2000)));
    assert!(calls.result(third).is_none() && calls.result(large).is_some());
    let (next, _) = calls.keep(small());
    assert!(calls.result(large).is_none() && calls.result(next).is_some());
}

#[tokio::test]
async fn a_call_is_cancelled_by_its_name_once() {
    let calls = Calls::new(board(), 2, 1000);
    let name = Key::new();
    let mut call = calls.begin(name, "chat");
    assert!(calls.cancel(name) && !calls.cancel(name));
    call.cancelled().await;
    drop(call);
    assert!(!calls.cancel(name));
    drop(calls.begin(name, "chat"));
    assert!(!calls.cancel(name), "it is over");
}

/// A listener for the methods of `Base`, and an object to call it with.
fn listener(chips: &Rc<Chips>, key: Key) -> Object {
    let base = Type::interface(RICH.interface_id("Base").unwrap());
    chips.listener(key, &means(), &base, &origin()).unwrap()
}

async fn ping(object: &Object, text: &str) -> Result<serde_json::Value> {
    let mut none = capos_schema::reflect::NoCapabilities;
    object.call("ping", &json!({ "text": text }), &mut none)?.results(&mut none).await
}

/// What a window that wants a listener's topic is told of it first; nothing where it is not there.
async fn heard(board: &Board, key: Key) -> Option<serde_json::Value> {
    let topic = format!("capset/heard/{key}");
    let opening = Opening { window: Key::new(), topics: [topic.clone()].into(), after: None };
    let told = board.window(opening).unwrap().next().await.unwrap();
    let told = std::str::from_utf8(&told).unwrap();
    let events =
        told.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line.strip_prefix("data: ")?).ok());
    let mut wholes = events.filter(|event| event["topic"] == topic.as_str());
    wholes.next().map(|event| event["whole"].clone())
}

#[tokio::test(start_paused = true)]
async fn a_listener_answers_with_nothing_and_shows_what_it_heard() {
    let work = async {
        let (board, key) = (board(), Key::new());
        let chips = Chips::new(8, board.clone());
        let object = listener(&chips, key);
        assert_eq!(ping(&object, "one\u{1b}[2J").await.unwrap(), json!({ "text": "" }));
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        let now = heard(&board, key).await.unwrap();
        assert_eq!((&now["total"], &now["missed"]), (&json!(1), &json!(0)));
        assert_eq!(now["calls"][0]["method"], "ping");
        assert_eq!(now["calls"][0]["arguments"]["members"][0]["value"]["text"], "one\u{fffd}[2J");
    };
    LocalSet::new().run_until(work).await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_counted_and_shown_in_part() {
    let work = async {
        let (board, key) = (board(), Key::new());
        let chips = Chips::new(8, board.clone());
        let object = listener(&chips, key);
        for turn in 0..6 {
            for number in 0..50 {
                ping(&object, &format!("{turn} {number}")).await.unwrap();
            }
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
        let now = heard(&board, key).await.unwrap();
        assert_eq!((&now["total"], &now["missed"]), (&json!(300), &json!(60)));
        assert_eq!(now["calls"].as_array().unwrap().len(), 80);
        assert_eq!(now["calls"][79]["arguments"]["members"][0]["value"]["text"], "5 39");
    };
    LocalSet::new().run_until(work).await;
}

#[tokio::test]
async fn a_listener_says_when_whoever_had_it_let_go_of_it() {
    let work = async {
        let (board, key) = (board(), Key::new());
        let chips = Chips::new(8, board.clone());
        let (one, other) = (listener(&chips, key), listener(&chips, key));
        let silent = async || heard(&board, key).await.unwrap()["silent"].clone();
        ping(&one, "one").await.unwrap();
        drop(one);
        assert_eq!(silent().await, json!(false), "another has it");
        drop(other);
        assert_eq!(silent().await, json!(true));
        let again = chips.give(key).unwrap();
        assert_eq!(silent().await, json!(false));
        ping(&again, "two").await.unwrap();
        drop(again);
        assert_eq!(heard(&board, key).await.unwrap()["total"], json!(2), "what it heard before stays");
    };
    LocalSet::new().run_until(work).await;
}

#[tokio::test]
async fn a_listener_that_was_released_is_gone_for_whoever_still_calls_it() {
    let work = async {
        let (board, key) = (board(), Key::new());
        let chips = Chips::new(8, board.clone());
        let object = listener(&chips, key);
        ping(&object, "one").await.unwrap();
        assert!(chips.remove(key));
        let refused = ping(&object, "two").await.unwrap_err();
        assert!(refused.to_string().contains("revoked"), "{refused}");
        assert!(heard(&board, key).await.is_none());
    };
    LocalSet::new().run_until(work).await;
}

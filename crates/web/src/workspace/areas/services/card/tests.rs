use capos_client::Transfer;
use capos_schema::chat_capnp::chat;
use capos_schema::manual_capnp::manual;

use super::super::profile::Requirement;
use super::*;

fn entry(name: &str, interface_id: u64) -> CapEntry {
    CapEntry { name: name.to_owned(), interface_id, transfer: Transfer::Session, lease_expires_at_ms: None }
}

fn profile(required: &str) -> Profile {
    let requirement = |name: &str| Requirement {
        name: name.to_owned(),
        interface_id: manual::Client::TYPE_ID,
        lent: true,
        moved: false,
    };
    Profile {
        id: "talk".to_owned(),
        label: "Talk\u{202e}".to_owned(),
        state: "startable".to_owned(),
        processes: Vec::new(),
        requires: vec![requirement(required)],
        exports: vec![Export { name: "chat".to_owned(), interface_id: chat::Client::TYPE_ID }],
    }
}

fn cards(required: &str, caps: &[CapEntry]) -> ServicesView {
    let mut cards = Cards::default();
    cards.look(Ok(Some(vec![profile(required)])), true, caps);
    cards.view()
}

#[test]
fn what_a_service_needs_is_held_missing_or_something_else() {
    let caps = [entry("manual", manual::Client::TYPE_ID), entry("other", chat::Client::TYPE_ID)];
    for (name, held) in [("manual", Held::Yes), ("other", Held::Other), ("nothing", Held::No)] {
        assert_eq!(cards(name, &caps).services[0].requires[0].held, held);
    }
}

#[test]
fn a_grant_is_on_the_card_of_its_service_or_on_one_of_its_own() {
    let chat = entry("chat", chat::Client::TYPE_ID);
    let runner = entry("runner", remote_service_runner::Client::TYPE_ID);
    let view = cards("manual", &[chat, runner, entry("chat_too", chat::Client::TYPE_ID)]);
    assert!(view.services[0].exports[0].held);
    let names: Vec<&str> = view.grants.iter().map(|grant| grant.name.as_str()).collect();
    assert_eq!(names, ["chat_too"], "the runner is this view's own");
}

#[test]
fn a_list_that_cannot_be_read_leaves_the_one_before_and_says_why() {
    let mut cards = Cards::default();
    cards.look(Ok(Some(vec![profile("manual")])), true, &[]);
    cards.look(Err(Problem::bad_request("no")), true, &[]);
    let view = cards.view();
    assert_eq!((view.services.len(), view.problem.is_some(), view.listed), (1, true, true));
    cards.look(Ok(None), false, &[]);
    assert_eq!((cards.view().services.len(), cards.view().listed), (0, false));
}

#[test]
fn a_label_cannot_turn_round_what_is_read() {
    assert_eq!(cards("manual", &[]).services[0].label.as_str(), "Talk\u{fffd}");
}

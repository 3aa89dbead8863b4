use std::time::Duration;

use hyper::header::COOKIE;
use tokio::time::advance;

use super::*;
use crate::server::Link;
use crate::workspace::command::Command;
use crate::workspace::desk::DeskHandle;

const SECOND: Duration = Duration::from_secs(1);
/// The keeper of a session has its turn.
const TURN: Duration = Duration::from_millis(1);

fn limits() -> WorkspaceLimits {
    WorkspaceLimits { sessions: 2, sign_ins: 1, ..WorkspaceLimits::default() }
}

fn door() -> Door {
    Door::new(Arc::new(limits()), Place::Node, SameSite::Strict)
}

fn asking() -> Asking {
    Asking { link: Link { origin: "http://localhost".to_owned(), local: true, https: false }, ..Asking::default() }
}

/// What a browser asks with that was given this.
fn with(pass: &Pass) -> Asking {
    let mut asking = asking();
    let cookie = pass.cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    asking.headers.insert(COOKIE, cookie.parse().unwrap());
    asking.headers.insert("x-csrf-token", pass.token.as_str().parse().unwrap());
    asking
}

fn code(refused: Result<Arc<Visit>, Problem>) -> String {
    refused.err().map_or_else(String::new, |problem| problem.code.as_str().to_owned())
}

/// Somebody who is signed in, and the desk's own end.
fn signed_in(door: &Door) -> (Asking, Box<dyn std::any::Any>) {
    let (desk, end) = DeskHandle::of_nothing(&limits());
    let reservation = door.reserve(&asking(), true).unwrap();
    (with(&door.admit(&asking(), Stage::In(desk), reservation)), Box::new(end))
}

#[tokio::test(start_paused = true)]
async fn a_session_is_idle_for_so_long_and_not_a_moment_more() {
    let (door, idle) = (door(), limits().idle_time);
    let (browser, _desk) = signed_in(&door);
    for _ in 0..3 {
        advance(idle - SECOND).await;
        assert!(door.visit(&browser, Use::Acts).is_ok());
    }
    advance(idle - TURN).await;
    assert!(door.visit(&browser, Use::Reads).is_ok(), "up to its last moment");
    advance(TURN).await;
    assert_eq!(code(door.visit(&browser, Use::Acts)), "sessionExpired", "what only reads has not stretched it");
}

#[tokio::test(start_paused = true)]
async fn a_session_lasts_so_long_whatever_is_done_in_it() {
    let (door, limits) = (door(), limits());
    let (browser, _desk) = signed_in(&door);
    let mut left = limits.whole_time;
    while left > limits.idle_time {
        advance(limits.idle_time - SECOND).await;
        left -= limits.idle_time - SECOND;
        assert!(door.visit(&browser, Use::Acts).is_ok());
    }
    advance(left - TURN).await;
    assert!(door.visit(&browser, Use::Acts).is_ok());
    advance(TURN).await;
    assert_eq!(code(door.visit(&browser, Use::Acts)), "sessionExpired");
}

#[tokio::test(start_paused = true)]
async fn in_its_time_a_session_ends_though_nobody_asks() {
    let door = door();
    let (_browser, _desk) = signed_in(&door);
    let (_other, _desk) = signed_in(&door);
    assert!(door.reserve(&asking(), true).is_err());
    tokio::time::sleep(limits().idle_time + TURN).await;
    assert!(door.visits.lock().visits.is_empty());
    assert!(door.reserve(&asking(), true).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_step_lasts_until_it_was_said_to_end() {
    let door = door();
    let reservation = door.reserve(&asking(), true).unwrap();
    let until = tokio::time::Instant::now() + 10 * SECOND;
    let browser = with(&door.admit(&asking(), Stage::Entering(Entering::of_nothing(), until), reservation));
    advance(10 * SECOND - TURN).await;
    assert!(door.visit(&browser, Use::Acts).is_ok());
    assert!(door.reserve(&asking(), true).is_err(), "it waits");
    advance(TURN).await;
    assert_eq!(code(door.visit(&browser, Use::Acts)), "sessionExpired");
    assert!(door.reserve(&asking(), true).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_ends_gives_the_place_back() {
    let door = door();
    let (browser, desk) = signed_in(&door);
    drop(desk);
    tokio::time::sleep(TURN).await;
    assert_eq!(code(door.visit(&browser, Use::Acts)), "staleSession");
    assert!(door.visits.lock().visits.is_empty());
}

#[tokio::test(start_paused = true)]
async fn of_what_has_ended_so_much_is_remembered_and_no_more() {
    let door = door();
    let mut browsers = Vec::new();
    for _ in 0..3 {
        let (browser, _desk) = signed_in(&door);
        door.sign_out(&browser);
        browsers.push(browser);
    }
    let codes: Vec<_> = browsers.iter().map(|browser| code(door.visit(browser, Use::Acts))).collect();
    assert_eq!(codes, ["unauthenticated", "signedOut", "signedOut"]);
}

#[tokio::test(start_paused = true)]
async fn places_are_given_back_in_every_way() {
    for place in [Place::Node, Place::Bridge] {
        let door = Door::new(Arc::new(WorkspaceLimits { sessions: 1, sign_ins: 1, ..limits() }), place, SameSite::Lax);
        drop(door.reserve(&asking(), true).unwrap());
        let (browser, _desk) = signed_in(&door);
        assert!(door.reserve(&asking(), true).is_err());
        let again = door.reserve(&browser, false).unwrap();
        assert!(door.reserve(&browser, true).is_err(), "one at a time");
        drop(again);
        assert!(door.visit(&browser, Use::Acts).is_ok(), "what was there stays until the other is done");
        door.sign_out(&browser);
        let (_browser, _desk) = signed_in(&door);
    }
}

fn launch() -> (String, Command) {
    ("services".to_owned(), Command { name: "launch".to_owned(), body: bytes::Bytes::from_static(b"{}") })
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_ends_with_its_session_and_is_not_begun_after_it() {
    let door = door();
    let (browser, _desk) = signed_in(&door);
    let visit = door.visit(&browser, Use::Acts).unwrap();
    let (area, command) = launch();
    let (other_area, other_command) = launch();
    let (third_area, third_command) = launch();
    let under_way = futures::future::join3(
        visit.ask(area, command),
        visit.clone().ask_once("a".to_owned(), other_area, other_command),
        visit.clone().ask_once("a".to_owned(), third_area, third_command),
    );
    let end = async {
        tokio::time::sleep(SECOND).await;
        door.sign_out(&browser);
    };
    let ((plain, first, again), ()) = tokio::join!(under_way, end);
    for outcome in [plain, first, again] {
        assert_eq!(outcome.unwrap_err().code.as_str(), "signedOut");
    }
    let (area, command) = launch();
    assert!(visit.ask(area, command).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_command_with_a_name_goes_on_without_whoever_asked_first() {
    let door = door();
    let (browser, _desk) = signed_in(&door);
    let visit = door.visit(&browser, Use::Acts).unwrap();
    let (area, command) = launch();
    let first = visit.clone().ask_once("a".to_owned(), area, command);
    assert!(tokio::time::timeout(SECOND, first).await.is_err(), "it takes its time, and its client has gone");
    let (area, command) = launch();
    let again = visit.clone().ask_once("a".to_owned(), area, command);
    assert!(tokio::time::timeout(SECOND, again).await.is_err(), "it is waited for, not done again");
    assert_eq!(visit.desk().unwrap().begun(), 1);
}

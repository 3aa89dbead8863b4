//! A principal's other sessions, and another profile in a session's place.

use std::time::Duration;

use capos_authority::{Actor, PrincipalKind};
use capos_schema::Code;

use crate::client::{Held, Line, code, denial, echo, run};
use crate::node::{Grants, Node, PASSWORD};

async fn others(held: &Held) -> Vec<Vec<u8>> {
    let response = held.0.others_request().send().promise.await.expect("a live session");
    let list = response.get().expect("it is answered").get_sessions().expect("it is answered");
    list.iter().map(|other| other.get_session().expect("it is answered").to_vec()).collect()
}

async fn end_other(held: &Held, session: &[u8]) -> capnp::Result<bool> {
    let mut request = held.0.end_other_request();
    request.get().set_session(session);
    request.get().set_reason("left it open");
    Ok(request.send().promise.await?.get()?.get_ended())
}

async fn profiles(held: &Held) -> Vec<(String, bool)> {
    let response = held.0.profiles_request().send().promise.await.expect("a live session");
    let list = response.get().expect("it is answered").get_profiles().expect("it is answered");
    list.iter()
        .map(|choice| {
            (choice.get_name().expect("it is answered").to_string().expect("it is answered"), choice.get_current())
        })
        .collect()
}

async fn enter(held: &Held, profile: &str) -> capnp::Result<Held> {
    let mut request = held.0.enter_request();
    request.get().set_profile(profile);
    Ok(Held(request.send().promise.await?.get()?.get_session()?))
}

async fn profile_of(held: &Held) -> String {
    let response = held.0.info_request().send().promise.await.expect("a live session");
    response
        .get()
        .expect("it is answered")
        .get_info()
        .expect("it is answered")
        .get_profile()
        .expect("it is answered")
        .to_string()
        .expect("it is answered")
}

/// A node where ada may have `lab` and `desk`, and not `vault`.
async fn node() -> Node {
    let node = Node::start().await;
    node.profile("desk", &["human"], &[Grants::SESSION]).await;
    node.profile("vault", &["human"], &[Grants::LAB]).await;
    node.role("tester", &["lab", "desk"]).await;
    node
}

#[test]
fn a_principal_sees_and_ends_its_own_other_sessions_and_nobody_elses() {
    run(async {
        let node = node().await;
        node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_a, first) = Line::signed_in(&node, "ada").await;
        let (_b, second) = Line::signed_in(&node, "ada").await;
        let (_c, bob) = Line::signed_in(&node, "bob").await;
        let (guest, visitor) = (Line::plain(&node).await, Line::plain(&node).await);
        let (guest, visitor) = (guest.guest().await.unwrap(), visitor.guest().await.unwrap());
        assert_eq!(others(&first).await, [second.id().await.unwrap()]);
        assert!(others(&bob).await.is_empty());
        assert!(others(&guest).await.is_empty(), "guests share an account, and nobody knows who they are");
        for foreign in [&bob, &guest, &first] {
            assert!(!end_other(&first, &foreign.id().await.unwrap()).await.unwrap());
        }
        assert!(!end_other(&guest, &visitor.id().await.unwrap()).await.unwrap());
        assert!(!end_other(&first, &[7; 16]).await.unwrap(), "as one that never was");
        assert_eq!(code(end_other(&first, &[7; 15]).await), Code::BadRequest);
        let gone = second.id().await.unwrap();
        assert!(end_other(&first, &gone).await.unwrap());
        assert_eq!(code(second.list().await), Code::StaleSession);
        let rows = node.journaled("session.ended", 1).await;
        assert!(rows[0].contains(r#""reason":"endedElsewhere""#) && rows[0].contains(r#""note":"left it open""#));
        assert!(rows[0].contains(r#""by":"ada""#), "{}", rows[0]);
        assert!(!end_other(&first, &gone).await.unwrap());
        for other in [&first, &bob, &guest, &visitor] {
            other.list().await.unwrap();
        }
    });
}

#[test]
fn another_profile_is_entered_in_the_place_of_the_session() {
    run(async {
        let node = node().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        assert_eq!(profiles(&held).await, [("lab".to_owned(), true), ("desk".to_owned(), false)]);
        let (lab, before) = (held.lab("lab").await, held.id().await.unwrap());
        let desk = enter(&held, "desk").await.unwrap();
        assert_eq!(code(held.id().await), Code::StaleSession, "the one before is over when the answer comes");
        assert_eq!(code(echo(&lab, b"").await), Code::StaleSession);
        assert_eq!(profile_of(&desk).await, "desk");
        assert_eq!(desk.list().await.unwrap().len(), 1);
        assert_ne!(desk.id().await.unwrap(), before);
        assert_eq!(node.authority.sessions().len(), 1);
        let rows = node.journaled("session.begun", 2).await;
        assert!(
            rows[1].contains(&format!(r#""inPlaceOf":"{}""#, capos_authority::Handle(before.try_into().unwrap()))),
            "{}",
            rows[1]
        );
        let rows = node.journaled("session.ended", 1).await;
        assert!(rows[0].contains(r#""reason":"profileEntered""#), "{}", rows[0]);
        let back = enter(&desk, "").await.unwrap();
        assert_eq!(profile_of(&back).await, "lab", "the default, as at a sign-in");
        let lab = back.lab("lab").await;
        echo(&lab, b"works").await.unwrap();
        back.logout().await.unwrap();
    });
}

#[test]
fn a_profile_is_denied_in_the_same_words_whatever_speaks_against_it() {
    run(async {
        let node = node().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let refused = denial(enter(&held, "vault").await);
        assert_eq!(refused.code, Code::AuthenticationDenied);
        assert_eq!(denial(enter(&held, "nowhere").await), refused);
        let guest = line.guest().await.unwrap();
        assert_eq!(profiles(&guest).await, [("guest".to_owned(), true)]);
        assert_eq!(denial(enter(&guest, "guest").await), refused, "a visitor has proven nothing");
        assert_eq!(profile_of(&held).await, "lab", "and the session goes on");
        node.time.advance(capos_authority::Limits::default().enter_time - Duration::from_secs(1));
        let desk = enter(&held, "desk").await.unwrap();
        node.time.advance(Duration::from_secs(1));
        assert_eq!(denial(enter(&desk, "lab").await), refused, "the proof is as old as it was");
        let mut renewal = desk.0.renew_request();
        renewal.get().set_proof(PASSWORD.as_bytes());
        renewal.send().promise.await.unwrap();
        assert_eq!(profile_of(&enter(&desk, "lab").await.unwrap()).await, "lab", "a fresh one was given");
        node.journaled("session.refused", 4).await;
    });
}

#[test]
fn a_proof_is_good_for_so_many_profiles_and_no_longer_than_for_the_first() {
    run(async {
        let node = node().await;
        let (_line, mut held) = Line::signed_in(&node, "ada").await;
        let end = node.authority.sessions()[0].expires_at_ms();
        node.time.advance(Duration::from_secs(60));
        for turn in 0..capos_authority::Limits::default().enters {
            held = enter(&held, if turn % 2 == 0 { "desk" } else { "lab" }).await.unwrap();
        }
        assert_eq!(code(enter(&held, "desk").await), Code::AuthenticationDenied);
        let sessions = node.authority.sessions();
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].expires_at_ms(), end, "as if the proof had been given for it");
    });
}

#[test]
fn another_profile_takes_no_second_place() {
    run(async {
        let node = Node::with(|setup| {
            setup.authority.principal_sessions = 1;
            setup.limits.sessions = 1;
        })
        .await;
        node.profile("desk", &["human"], &[Grants::SESSION]).await;
        node.role("tester", &["lab", "desk"]).await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let desk = enter(&held, "desk").await.unwrap();
        assert_eq!(code(line.guest().await.map(drop)), Code::TooManySessions);
        let lab = enter(&desk, "lab").await.unwrap();
        lab.list().await.unwrap();
    });
}

#[test]
fn what_was_proven_is_worth_nothing_once_it_is_taken_away() {
    run(async {
        let node = node().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let (admin, actor) = (node.authority.admin(), Actor::offline());
        admin.set_password("ada", "another good one".into(), false, &actor).await.unwrap();
        assert_eq!(code(enter(&held, "desk").await), Code::AuthenticationDenied, "nobody signs in by the one before");
        assert_eq!(profile_of(&held).await, "lab", "though the session goes on");
        admin.remove_password("ada", &actor).await.unwrap();
        assert_eq!(code(enter(&held, "desk").await), Code::StaleSession);
    });
}

#[test]
fn two_who_enter_at_once_get_one_session() {
    run(async {
        let node = node().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let (one, two) = tokio::join!(enter(&held, "desk"), enter(&held, "desk"));
        assert!(one.is_ok() != two.is_ok());
        node.until(|node| node.authority.sessions().len() == 1).await;
    });
}

//! Passwords guessed from everywhere, and objects guessed from next door.

use std::time::Duration;

use capos_testkit::hostile::{Cap, Target};
use tokio::task::JoinSet;

use super::peers::Client;
use super::process::{PASSWORD, WholeNode};
use crate::attacks;
use crate::ground::Ground;
use crate::node::Over;
use crate::storms::on_local;
use capos_hostile::front;

const SOURCES: u8 = 100;
const GUESSES: usize = 10;
/// Sign-ins to another account while the guesses wait, each from a source of its own.
const SIGN_INS: u8 = 4;
/// What those may take, in times of one hash: the one that runs, one's own, and turns of the guesses between.
const FEW: u32 = 8;

/// Where a source is that has signed in before.
const KNOWN: u8 = 201;

#[test]
fn a_thousand_wrong_passwords_hold_up_nobody_else_and_lock_nobody_out() {
    let _alone = crate::alone();
    let node = WholeNode::start();
    let (one_hash, slowest, owner) = on_local(async {
        let door = node.door(Over::Plain);
        let owner = Client::connect(&door, KNOWN).await;
        let (session, one_hash) = owner.sign_in("alice", PASSWORD).await;
        session.expect("the owner signs in at first");

        let mut guessers = JoinSet::new();
        for source in 1..=SOURCES {
            let client = Client::connect(&door, source).await;
            guessers.spawn_local(guess(client, "alice"));
        }
        until_refused(&node).await;

        let mut slowest = Duration::ZERO;
        for source in 0..SIGN_INS {
            let bob = Client::connect(&door, 210 + source).await;
            let (session, took) = bob.sign_in("bob", PASSWORD).await;
            session.expect("another account signs in meanwhile").system_info().await.expect("it is served");
            slowest = slowest.max(took);
        }
        let again = Client::connect(&door, KNOWN).await;
        let (session, took) = again.sign_in("alice", PASSWORD).await;
        session.expect("the owner signs in from a source that has worked").system_info().await.expect("it is served");

        let mut told = 0;
        while let Some(count) = guessers.join_next().await {
            told += count.expect("no guesser is served");
        }
        assert_eq!(told, usize::from(SOURCES) * GUESSES);
        (one_hash, slowest, took)
    });
    eprintln!("one hash {one_hash:?}; another account meanwhile {slowest:?} at worst; the owner {owner:?}");
    node.end();
    // A hash is timed once, and a machine with other things to do may be slower a moment later.
    let bound = FEW * one_hash.max(Duration::from_millis(50));
    assert!(slowest <= bound, "another account waited {slowest:?}, and a hash takes {one_hash:?}");
}

/// Guesses all at once, as often as it may, and sees that each is refused in the proper words.
async fn guess(client: Client, account: &str) -> usize {
    let flows: Vec<_> = (0..GUESSES).map(|_| client.begin(account)).collect();
    let answers = flows.iter().enumerate().map(|(number, flow)| Client::answer(flow, &format!("guess {number}")));
    for answer in futures::future::join_all(answers).await {
        let reason = answer.err().expect("a guess is refused").extra;
        let reason = reason.trim_start_matches("remote exception: ");
        assert!(reason.starts_with("authenticationDenied: ") || reason.starts_with("overloaded: "), "{reason}");
    }
    GUESSES
}

/// Waits until the guesses have come so far that the first was refused. It is asked again: it is another process.
async fn until_refused(node: &WholeNode) {
    while node.figure("capos_sign_ins_denied_total{method=\"password\"}") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What one connection holds is nothing to another: not its numbers, and not its handles.
#[test]
fn objects_of_another_connection_cannot_be_called() {
    let _alone = crate::alone();
    let node = WholeNode::start();
    on_local(async {
        let door = node.door(Over::Plain);
        let mut holder = attacks::connect(&door, 1).await.unwrap();
        Ground::Session.greet(&mut holder).await;
        holder.send(&front::session(5, front::SESSION, front::CAP_SET).frame()).await;
        holder.send(&front::get(6, Target::first_field(5), "system_info", front::SYSTEM_INFO).frame()).await;
        let (_, caps) = holder.expect_results(6).await;
        let [Cap::Own(object) | Cap::OwnPromise(object)] = caps[..] else { panic!("{caps:?}") };

        for ground in [Ground::Door, Ground::Session] {
            for number in [object, object + 1] {
                let mut thief = attacks::connect(&door, 2).await.unwrap();
                ground.greet(&mut thief).await;
                thief.send(&front::motd(7, Target::Import(number)).frame()).await;
                // Numbers are each connection's own: where this one has an object of that number, it is no system's.
                attacks::listen_refused(&mut thief, 7).await;
            }
        }
        holder.send(&front::motd(8, Target::Import(object)).frame()).await;
        holder.expect_results(8).await;
    });
    node.end();
}

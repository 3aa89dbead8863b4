//! Passwords guessed from everywhere, and objects guessed from next door.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use capos_testkit::hostile::{Cap, Target};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::task::JoinSet;

use super::peers::Client;
use super::process::{PASSWORD, WholeNode};
use crate::attacks;
use crate::ground::Ground;
use crate::neighbour::waited;
use crate::node::{Door, Over};
use crate::storms::on_local;
use capos_hostile::front;

const SOURCES: u8 = 100;
/// Guesses of one source, all at once: four on one connection is what a connection may have.
const GUESSES: [usize; 3] = [4, 3, 3];
/// Sign-ins to another account while the guesses wait, each from a source of its own.
const SIGN_INS: u8 = 4;
/// What those may take, in times of one hash: the one that runs, one's own, and turns of the guesses between.
const FEW: u32 = 8;

/// Where a source is that has signed in before.
const KNOWN: u8 = 201;

#[test]
fn a_thousand_wrong_passwords_hold_up_nobody_else_and_lock_nobody_out() {
    let _alone = crate::alone();
    // More strangers at once than are let in by default.
    let node = WholeNode::configured("[limits.entry]\nnode = 512\n");
    let (one_hash, slowest, owner) = on_local(async {
        let door = node.door(Over::Plain);
        let owner = Client::connect(&door, KNOWN).await;
        let (session, one_hash) = owner.sign_in("alice", PASSWORD).await;
        session.expect("the owner signs in at first");

        let mut guessers = JoinSet::new();
        let refused = Rc::new(Cell::new(0));
        for source in 1..=SOURCES {
            for guesses in GUESSES {
                let client = Client::connect(&door, source).await;
                guessers.spawn_local(guess(client, guesses, refused.clone()));
            }
        }
        until_refused(&node).await;

        let mut slowest = Duration::ZERO;
        for source in 0..SIGN_INS {
            slowest = slowest.max(sign_in(&node, &door, 210 + source, "bob").await);
        }
        let owner = sign_in(&node, &door, KNOWN, "alice").await;

        assert!(!guessers.is_empty(), "all were refused before the others had signed in");
        // The rest would take as long as their hashes; each that was refused was refused properly.
        guessers.abort_all();
        while let Some(ended) = guessers.join_next().await {
            assert!(ended.is_ok() || ended.is_err_and(|error| error.is_cancelled()), "a guesser was told otherwise");
        }
        assert!(refused.get() > 0);
        (one_hash, slowest, owner)
    });
    eprintln!("one hash {one_hash:?}; another account meanwhile {slowest:?} at worst; the owner {owner:?}");
    node.end();
    let bound = FEW * one_hash.max(Duration::from_millis(50));
    assert!(slowest <= bound, "another account waited {slowest:?}, and a hash takes {one_hash:?}");
    assert!(owner <= bound, "the owner waited {owner:?}, and a hash takes {one_hash:?}");
}

/// Signs in and is served; gives the time that the password took, not counting what a machine with other things to do
/// kept the node waiting for a processor.
async fn sign_in(node: &WholeNode, door: &Door, source: u8, account: &str) -> Duration {
    let client = Client::connect(door, source).await;
    let waited_before = waited(&node.schedules());
    let (session, took) = client.sign_in(account, PASSWORD).await;
    let waited = waited(&node.schedules()).saturating_sub(waited_before);
    session.expect("it signs in meanwhile").system_info().await.expect("it is served");
    took.saturating_sub(waited)
}

/// Guesses at one account all at once, and sees that each is refused in the proper words.
async fn guess(client: Client, guesses: usize, refused: Rc<Cell<usize>>) {
    let answers = (0..guesses).map(async |number| {
        let flow = client.begin("alice").await?;
        Client::answer(&flow, &format!("guess {number}")).await
    });
    let mut answers: FuturesUnordered<_> = answers.collect();
    while let Some(answer) = answers.next().await {
        let reason = answer.err().expect("a guess is refused").extra;
        let reason = reason.trim_start_matches("remote exception: ");
        assert!(reason.starts_with("authenticationDenied: ") || reason.starts_with("overloaded: "), "{reason}");
        refused.set(refused.get() + 1);
    }
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

//! Hostile peers by the hundred, and a neighbour that is signed in beside them.

use tokio::task::JoinSet;

use super::process::WholeNode;
use crate::attacks::{self, Attack};
use crate::ground::Ground;
use crate::neighbour::Neighbour;
use crate::node::{Door, Over};
use crate::storms::{RESETS, assert_prompt, figures, join, on_local, one};

/// KiB that a node may have more after the last round than after the first: what the allocator cannot give back.
const GROWTH: u64 = 16 << 10;
const ROUNDS: usize = 2;
/// Connections of one source before sign-in, as the node's gate has it; and sessions of one, as its policy has it.
const OF_ONE_SOURCE: usize = 12;

#[test]
fn a_whole_node_withstands_strangers() {
    storm(Ground::Door, Over::Plain);
}

#[test]
fn a_whole_node_withstands_those_that_are_signed_in() {
    storm(Ground::Session, Over::Plain);
}

#[test]
fn a_whole_node_withstands_both_over_tls() {
    storm(Ground::Session, Over::Tls);
}

#[expect(clippy::print_stderr, reason = "figures for who runs it with --nocapture")]
fn storm(ground: Ground, over: Over) {
    let _alone = crate::alone();
    let node = WholeNode::start();
    let neighbour = Neighbour::signed_in(node.door(over), node.schedules());
    let began = std::time::Instant::now();
    let memory = on_local(async {
        let mut memory = Vec::new();
        for _ in 0..=ROUNDS {
            round(&node, ground, over).await;
            memory.push(node.memory());
        }
        memory
    });
    let took = began.elapsed();
    let samples = neighbour.end();
    eprintln!("{ground:?} over {over:?}: {took:?}, KiB {memory:?}\n  motd: {}", figures(&samples));
    node.end();
    let [first, .., last] = memory[..] else { panic!("two rounds") };
    assert!(last <= first + GROWTH, "memory grew: {memory:?}");
    assert_prompt(&samples);
}

async fn round(node: &WholeNode, ground: Ground, over: Over) {
    let door = node.door(over);
    let mut peers = JoinSet::new();
    let each = attacks::of_a_node(ground);
    let all = each.iter().flat_map(|attack| std::iter::repeat_n(attack, attack.peers));
    for (number, attack) in all.enumerate() {
        let source = u8::try_from(1 + number / OF_ONE_SOURCE).unwrap();
        peers.spawn_local(one(attack, door.clone(), source));
    }
    for source in 0..RESETS {
        peers.spawn_local(attacks::reset(door.clone(), 100 + source));
    }
    join(peers).await;
    node.until_left(1).await;
    // The places and the flows of the attackers were given back: their sources are served as before.
    for source in [1, 3] {
        one(&Attack::honest(ground), door.clone(), source).await;
    }
    node.until_left(1).await;
}

/// For who looks for the culprit: each attack alone.
#[test]
#[ignore = "prints what each attack costs, or those alone whose names contain HOSTILE_ATTACK"]
fn each_attack_on_a_whole_node_by_itself() {
    let wanted = std::env::var("HOSTILE_ATTACK").unwrap_or_default();
    for ground in [Ground::Door, Ground::Session] {
        let node = WholeNode::start();
        for attack in attacks::of_a_node(ground).into_iter().filter(|attack| attack.name.contains(&wanted)) {
            let before = node.memory();
            let began = std::time::Instant::now();
            on_local(run_some(&node, &attack));
            eprintln!("{ground:?} {}: {:?}, KiB {before} to {}", attack.name, began.elapsed(), node.memory());
        }
        node.end();
    }
}

async fn run_some(node: &WholeNode, attack: &Attack) {
    let door: Door = node.door(Over::Plain);
    let mut peers = JoinSet::new();
    for source in 1..=4 {
        peers.spawn_local(one(attack, door.clone(), source));
    }
    join(peers).await;
    node.until_left(0).await;
}

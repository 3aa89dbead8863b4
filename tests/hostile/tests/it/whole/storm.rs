//! Hostile peers by the hundred, and a neighbour that is signed in beside them.

use tokio::task::JoinSet;

use super::process::WholeNode;
use crate::attacks::{self, Attack};
use crate::ground::Ground;
use crate::neighbour::Neighbour;
use crate::node::{Door, Over};
use crate::storms::{RESETS, assert_prompt, drain_closed, figures, join, on_local, one};

/// KiB that a node may have more after the last round than after the first: what the allocator cannot give back.
const GROWTH: u64 = 8 << 10;
const ROUNDS: usize = 2;
/// Connections of one source before sign-in, as the node's gate has it; and sessions of one, as its policy has it.
const OF_ONE_SOURCE: usize = 12;

#[test]
fn a_whole_node_withstands_strangers() {
    storm(&[Ground::Door], Over::Plain);
}

#[test]
fn a_whole_node_withstands_those_that_are_signed_in() {
    storm(&[Ground::Session], Over::Plain);
}

#[test]
fn a_whole_node_withstands_both_over_tls() {
    storm(&[Ground::Door, Ground::Session], Over::Tls);
}

#[expect(clippy::print_stderr, reason = "figures for who runs it with --nocapture")]
fn storm(grounds: &[Ground], over: Over) {
    let _alone = crate::alone();
    let node = WholeNode::start();
    let neighbour = Neighbour::signed_in(node.door(over), node.schedules());
    let began = std::time::Instant::now();
    let memory = on_local(async {
        let (mut memory, mut sources) = (Vec::new(), Sources::new());
        for _ in 0..=ROUNDS {
            for ground in grounds {
                round(&node, *ground, over, &mut sources).await;
            }
            // Nobody waits for the hash of an attacker who has gone, but it is finished, in memory of its own.
            memory.push(node.settled_memory(memory.first().map_or(u64::MAX, |first| first + GROWTH)).await);
        }
        memory
    });
    let took = began.elapsed();
    let samples = neighbour.end();
    eprintln!("{grounds:?} over {over:?}: {took:?}, KiB {memory:?}\n  motd: {}", figures(&samples));
    node.end();
    let [first, .., last] = memory[..] else { panic!("two rounds") };
    assert!(last <= first + GROWTH, "memory grew: {memory:?}");
    assert_prompt(&samples);
}

async fn round(node: &WholeNode, ground: Ground, over: Over, sources: &mut Sources) {
    let door = node.door(over);
    let mut peers = JoinSet::new();
    let each = attacks::of_a_node(ground);
    for attack in each.iter().flat_map(|attack| std::iter::repeat_n(attack, attack.peers)) {
        peers.spawn_local(one(attack, door.clone(), sources.next(attack.alone)));
    }
    for source in 0..RESETS {
        peers.spawn_local(attacks::reset(door.clone(), 100 + source));
    }
    join(peers).await;
    node.until_left(1).await;
    // The places and the flows of the attackers were given back: a source of theirs is served as before.
    one(&Attack::honest(ground), door.clone(), sources.some_used()).await;
    node.until_left(1).await;
}

/// This machine's addresses, each for so many peers as one may have.
struct Sources {
    current: u8,
    peers: usize,
    next: u8,
}

impl Sources {
    fn new() -> Self {
        Self { current: 1, peers: 0, next: 2 }
    }

    fn next(&mut self, alone: bool) -> u8 {
        if alone {
            return self.fresh();
        }
        if self.peers == OF_ONE_SOURCE {
            (self.current, self.peers) = (self.fresh(), 0);
        }
        self.peers += 1;
        self.current
    }

    fn fresh(&mut self) -> u8 {
        self.next += 1;
        self.next - 1
    }

    /// Has had peers, and is not the one of somebody alone.
    fn some_used(&self) -> u8 {
        self.current
    }
}

#[test]
fn a_whole_node_cuts_those_that_take_their_time() {
    let _alone = crate::alone();
    let node = WholeNode::start();
    let neighbour = Neighbour::signed_in(node.door(Over::Plain), node.schedules());
    on_local(async {
        let mut peers = JoinSet::new();
        let door = node.door(Over::Plain);
        let each = [Ground::Door, Ground::Session].into_iter().flat_map(attacks::slow);
        for (source, attack) in (1..).zip(each) {
            for _ in 0..attack.peers {
                peers.spawn_local(one(&attack, door.clone(), source));
            }
        }
        peers.spawn_local(attacks::half_handshake(door));
        join(peers).await;
        node.until_left(1).await;
    });
    let samples = neighbour.end();
    node.end();
    assert_prompt(&samples);
}

/// The gate lets 256 in before sign-in and 16 of one source; whoever has signed in notices nothing.
#[test]
fn a_whole_node_lets_so_many_strangers_in_and_no_more() {
    let _alone = crate::alone();
    let node = WholeNode::start();
    let neighbour = Neighbour::signed_in(node.door(Over::Plain), node.schedules());
    on_local(async {
        let door = node.door(Over::Plain);
        let mut inside = Vec::new();
        for number in 0..20 * 20 {
            inside.push(door.raw(u8::try_from(1 + number / 20).unwrap()).await);
        }
        let mut refused = 0;
        while refused < 400 - 256 {
            refused += drain_closed(&mut inside).await;
        }
        assert_eq!(node.figure("capos_gate_waiting"), 256, "places are taken up to the bound");
        drop(inside);
        node.until_left(1).await;
        assert_eq!(node.figure("capos_gate_waiting"), 0, "places are given back");
        one(&Attack::honest(Ground::Session), door, 1).await;
    });
    let samples = neighbour.end();
    node.end();
    assert_prompt(&samples);
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

//! Many trees, ended at any moment.

use std::time::Duration;

use capos_sandbox::tree::{Exit, Fault, Signal, TreeLimits};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::bed::Bed;

const SCRIPTS: [&str; 8] = [
    "exit 7",
    "sleep 100",
    "sleep 100 & sleep 100 & wait",
    "(setsid sleep 100 & ) ; exit 0",
    "(setsid bash -c 'sleep 100 & sleep 100' &) ; sleep 100",
    "trap '' TERM INT HUP; sleep 100 & sleep 100",
    "kill -STOP $$",
    "while :; do sleep 0.001 & wait; done",
];

/// So many trees, eight at a time, each ended in some way at some moment.
pub(crate) async fn random(bed: Bed, count: usize) {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut running = JoinSet::new();
    for _ in 0..count {
        if running.len() >= 8 {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn_local(one(bed.clone(), Chance(chance.next())));
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

async fn one(bed: Bed, mut chance: Chance) {
    let script = SCRIPTS[chance.below(SCRIPTS.len())];
    let moment = Duration::from_micros(u64::try_from(chance.below(6000)).unwrap());
    if chance.below(4) == 0 {
        drop(timeout(moment, bed.try_plant(script)).await);
        return;
    }
    let tree = bed.plant(script).await;
    sleep(moment).await;
    match chance.below(5) {
        0 => drop(tree),
        1 => tree.kill(),
        2 => {
            tree.kill();
            tree.gone().await;
        }
        3 => {
            tree.end(Duration::from_millis(5));
            tree.ended().await;
        }
        _ => {
            tree.signal(Signal::Kill);
            tree.ended().await;
        }
    }
}

/// So many trees that live at once; where that is the limit, one more is refused.
pub(crate) async fn at_once(bed: Bed, count: usize) {
    let mut trees = Vec::new();
    for _ in 0..count {
        trees.push(bed.plant("sleep 100 & wait").await);
    }
    if count == TreeLimits::default().trees {
        assert!(matches!(bed.try_plant("true").await, Err(Fault::TooMany)));
    }
    for tree in &trees {
        tree.signal(Signal::Usr1);
    }
    for tree in &trees {
        assert_eq!(tree.ended().await, Exit::Signal(10));
    }
    drop(trees);
    crate::bed::until("the daemons' end", || crate::bed::marked().is_empty()).await;
    assert_eq!(bed.plant("exit 9").await.ended().await, Exit::Code(9));
}

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 32).unwrap() % bound
    }
}

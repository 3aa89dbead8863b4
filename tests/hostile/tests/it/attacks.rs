//! What hostile peers do, each on one connection of its own.

mod at_the_door;
mod callbacks;
mod floods;
mod nonsense;
mod shapes;
mod signed_in;
mod slow;

use std::collections::BTreeMap;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use capos_testkit::hostile::{Cap, Failure, Heard, HostilePeer, NoReply, Outcome, message};

use crate::ground::Ground;
use crate::node::{Door, Stream};

pub(crate) use slow::{all as slow, half_handshake, reset};

/// The node's deadlines are seconds; this one is for a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(25);

pub(crate) type Peer = HostilePeer<Box<dyn Stream>>;
type Running = Pin<Box<dyn Future<Output = ()>>>;

/// One attack, given a fresh connection.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// How many do the same at once.
    pub(crate) peers: usize,
    /// Takes all that one source may have, so that nobody else may be there with it.
    pub(crate) alone: bool,
    pub(crate) run: Rc<dyn Fn(Peer) -> Running>,
}

impl Attack {
    fn new<F: Future<Output = ()> + 'static>(
        name: &'static str,
        peers: usize,
        run: impl Fn(Peer) -> F + 'static,
    ) -> Self {
        Self { name, peers, alone: false, run: Rc::new(move |peer| Box::pin(run(peer))) }
    }

    fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// None at all: signs in and is served.
    pub(crate) fn honest(ground: Ground) -> Self {
        Self::new("an honest peer", 1, move |mut peer| async move { ground.greet(&mut peer).await })
    }

    /// Says all this, once it has been let in, and must be cut and told why.
    fn fatal(ground: Ground, name: &'static str, peers: usize, script: Vec<Vec<u8>>) -> Self {
        let script = Rc::new(script);
        Self::new(name, peers, move |mut peer| {
            let script = script.clone();
            async move {
                ground.greet(&mut peer).await;
                peer.send_all(script.iter()).await;
                is_cut(&mut peer).await;
            }
        })
    }

    /// Says all this, once it has been let in, and must be served as before.
    fn harmless(ground: Ground, name: &'static str, peers: usize, script: Vec<Vec<u8>>) -> Self {
        let script = Rc::new(script);
        Self::new(name, peers, move |mut peer| {
            let script = script.clone();
            async move {
                ground.greet(&mut peer).await;
                peer.send_all(script.iter()).await;
                ground.is_served(&mut peer, 900).await;
            }
        })
    }
}

/// All that are over quickly, on the laboratory's node.
pub(crate) fn quick() -> Vec<Attack> {
    let mut all = nonsense::all(Ground::Lab);
    all.extend(shapes::all(Ground::Lab));
    all.extend(floods::all());
    all.extend(callbacks::all());
    all
}

/// Those that need nothing but a front door and, where the ground is one, a session as a guest.
pub(crate) fn of_a_node(ground: Ground) -> Vec<Attack> {
    let mut all = nonsense::all(ground);
    all.extend(shapes::all(ground));
    all.extend(if ground == Ground::Session { signed_in::all() } else { at_the_door::all() });
    all
}

pub(crate) async fn connect(door: &Door, source: u8) -> Option<Peer> {
    Some(HostilePeer::new(door.enter(source).await?).with_patience(PATIENCE))
}

/// The node tells why and hangs up.
async fn is_cut(peer: &mut Peer) {
    let failure = peer.expect_abort().await;
    let code = failure.reason.split(':').next().unwrap_or_default().to_owned();
    assert!(!code.is_empty() && code.chars().all(char::is_alphanumeric), "no code in {:?}", failure.reason);
    peer.expect_closed().await;
}

/// Hears whatever comes until the end, or until an answer to this question.
async fn listen_until(peer: &mut Peer, question: u32) {
    loop {
        match peer.receive().await {
            Ok(reply) if matches!(reply.heard, Heard::Return { answer, .. } if answer == question) => return,
            Ok(_) => {}
            Err(NoReply::Closed | NoReply::Broken(_)) => return,
            Err(none) => panic!("neither an answer to {question} nor the end: {none:?}"),
        }
    }
}

/// A call that gives nothing: it fails, or costs its sender the connection.
pub(crate) async fn listen_refused(peer: &mut Peer, question: u32) {
    loop {
        match peer.receive().await.map(|reply| reply.heard) {
            Ok(Heard::Return { answer, outcome }) if answer == question => {
                return assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
            }
            Ok(_) => {}
            Err(NoReply::Closed | NoReply::Broken(_)) => return,
            Err(none) => panic!("neither an answer to {question} nor the end: {none:?}"),
        }
    }
}

/// Says all this and must be cut for it.
async fn flood(ground: Ground, mut peer: Peer, script: impl IntoIterator<Item = Vec<u8>>) {
    ground.greet(&mut peer).await;
    let all: Vec<u8> = script.into_iter().flatten().collect();
    // The node may hang up while this is being said, and its reason be lost with that; the end itself is not.
    peer.send(&all).await;
    peer.expect_closed().await;
}

/// A call with this many objects beside it.
fn given(ground: Ground, question: u32, count: u32) -> Vec<u8> {
    (0..count).fold(ground.method(question, 9), |call, n| call.cap(Cap::Own(n))).frame()
}

/// Asks and asks, and never reads: the node must stop answering, and need not wait for long.
async fn unread(ground: Ground, mut peer: Peer) {
    ground.greet(&mut peer).await;
    let some: Vec<u8> = (5..105)
        .flat_map(|question| [ground.call(question).frame(), message::finish(question, true)])
        .flatten()
        .collect();
    for _ in 0..1000 {
        if tokio::time::timeout(Duration::from_millis(200), peer.send(&some)).await.is_err() {
            return;
        }
    }
}

/// The outcomes of these questions, in their order.
async fn answers(peer: &mut Peer, questions: Range<u32>) -> Vec<Result<(), Failure>> {
    let mut outcomes = BTreeMap::new();
    while outcomes.len() < questions.len() {
        match peer.receive().await.map(|reply| reply.heard) {
            Ok(Heard::Return { answer, outcome }) if questions.contains(&answer) => {
                let outcome = if let Outcome::Failed(failure) = outcome { Err(failure) } else { Ok(()) };
                outcomes.insert(answer, outcome);
            }
            Ok(Heard::Abort(failure)) => panic!("cut: {failure:?}"),
            Ok(_) => {}
            Err(none) => panic!("{none:?} with {} of {questions:?} answered", outcomes.len()),
        }
    }
    outcomes.into_values().collect()
}

/// How many were refused; each with one of these codes, and with a sentence.
fn codes(outcomes: &[Result<(), Failure>], allowed: &[&str]) -> usize {
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    let told = refused.map(|failure| {
        let (code, sentence) = failure.reason.split_once(": ").unwrap_or((&failure.reason, ""));
        assert!(allowed.contains(&code) && !sentence.is_empty(), "{failure:?} is not one of {allowed:?}");
    });
    told.count()
}

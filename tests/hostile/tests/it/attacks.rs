//! What hostile peers do, each on one connection of its own.

mod callbacks;
mod floods;
mod nonsense;
mod shapes;
mod slow;

use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use capos_testkit::hostile::{Cap, Heard, HostilePeer, NoReply, Target, lab, message};

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
    pub(crate) run: Rc<dyn Fn(Peer) -> Running>,
}

impl Attack {
    fn new<F: Future<Output = ()> + 'static>(
        name: &'static str,
        peers: usize,
        run: impl Fn(Peer) -> F + 'static,
    ) -> Self {
        Self { name, peers, run: Rc::new(move |peer| Box::pin(run(peer))) }
    }

    /// None at all: signs in and is served.
    pub(crate) fn honest() -> Self {
        Self::new("an honest peer", 1, |mut peer| async move { greet(&mut peer).await })
    }
}

/// All that are over quickly.
pub(crate) fn quick() -> Vec<Attack> {
    let mut all = nonsense::all();
    all.extend(shapes::all());
    all.extend(floods::all());
    all.extend(callbacks::all());
    all
}

/// The only exported object, once [`greet`] has returned.
fn lab() -> Target {
    Target::Import(0)
}

pub(crate) async fn connect(door: &Door, source: u8) -> Option<Peer> {
    Some(HostilePeer::new(door.enter(source).await?).with_patience(PATIENCE))
}

/// Bootstraps and signs in, by a first call that succeeds.
async fn greet(peer: &mut Peer) {
    peer.send(&message::bootstrap(0)).await;
    let (_, caps) = peer.expect_results(0).await;
    // A promise where the service is still being asked for it.
    assert!(matches!(caps[..], [Cap::Own(0) | Cap::OwnPromise(0)]), "{caps:?}");
    peer.send(&message::finish(0, false)).await;
    is_served(peer, 1).await;
}

/// The node has not given up on this peer, and need not have.
async fn is_served(peer: &mut Peer, question: u32) {
    peer.send(&lab::echo(question, lab(), b"still here").frame()).await;
    peer.expect_results(question).await;
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

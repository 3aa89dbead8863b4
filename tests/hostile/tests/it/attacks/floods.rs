//! More than one connection may have.

use capos_testkit::hostile::{Cap, Target, lab as calls, message};

use super::{Attack, Peer, flood, given, listen_until};
use crate::ground::{Ground, LAB};

pub(super) fn all() -> Vec<Attack> {
    vec![
        Attack::new("calls that never end", 4, |peer| {
            flood(Ground::Lab, peer, (5..1200).map(|q| calls::hang(q, LAB).frame()))
        }),
        Attack::new("answers never finished", 4, |peer| {
            flood(Ground::Lab, peer, (5..1200).map(|q| calls::next(q, LAB).frame()))
        }),
        Attack::new("bootstraps without end", 3, |peer| flood(Ground::Lab, peer, (5..1200).map(message::bootstrap))),
        Attack::new("a chain of calls", 4, |peer| flood(Ground::Lab, peer, chain(200))),
        Attack::new("ten thousand pipelined calls", 1, pipelined),
        Attack::new("references asked for", 2, references),
        Attack::new("references given", 6, |peer| flood(Ground::Lab, peer, [given(Ground::Lab, 5, 5000)])),
        Attack::new("references given one by one", 2, |peer| {
            flood(Ground::Lab, peer, (5..5000).map(|n| calls::method(n % 1000 + 5, held(), 1).cap(Cap::Own(n)).frame()))
        }),
        Attack::new("results never read", 2, unread),
        Attack::new("calls and cancels", 2, cancels),
        Attack::new("twenty thousand finishes of nothing", 2, small_talk),
        Attack::new("megabytes with one object in them", 2, heavy),
    ]
}

/// Each call on the answer of the one before, and the first never ends.
fn chain(length: u32) -> impl Iterator<Item = Vec<u8>> {
    let first = calls::hang(5, LAB).frame();
    std::iter::once(first).chain((6..6 + length).map(|q| calls::next(q, Target::first_field(q - 1)).frame()))
}

fn held() -> Target {
    // Nobody has answered this one: calls on it wait, and hold what they carry.
    Target::first_field(4)
}

/// A service in another process reaches its bound before the node does, and the call is denied for that.
async fn references(mut peer: Peer) {
    Ground::Lab.greet(&mut peer).await;
    let all: Vec<u8> = (5..8).flat_map(|question| calls::many(question, LAB, 2000).frame()).collect();
    peer.send(&all).await;
    listen_until(&mut peer, 7).await;
}

async fn pipelined(mut peer: Peer) {
    Ground::Lab.greet(&mut peer).await;
    let mut all = calls::next(5, LAB).frame();
    all.extend((6..10_006).flat_map(|q| calls::echo(q, Target::first_field(5), b"pipelined").frame()));
    peer.send(&all).await;
    listen_until(&mut peer, 10_005).await;
}

/// Never reads: the node must stop answering, and need not wait for long.
async fn unread(mut peer: Peer) {
    Ground::Lab.greet(&mut peer).await;
    let payload = vec![7; 192 << 10];
    for question in 5..130 {
        let frame = calls::echo(question, LAB, &payload).frame();
        let sent = tokio::time::timeout(std::time::Duration::from_millis(500), peer.send(&frame)).await;
        if sent.is_err() {
            return;
        }
    }
}

async fn cancels(mut peer: Peer) {
    Ground::Lab.greet(&mut peer).await;
    let pair = |question| [calls::hang(question, LAB).frame(), message::finish(question, true)];
    let all: Vec<u8> = (5..2000).flat_map(pair).flatten().collect();
    peer.send(&all).await;
    Ground::Lab.is_served(&mut peer, 4000).await;
}

async fn small_talk(mut peer: Peer) {
    Ground::Lab.greet(&mut peer).await;
    let all = message::finish(7777, false).repeat(20_000);
    peer.send(&all).await;
    Ground::Lab.is_served(&mut peer, 5).await;
}

/// A membrane has to copy what it rewrites: many small objects cost more than one large one.
async fn heavy(mut peer: Peer) {
    Ground::Lab.greet(&mut peer).await;
    let call = calls::method(5, LAB, 6).raw_params(|content| {
        let mut params: capos_testkit::lab_capnp::lab::loopback_params::Builder<'_> = content.init_as();
        let mut texts = params.reborrow().init_cap().initn_as::<capnp::text_list::Builder<'_>>(40_000);
        for index in 0..40_000 {
            texts.set(index, "sixteen letters");
        }
    });
    peer.send(&call.cap(Cap::Own(3)).frame()).await;
    listen_until(&mut peer, 5).await;
}

//! What a stranger tries with the ways of signing in.

use capos_schema::gateway_capnp::RemoteAuthKind::{Anonymous, Guest, Passkey, Password, PublicKey};
use capos_schema::manual_capnp::page_ref;
use capos_schema::session_capnp::remote_cap_set::get_results;
use capos_testkit::hostile::{Call, Target, message};

use super::{Attack, Peer, answers, codes, flood};
use crate::ground::Ground;
use capos_hostile::front::{self, DOOR, Start, cancel, next};

const DOORSTEP: Ground = Ground::Door;
/// Twice what the contract says of one message's reasonable parts, and within a message.
const HUGE: usize = 1 << 20;

pub(super) fn all() -> Vec<Attack> {
    vec![
        Attack::new("sign-ins begun and left", 3, flows_left),
        Attack::new("every step of a sign-in at once", 3, steps_at_once),
        Attack::new("a sign-in given up in flight", 3, given_up),
        Attack::new("a sign-in after it was given up", 3, after_the_end),
        Attack::new("sign-ins as large as a message", 2, oversized),
        Attack::new("sign-ins of no kind", 3, wrong_kinds),
        Attack::new("garbage for a signature", 3, garbage),
        Attack::new("a session that nobody has given", 3, session_of_nothing),
        Attack::new("bootstraps without end", 2, |peer| flood(DOORSTEP, peer, (5..1200).map(message::bootstrap))),
        Attack::new("references given", 2, |peer| flood(DOORSTEP, peer, [super::given(DOORSTEP, 5, 5000)])),
        Attack::new("answers never read", 2, |peer| super::unread(DOORSTEP, peer)),
    ]
}

fn password(question: u32) -> Call {
    Start::of("nobody").call(question, Password)
}

fn flow(question: u32) -> Target {
    Target::first_field(question)
}

/// Past the bound each is refused for it, and the connection goes on.
async fn flows_left(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    let all: Vec<u8> = (5..300).flat_map(|question| password(question).frame()).collect();
    peer.send(&all).await;
    let refused = codes(&answers(&mut peer, 5..300).await, &["overloaded"]);
    assert!(refused > 200, "only {refused} were refused");
    DOORSTEP.is_served(&mut peer, 900).await;
}

async fn steps_at_once(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    let mut all = password(5).frame();
    all.extend((6..60).flat_map(|question| next(question, flow(5), b"").frame()));
    all.extend(cancel(60, flow(5)).frame());
    all.extend((61..100).flat_map(|question| next(question, flow(5), b"").frame()));
    peer.send(&all).await;
    codes(&answers(&mut peer, 6..100).await, &["badRequest", "tooManyCalls", "overloaded", "authenticationDenied"]);
    DOORSTEP.is_served(&mut peer, 900).await;
}

async fn given_up(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    for start in (5..45).step_by(4) {
        let mut all = password(start).frame();
        all.extend(next(start + 1, flow(start), b"").frame());
        all.extend(next(start + 2, flow(start), b"a guess").frame());
        all.extend(message::finish(start + 2, true));
        all.extend(cancel(start + 3, flow(start)).frame());
        peer.send(&all).await;
    }
    DOORSTEP.is_served(&mut peer, 900).await;
}

async fn after_the_end(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    let mut all = password(5).frame();
    all.extend(cancel(6, flow(5)).frame());
    all.extend(cancel(7, flow(5)).frame());
    all.extend(next(8, flow(5), b"").frame());
    peer.send(&all).await;
    let heard = answers(&mut peer, 8..9).await;
    assert_eq!(codes(&heard, &["badRequest", "overloaded"]), 1);
    DOORSTEP.is_served(&mut peer, 900).await;
}

async fn oversized(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    let (large, text) = (vec![0xff; HUGE], "a".repeat(HUGE));
    let starts = [
        Start::of(&text),
        Start { selector: large.clone(), ..Start::default() },
        Start { selector: large.clone(), by_principal: true, ..Start::default() },
        Start { profile: text, ..Start::of("nobody") },
        Start { nonce: large.clone(), ..Start::of("nobody") },
    ];
    for (start, question) in starts.into_iter().zip((5..).step_by(2)) {
        peer.send(&start.call(question, PublicKey).frame()).await;
        peer.send(&next(question + 1, flow(question), &large).frame()).await;
        let heard = answers(&mut peer, question + 1..question + 2).await;
        assert_eq!(codes(&heard, &["badRequest", "authenticationDenied", "overloaded"]), 1);
    }
    DOORSTEP.is_served(&mut peer, 900).await;
}

async fn wrong_kinds(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    for (kind, question) in [Guest, Anonymous, Passkey].into_iter().zip(5..) {
        peer.send(&Start::of("nobody").call(question, kind).frame()).await;
        let heard = answers(&mut peer, question..question + 1).await;
        assert_eq!(codes(&heard, &["badRequest", "disabledAuthMethod"]), 1);
    }
    peer.send(&unknown_kind(9).frame()).await;
    assert_eq!(codes(&answers(&mut peer, 9..10).await, &["badRequest", "disabledAuthMethod"]), 1);
    // Text that is none.
    let start = Start { profile: "no text".to_owned(), ..Start::of("nobody") };
    let frame = start.call(10, Password).frame();
    let at = frame.windows(7).position(|bytes| bytes == b"no text").expect("it is in the frame");
    peer.send(&[&frame[..at], &[0xff; 7], &frame[at + 7..]].concat()).await;
    peer.send(&next(11, flow(10), b"").frame()).await;
    assert_eq!(codes(&answers(&mut peer, 11..12).await, &["badRequest", "authenticationDenied", "overloaded"]), 1);
    DOORSTEP.is_served(&mut peer, 900).await;
}

/// A way of signing in that no schema has. The request is another struct, whose first number stands where the kind does.
fn unknown_kind(question: u32) -> Call {
    Call::new(question, DOOR, front::GATEWAY, 1).params::<get_results::Owned>(|params| {
        let mut request: page_ref::Builder<'_> = params.init_cap().init_as();
        request.set_section(99);
    })
}

async fn garbage(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    let garbage = [b"SSHSIG\0\0\0\x01".to_vec(), vec![0xff; 9000], b"-----BEGIN SSH SIGNATURE-----".to_vec(), vec![0]];
    for (response, question) in garbage.iter().zip((5..).step_by(3)) {
        peer.send(&Start::of("nobody").call(question, PublicKey).frame()).await;
        peer.send(&next(question + 1, flow(question), b"").frame()).await;
        peer.send(&next(question + 2, flow(question), response).frame()).await;
        let heard = answers(&mut peer, question + 2..question + 3).await;
        assert_eq!(codes(&heard, &["badRequest", "authenticationDenied", "overloaded"]), 1);
    }
    DOORSTEP.is_served(&mut peer, 900).await;
}

/// Calls on the session of a sign-in that has not given one, and may never.
async fn session_of_nothing(mut peer: Peer) {
    DOORSTEP.greet(&mut peer).await;
    let mut all = password(5).frame();
    all.extend(next(6, flow(5), b"").frame());
    all.extend(front::session(7, front::session_of(6), front::CAP_SET).frame());
    all.extend(front::get(8, Target::first_field(7), "system_info", front::SYSTEM_INFO).frame());
    all.extend(front::motd(9, Target::first_field(8)).frame());
    peer.send(&all).await;
    let heard = answers(&mut peer, 7..10).await;
    assert!(heard.iter().all(Result::is_err), "{heard:?}");
    DOORSTEP.is_served(&mut peer, 900).await;
}

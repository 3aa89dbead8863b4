//! What a client that is signed in tries, to get more than it was given.

use capnp::traits::HasTypeId as _;
use capos_schema::accounts_capnp::account_admin;
use capos_schema::gateway_capnp::RemoteAuthKind::{Password, PublicKey};
use capos_testkit::hostile::{Cap, Target, message};

use super::{Attack, Peer, answers, codes, flood, given, unread};
use crate::ground::Ground;
use capos_hostile::front::{self, CAP_SET, INFO, LOGOUT, RENEW, SESSION, Start, get, motd, next, session};

const SIGNED_IN: Ground = Ground::Session;
const ACCOUNTS: u64 = account_admin::Client::TYPE_ID;

pub(super) fn all() -> Vec<Attack> {
    vec![
        Attack::new("names guessed", 3, names_guessed),
        Attack::new("interfaces guessed", 3, interfaces_guessed),
        Attack::new("calls ahead into what was not given", 3, ahead),
        Attack::new("interfaces cast", 3, cast),
        Attack::new("objects kept after a logout", 3, kept),
        Attack::new("a logout among calls", 3, among_calls),
        Attack::new("a guest that renews", 3, renewed),
        Attack::new("a session's handle for a name", 3, handle_for_a_name),
        Attack::new("sessions hoarded", 1, hoarded).alone(),
        Attack::new("answers never finished", 2, |peer| flood(SIGNED_IN, peer, (5..1200).map(|q| SIGNED_IN.open(q)))),
        Attack::new("the same object again and again", 2, the_same),
        Attack::new("references given", 2, |peer| flood(SIGNED_IN, peer, [given(SIGNED_IN, 5, 5000)])),
        Attack::new("answers never read", 2, |peer| unread(SIGNED_IN, peer)),
    ]
}

/// What `capSet` gives.
fn bundle(question: u32) -> Target {
    Target::first_field(question)
}

async fn names_guessed(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    let mut all = session(5, SESSION, CAP_SET).frame();
    let names = ["accounts", "sessions", "audit", "", "builtin:manual", "../manual", "session\0", "manual "];
    let numbered = (0..200).map(|number| format!("service:{number}"));
    for (name, question) in names.into_iter().map(str::to_owned).chain(numbered).zip(6..214) {
        all.extend(get(question, bundle(5), &name, ACCOUNTS).frame());
    }
    peer.send(&all).await;
    assert_eq!(codes(&answers(&mut peer, 6..214).await, &["unknownCap"]), 208);
    SIGNED_IN.is_served(&mut peer, 900).await;
}

async fn interfaces_guessed(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    let mut all = session(5, SESSION, CAP_SET).frame();
    for question in 6..200 {
        let interface = front::USER_SESSION.wrapping_add(u64::from(question - 6));
        all.extend(get(question, bundle(5), "system_info", interface).frame());
    }
    peer.send(&all).await;
    assert_eq!(codes(&answers(&mut peer, 6..200).await, &["interfaceMismatch"]), 194);
    SIGNED_IN.is_served(&mut peer, 900).await;
}

async fn ahead(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    let mut all = session(5, SESSION, CAP_SET).frame();
    all.extend(get(6, bundle(5), "accounts", ACCOUNTS).frame());
    all.extend((7..30).flat_map(|question| {
        let method = u16::try_from(question - 7).unwrap();
        capos_testkit::hostile::Call::new(question, Target::first_field(6), ACCOUNTS, method).frame()
    }));
    // The name is right and the interface is not.
    all.extend(get(30, bundle(5), "system_info", ACCOUNTS).frame());
    all.extend(motd(31, Target::first_field(30)).frame());
    // A path through what is no object.
    all.extend(motd(32, Target::Answer { question: 5, path: vec![0, 0, 0] }).frame());
    peer.send(&all).await;
    let heard = answers(&mut peer, 6..33).await;
    assert!(heard.iter().all(Result::is_err), "{heard:?}");
    assert_eq!(codes(&heard[..24], &["unknownCap"]), 24);
    assert_eq!(codes(&heard[24..26], &["interfaceMismatch"]), 2);
    SIGNED_IN.is_served(&mut peer, 900).await;
}

/// An object is called as what it is not: nothing but its own methods is there.
async fn cast(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    let mut all = session(5, SESSION, CAP_SET).frame();
    all.extend(get(6, bundle(5), "system_info", front::SYSTEM_INFO).frame());
    all.extend(session(7, Target::first_field(6), LOGOUT).frame());
    all.extend(front::list(8, Target::first_field(6)).frame());
    all.extend(motd(9, SESSION).frame());
    all.extend(front::auth_methods(10, SESSION).frame());
    peer.send(&all).await;
    let heard = answers(&mut peer, 7..11).await;
    assert!(heard.iter().all(Result::is_err), "{heard:?}");
    SIGNED_IN.is_served(&mut peer, 900).await;
}

async fn kept(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    peer.send(&session(5, SESSION, CAP_SET).frame()).await;
    peer.send(&get(6, bundle(5), "system_info", front::SYSTEM_INFO).frame()).await;
    let (_, caps) = peer.expect_results(6).await;
    let [Cap::Own(object) | Cap::OwnPromise(object)] = caps[..] else { panic!("{caps:?}") };
    peer.send(&session(7, SESSION, LOGOUT).frame()).await;
    peer.expect_results(7).await;
    let mut all = motd(8, Target::Import(object)).frame();
    all.extend(session(9, SESSION, INFO).frame());
    all.extend(session(10, SESSION, LOGOUT).frame());
    all.extend(get(11, bundle(5), "manual", 0).frame());
    all.extend(motd(12, Target::first_field(6)).frame());
    peer.send(&all).await;
    let heard = answers(&mut peer, 8..13).await;
    let refused = codes(&heard, &["staleSession"]);
    // Whoever logs out twice gets what it wanted.
    assert!(refused >= 4, "{heard:?}");
    Ground::Door.is_served(&mut peer, 900).await;
}

async fn among_calls(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    let mut all: Vec<u8> = (5..205).flat_map(|question| session(question, SESSION, INFO).frame()).collect();
    all.extend(session(205, SESSION, LOGOUT).frame());
    all.extend((206..406).flat_map(|question| session(question, SESSION, INFO).frame()));
    peer.send(&all).await;
    let heard = answers(&mut peer, 5..406).await;
    codes(&heard[..200], &["staleSession"]);
    assert_eq!(codes(&heard[201..], &["staleSession"]), 200);
    Ground::Door.is_served(&mut peer, 900).await;
}

async fn renewed(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    peer.send(&session(5, SESSION, RENEW).frame()).await;
    assert_eq!(codes(&answers(&mut peer, 5..6).await, &["authenticationDenied"]), 1);
    SIGNED_IN.is_served(&mut peer, 900).await;
}

/// The public handle of the session is no name of anybody.
async fn handle_for_a_name(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    peer.send(&session(5, SESSION, INFO).frame()).await;
    let (reply, _) = peer.expect_results(5).await;
    let results: capos_schema::session_capnp::remote_session::info_results::Reader<'_> = reply.results().unwrap();
    let handle = results.get_info().unwrap().get_session_id().unwrap().to_vec();
    assert_eq!(handle.len(), 16);
    for (kind, question) in [(Password, 6), (PublicKey, 9)] {
        let start = Start { selector: handle.clone(), by_principal: true, ..Start::default() };
        peer.send(&start.call(question, kind).frame()).await;
        peer.send(&next(question + 1, Target::first_field(question), b"").frame()).await;
        peer.send(&next(question + 2, Target::first_field(question), &handle).frame()).await;
        let heard = answers(&mut peer, question + 2..question + 3).await;
        assert_eq!(codes(&heard, &["authenticationDenied", "overloaded"]), 1);
    }
    SIGNED_IN.is_served(&mut peer, 900).await;
}

async fn hoarded(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    let all: Vec<u8> = (5..35).flat_map(|question| front::guest(question).frame()).collect();
    peer.send(&all).await;
    let refused = codes(&answers(&mut peer, 5..35).await, &["tooManySessions", "overloaded"]);
    // One session was there already, and sixteen may be; sign-ins at once may be refused for that alone.
    assert!((15..30).contains(&refused), "{refused} of 30 were refused");
    SIGNED_IN.is_served(&mut peer, 900).await;
}

/// One object is one reference, however often it is asked for.
async fn the_same(mut peer: Peer) {
    SIGNED_IN.greet(&mut peer).await;
    peer.send(&session(5, SESSION, CAP_SET).frame()).await;
    for _ in 0..20 {
        let pair = |question| {
            [get(question, bundle(5), "system_info", front::SYSTEM_INFO).frame(), message::finish(question, false)]
        };
        let all: Vec<u8> = (6..106).flat_map(pair).flatten().collect();
        peer.send(&all).await;
        codes(&answers(&mut peer, 6..106).await, &[]);
    }
    SIGNED_IN.is_served(&mut peer, 900).await;
}

//! The hostile peer speaks the protocol well enough to break it on purpose.

use std::time::Duration;

use capos_testkit::hostile::{Cap, Heard, HostilePeer, Target, frame, lab, message};
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab::echo_results;
use capos_testkit::link::{End, Link};
use capos_testkit::stock::{serve, vat};

fn peer_of_a_lab() -> (LabState, HostilePeer<End>) {
    let (left, right, _link) = Link::pair();
    let state = LabState::new();
    serve(right, state.client());
    (state, HostilePeer::new(left))
}

#[tokio::test]
async fn a_script_of_right_messages_is_answered() {
    vat(async {
        let (_state, mut peer) = peer_of_a_lab();
        let script = [
            message::bootstrap(0),
            lab::next(1, Target::answer(0)).frame(),
            lab::echo(2, Target::first_field(1), b"deep").frame(),
        ];
        peer.send_all(&script).await;
        let (_, caps) = peer.expect_results(0).await;
        let [Cap::Own(import)] = caps[..] else { panic!("one object of theirs, not {caps:?}") };
        let (reply, caps) = peer.expect_results(2).await;
        let results: echo_results::Reader<'_> = reply.results().unwrap();
        assert_eq!(results.get_payload().unwrap(), b"deep");
        assert!(caps.is_empty());

        let script = [lab::fail(3, Target::Import(import), "as told").frame(), message::finish(3, true)];
        peer.send_all(&script).await;
        assert!(peer.expect_failure(3).await.reason.contains("as told"));
    })
    .await;
}

#[tokio::test]
async fn an_object_of_ours_is_called_and_answers_as_it_likes() {
    vat(async {
        let (state, mut peer) = peer_of_a_lab();
        let script = [
            message::bootstrap(0),
            lab::keep(1, Target::answer(0), Cap::Own(5)).frame(),
            lab::ring(2, Target::answer(0)).frame(),
        ];
        peer.send_all(&script).await;
        let (_, question) = peer.expect_call().await;
        peer.send(&message::return_failure(question, capnp_rpc::rpc_capnp::exception::Type::Overloaded, "too busy"))
            .await;
        assert!(peer.expect_failure(2).await.reason.contains("too busy"));
        state.forget_kept();
    })
    .await;
}

#[tokio::test]
async fn a_loopback_gives_our_own_object_home() {
    vat(async {
        let (_state, mut peer) = peer_of_a_lab();
        let script = [message::bootstrap(0), lab::loopback(1, Target::answer(0), Cap::Own(9)).frame()];
        peer.send_all(&script).await;
        let (_, caps) = peer.expect_results(1).await;
        assert_eq!(caps, [Cap::Theirs(9)]);
    })
    .await;
}

#[tokio::test]
async fn breaking_a_rule_ends_in_an_abort_and_the_end() {
    vat(async {
        let (_state, mut peer) = peer_of_a_lab();
        peer.send(&message::return_nothing(1234)).await;
        let failure = peer.expect_abort().await;
        assert!(!failure.reason.is_empty());
        peer.expect_closed().await;
    })
    .await;
}

#[tokio::test]
async fn frames_that_are_none_end_the_connection() {
    for garbage in [frame::count_only(u32::MAX), frame::header(&[u32::MAX, u32::MAX]), frame::out_of_bounds()] {
        vat(async {
            let (_state, mut peer) = peer_of_a_lab();
            peer.send(&garbage).await;
            peer.stop_sending().await;
            peer.expect_closed().await;
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_dribbled_frame_is_answered_when_whole() {
    vat(async {
        let (_state, mut peer) = peer_of_a_lab();
        let bootstrap = message::bootstrap(0);
        let early = frame::cut_short(&bootstrap, 3);
        peer.dribble(&early, 1, Duration::from_millis(10)).await;
        peer.expect_silence(Duration::from_secs(1)).await;
        peer.send(&bootstrap[early.len()..]).await;
        let reply = peer.receive().await.ok().unwrap();
        assert!(matches!(reply.heard, Heard::Return { answer: 0, .. }));
    })
    .await;
}

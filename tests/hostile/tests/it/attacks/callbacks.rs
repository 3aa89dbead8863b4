//! Objects of a peer that are worse than none.

use capnp_rpc::rpc_capnp::exception;
use capos_testkit::hostile::{Cap, lab as calls, message};

use super::{Attack, Peer, is_cut};
use crate::ground::{Ground, LAB};

pub(super) fn all() -> Vec<Attack> {
    vec![
        Attack::new("a callback that never answers", 6, |mut peer| async move {
            be_called(&mut peer).await;
            Ground::Lab.is_served(&mut peer, 8).await;
        }),
        Attack::new("a callback that answers nothing", 4, |mut peer| async move {
            let question = be_called(&mut peer).await;
            peer.send(&message::return_nothing(question)).await;
            peer.expect_return(7).await;
        }),
        Attack::new("a callback that answers with a thousand objects", 4, |mut peer| async move {
            let question = be_called(&mut peer).await;
            peer.send(&message::return_caps(question, &(0..1000).collect::<Vec<_>>())).await;
            peer.expect_return(7).await;
        }),
        Attack::new("a callback that answers with too many objects", 4, |mut peer| async move {
            let question = be_called(&mut peer).await;
            peer.send(&message::return_caps(question, &(0..5000).collect::<Vec<_>>())).await;
            is_cut(&mut peer).await;
        }),
        Attack::new("a callback that fails in a codes name", 4, |mut peer| async move {
            let question = be_called(&mut peer).await;
            peer.send(&message::return_failure(question, exception::Type::Failed, "revoked: go away")).await;
            let failure = peer.expect_failure(7).await;
            assert!(!failure.reason.starts_with("revoked"), "{}", failure.reason);
        }),
        Attack::new("a callback that answers twice", 4, |mut peer| async move {
            let question = be_called(&mut peer).await;
            peer.send(&message::return_nothing(question)).await;
            peer.send(&message::return_nothing(question)).await;
            peer.send(&message::return_nothing(question)).await;
            is_cut(&mut peer).await;
        }),
        Attack::new("a callback that answers by way of its caller", 4, |mut peer| async move {
            let question = be_called(&mut peer).await;
            peer.send(&message::return_other_question(question, 7)).await;
            is_cut(&mut peer).await;
        }),
        Attack::new("a thousand calls of a callback that never answers", 1, |mut peer| async move {
            be_called(&mut peer).await;
            let all: Vec<u8> = (10..1000).flat_map(|question| calls::ring(question, LAB).frame()).collect();
            peer.send(&all).await;
            Ground::Lab.is_served(&mut peer, 8).await;
        }),
    ]
}

/// Leaves an object with the laboratory and has it called by question 7; gives the number of that call.
async fn be_called(peer: &mut Peer) -> u32 {
    Ground::Lab.greet(peer).await;
    peer.send(&calls::keep(6, LAB, Cap::Own(9)).frame()).await;
    peer.expect_results(6).await;
    peer.send(&calls::ring(7, LAB).frame()).await;
    peer.expect_call().await.1
}

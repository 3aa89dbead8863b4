//! What an attack stands on: how a peer is let in, and what it can call there.

use capos_testkit::hostile::{Call, Cap, Target, lab as calls, message};

use crate::attacks::Peer;
use capos_hostile::front::{self, DOOR, SESSION};

/// The laboratory, once a peer has been let in.
pub(crate) const LAB: Target = Target::Import(0);

/// Where a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Served by the laboratory.
    Lab,
    /// At a node's front door, not signed in.
    Door,
    /// Signed in to a node, as a guest.
    Session,
}

impl Ground {
    /// Is let in, and sees it by a first call that succeeds. Questions below 5 are used for it.
    pub(crate) async fn greet(self, peer: &mut Peer) {
        peer.send(&message::bootstrap(0)).await;
        let (_, caps) = peer.expect_results(0).await;
        // A promise where the service is still being asked for it.
        assert!(matches!(caps[..], [Cap::Own(0) | Cap::OwnPromise(0)]), "{caps:?}");
        peer.send(&message::finish(0, false)).await;
        if self == Self::Session {
            peer.send(&front::guest(2).frame()).await;
            let (_, caps) = peer.expect_results(2).await;
            assert_eq!(caps, [Cap::Own(1)]);
            peer.send(&message::finish(2, false)).await;
        }
        self.is_served(peer, 1).await;
        peer.send(&message::finish(1, false)).await;
    }

    /// The node has not given up on this peer, and need not have.
    pub(crate) async fn is_served(self, peer: &mut Peer, question: u32) {
        peer.send(&self.call(question).frame()).await;
        peer.expect_results(question).await;
    }

    /// The object that a peer holds once it is let in.
    pub(crate) fn object(self) -> Target {
        match self {
            Self::Lab => LAB,
            Self::Door => DOOR,
            Self::Session => SESSION,
        }
    }

    /// A call that is answered at once.
    pub(crate) fn call(self, question: u32) -> Call {
        self.call_on(question, self.object())
    }

    /// The same on another object, or on none.
    pub(crate) fn call_on(self, question: u32, target: Target) -> Call {
        match self {
            Self::Lab => calls::echo(question, target, b"still here"),
            Self::Door => front::auth_methods(question, target),
            Self::Session => front::session(question, target, front::INFO),
        }
    }

    /// A question that is open until it is finished: unanswered, or answered with an object.
    pub(crate) fn open(self, question: u32) -> Vec<u8> {
        match self {
            Self::Lab => calls::hang(question, LAB).frame(),
            Self::Door => message::bootstrap(question),
            Self::Session => front::session(question, SESSION, front::CAP_SET).frame(),
        }
    }

    /// A call with a capability in it.
    pub(crate) fn give(self, question: u32, cap: Cap) -> Call {
        match self {
            Self::Lab => calls::keep(question, LAB, cap),
            Self::Door | Self::Session => self.call(question).cap(cap),
        }
    }

    /// The method of that number.
    pub(crate) fn method(self, question: u32, method: u16) -> Call {
        match self {
            Self::Lab => calls::method(question, LAB, method),
            Self::Door => Call::new(question, DOOR, front::GATEWAY, method),
            Self::Session => front::session(question, SESSION, method),
        }
    }
}

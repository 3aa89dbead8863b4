//! Peers that take their time. Every one of them is cut by a deadline of the node's.

use std::time::Duration;

use capos_testkit::hostile::{frame, lab as calls, message};
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use super::{Attack, Peer, is_cut};
use crate::ground::{Ground, LAB};
use crate::node::Door;

pub(crate) fn all(ground: Ground) -> Vec<Attack> {
    let mut all = vec![
        Attack::new("the first byte of a frame", 4, move |mut peer| async move {
            ground.greet(&mut peer).await;
            peer.send(&[0]).await;
            is_cut(&mut peer).await;
        }),
        Attack::new("a header and a little", 4, move |mut peer| async move {
            ground.greet(&mut peer).await;
            peer.send(&frame::header(&[1000])).await;
            peer.send(&[0; 24]).await;
            is_cut(&mut peer).await;
        }),
        Attack::new("a byte now and then", 4, move |mut peer| async move {
            ground.greet(&mut peer).await;
            dribble(&mut peer).await;
        }),
        Attack::new("a connection without a word", 4, |mut peer| async move {
            peer.expect_closed().await;
        }),
    ];
    if ground == Ground::Lab {
        // At a node's door one may take longer, since a person may be at it.
        all.push(Attack::new("a bootstrap and no sign-in", 4, |mut peer| async move {
            peer.send(&message::bootstrap(0)).await;
            peer.expect_results(0).await;
            is_cut(&mut peer).await;
        }));
    }
    all
}

async fn dribble(peer: &mut Peer) {
    let frame = calls::echo(5, LAB, &[7; 4000]).frame();
    for byte in frame.chunks(1) {
        peer.send(byte).await;
        let pause = tokio::time::timeout(Duration::from_millis(50), peer.stream().read_u8());
        // The first byte of the reason, or the end.
        if pause.await.is_ok() {
            return peer.expect_closed().await;
        }
    }
    panic!("a dribbling peer was let through");
}

/// The beginning of a TLS handshake, and no more of it.
pub(crate) async fn half_handshake(door: Door) {
    let mut stream = door.raw(99).await;
    stream.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1]).await.unwrap();
    let mut heard = [0; 64];
    let end = tokio::time::timeout(super::PATIENCE, stream.read(&mut heard));
    assert!(matches!(end.await.expect("it is cut in time"), Ok(0) | Err(_)));
}

/// A connection that is torn down in the middle of a frame.
pub(crate) async fn reset(door: Door, source: u8) {
    let mut stream = door.raw(source).await;
    let _ = stream.write_all(&message::bootstrap(0)).await;
    let _ = stream.write_all(&[0, 0, 0, 0, 9]).await;
    stream.set_zero_linger().unwrap();
}

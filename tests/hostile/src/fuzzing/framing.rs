//! Any bytes into the reader of frames, in pieces of any size.

use std::time::Duration;

use capos_membrane::{Liveness, Membrane};
use capos_rpc::{Limits, Peer};
use capos_testkit::lab::LabState;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::{spawn_local, yield_now};

use super::bytes::Bytes;
use super::world::on_vat;
use crate::node;

const LONG: Duration = Duration::from_secs(600);

/// Small enough that a fuzzer's bytes reach every bound.
fn limits() -> Limits {
    Limits { message_bytes: 64 << 10, segments: 8, nesting: 8, inbound_window: 64 << 10, ..Limits::default() }
}

/// The first byte tells the size of the pieces and whether the peer waits between them; the rest is the stream.
pub fn run(data: &[u8]) {
    on_vat(play(data));
}

async fn play(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let choice = bytes.byte();
    let (near, far) = tokio::io::duplex(4 << 10);
    let membrane = Membrane::new(node::rules(Liveness::new()));
    let lab = membrane.wrap(LabState::new().client());
    let (system, handle) = node::serve(near, Peer::internal(), &limits(), lab.client);
    let system = spawn_local(system);
    let (mut reader, mut writer) = tokio::io::split(far);
    let heard = spawn_local(async move {
        let mut heard = 0;
        while let Ok(count @ 1..) = reader.read(&mut [0; 4096]).await {
            heard += count;
        }
        heard
    });
    while !bytes.is_empty() {
        let size = usize::from(choice & 0x3f);
        let _ = tokio::time::timeout(Duration::from_millis(1), writer.write_all(bytes.take(1 + size * size))).await;
        if choice & 0x40 != 0 {
            // A turn for the reader, and one for the vat.
            yield_now().await;
            yield_now().await;
        }
        assert!(handle.account().inbound_bytes <= 128 << 10, "more is held than allowed");
    }
    // The peer goes, or stays half-open; between two messages it may do that for ever.
    let goes = choice & 0x80 != 0;
    if goes {
        let _ = writer.shutdown().await;
    }
    tokio::time::sleep(LONG).await;
    assert!(!goes || handle.ending().is_some(), "the connection outlives its peer");
    handle.close();
    let ended = tokio::time::timeout(LONG, system).await.expect("the connection ends");
    assert!(!ended.is_err_and(|error| error.is_panic()), "the connection's task panicked");
    membrane.dissolve();
    drop(writer);
    assert!(heard.await.expect("reading does not panic") < 4 << 20, "a flood came back");
}

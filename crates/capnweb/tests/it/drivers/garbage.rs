//! Drivers and whatever bytes may come.

use std::rc::Rc;

use capnweb::Limits;
use capnweb::drivers::{Timing, lines, websocket_server};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::task::{JoinHandle, spawn_local};

use super::raw::frame;
use super::{Seen, local, serving, soon};

/// Sends the bytes, reads what comes and goes away: the driver ends, and the session with it.
async fn sent(bytes: &[u8], mut far: DuplexStream, driver: JoinHandle<capnweb::drivers::Ended>, seen: &Seen) {
    // A driver that has heard enough closes its end.
    let _ = far.write_all(bytes).await;
    let _ = far.shutdown().await;
    let mut answer = Vec::new();
    let _ = soon(far.read_to_end(&mut answer)).await;
    drop(far);
    soon(driver).await.expect("no panic");
    assert_eq!(seen.disposed.get(), 1);
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(local(test));
}

/// Bytes, frames that are whole, and frames that are not.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        any::<Vec<u8>>(),
        Just(br#"["push",["pipeline",0,["add"],[1,2]]]"#.to_vec()),
        Just(br#"["pull",1]"#.to_vec()),
    ];
    let one = prop_oneof![
        4 => (any::<bool>(), 0_u8..16, payload).prop_map(|(last, kind, payload)| frame(last, kind, &payload)),
        1 => any::<Vec<u8>>(),
    ];
    prop::collection::vec(one, 0..12).prop_map(|frames| frames.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_websocket_survives_all_bytes(bytes in frames()) {
        run(async {
            let (near, far) = duplex(65_536);
            let seen = Rc::<Seen>::default();
            let driver = websocket_server(near, serving(&seen, Limits::default()), Timing::default());
            sent(&bytes, far, spawn_local(driver), &seen).await;
        });
    }

    #[test]
    fn lines_survive_all_bytes(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'[')], 0..300)) {
        run(async {
            let (near, far) = duplex(65_536);
            let seen = Rc::<Seen>::default();
            let (input, output) = split(near);
            let driver = lines(input, output, serving(&seen, Limits::default()), Timing::default());
            sent(&bytes, far, spawn_local(driver), &seen).await;
        });
    }
}

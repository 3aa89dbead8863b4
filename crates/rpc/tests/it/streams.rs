//! Ordinary use, streams included, and Unix sockets.

use capos_rpc::Limits;
use capos_testkit::lab_capnp::lab;

use crate::harness::{connect, echo, pair, scene, serve};

#[test]
fn streams_are_held_to_their_window() {
    scene(Limits::default(), |_scene| async move {
        let (client, handle) = pair(&Limits::default());
        for _ in 0..500 {
            let mut request = client.sink_request();
            request.get().init_chunk(32 << 10);
            request.send().await.unwrap();
            assert!(handle.account().inbound_bytes <= 2 << 20);
        }
        client.total_request().send().promise.await.err().unwrap();
        assert!(handle.account().bytes_in > 16_000_000);
    });
}

#[test]
fn a_stream_of_small_chunks_does_not_fill_the_peers_table_of_open_answers() {
    // One reading brings more of such chunks than this.
    let limits = Limits { open_answers: 300, ..Limits::default() };
    scene(limits.clone(), |_scene| async move {
        let (client, handle) = pair(&limits);
        for number in 0..5_000_u32 {
            let mut request = client.sink_request();
            request.get().set_chunk(&number.to_le_bytes());
            request.send().await.unwrap();
        }
        assert_eq!(handle.ending(), None);
    });
}

#[test]
fn chains_are_pipelined() {
    scene(Limits::default(), |_scene| async move {
        let (client, _handle) = pair(&Limits::default());
        let first = client.next_request().send().pipeline.get_lab();
        let second: lab::Client = first.next_request().send().pipeline.get_lab();
        assert_eq!(echo(&second, b"far").await.unwrap(), b"far");
    });
}

#[test]
fn a_unix_socket_carries_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let (ours, theirs) = tokio::net::UnixStream::pair().unwrap();
        let handle = serve(ours, &Limits::default());
        let client = connect(theirs, &Limits::default());
        let large = vec![7; 4 << 20];
        assert_eq!(echo(&client, &large).await.unwrap(), large);
        assert_eq!(handle.ending(), None);
    });
}

//! Vat threads.

use std::sync::mpsc;
use std::time::Duration;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{Ending, Limits, Network, Peer, Vat, Vats};
use capos_schema::Code;

use crate::harness::new_lab;

#[test]
fn tasks_run_on_the_vat_they_were_placed_on() {
    let vats = Vats::start(2).unwrap();
    let (send, receive) = mpsc::channel();
    for _ in 0..4 {
        let send = send.clone();
        vats.place(move || async move {
            send.send(Vat::current().unwrap().is_current()).unwrap();
            std::future::pending::<()>().await;
        })
        .unwrap();
    }
    assert!((0..4).all(|_| receive.recv().unwrap()));
    assert_eq!(vats.all().iter().map(Vat::load).collect::<Vec<_>>(), [2, 2]);
    assert!(!vats.all()[0].is_current());
    let vat = vats.all()[0].clone();
    assert!(vats.stop());
    assert!(!vat.post(Box::new(|| {})));
    assert_eq!(vat.load(), 0);
}

#[test]
fn a_panic_ends_one_task_and_is_counted() {
    let vats = Vats::start(1).unwrap();
    let (send, receive) = mpsc::channel();
    let vat = vats.place(|| async { panic!("a test's panic") }).unwrap();
    assert!(vat.post(Box::new(|| panic!("a test's other panic"))));
    vats.place(move || async move {
        tokio::task::yield_now().await;
        send.send(()).unwrap();
    });
    receive.recv().unwrap();
    assert_eq!(vats.panics(), 2);
    assert!(vats.stop());
}

#[test]
fn a_drain_ends_what_does_not_end_by_itself() {
    let vats = Vats::start(1).unwrap();
    let (send, receive) = mpsc::channel();
    let (ours, _theirs) = tokio::io::duplex(1 << 16);
    vats.place(move || async move {
        let (network, handle) = Network::new(ours, Side::Server, Peer::internal(), &Limits::default());
        send.send(handle).unwrap();
        let _ = RpcSystem::new(Box::new(network), Some(new_lab().client)).await;
    });
    let handle = receive.recv().unwrap();
    vats.watch(handle.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let drained = runtime.block_on(vats.drain(Duration::from_secs(2), Code::ServiceUnavailable.into()));
    assert!(drained);
    assert_eq!(handle.ending(), Some(Ending::Denied(Code::ServiceUnavailable.into())));
    assert!(vats.place(|| async {}).is_none());
    assert!(vats.stop());
}

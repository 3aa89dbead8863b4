//! An end that comes from elsewhere, as an administrator's does, while a client works.

use std::time::Duration;

use capos_schema::{Code, Denial};
use capos_testkit::lab_capnp::lab;
use capos_testkit::stock;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::LocalSet;

use crate::server::{Node, Place};

/// A client on a thread of its own that calls without a pause until it is refused.
async fn busy(address: std::net::SocketAddr, answers: watch::Sender<u64>) -> (Option<Code>, Option<Code>) {
    let stream = TcpStream::connect(address).await.expect("the node listens");
    let lab: lab::Client = stock::connect(stream);
    let hanging = tokio::task::spawn_local(lab.hang_request().send().promise);
    let refused = loop {
        match lab.echo_request().send().promise.await {
            Ok(_) => answers.send_modify(|answers| *answers += 1),
            Err(error) => break code(&error),
        };
    };
    let hanging = hanging.await.expect("it was not aborted");
    (refused, hanging.err().as_ref().and_then(code))
}

fn code(error: &capnp::Error) -> Option<Code> {
    Denial::from_error(error).map(|denial| denial.code)
}

#[tokio::test]
async fn an_end_from_another_thread_cuts_a_client_off_in_the_middle_of_its_work() {
    for place in [Place::Here, Place::Behind] {
        let node = Node::start(place, None).await;
        let (counted, mut answers) = watch::channel(0);
        let address = node.address;
        let client = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            LocalSet::new().block_on(&runtime, busy(address, counted))
        });
        answers.wait_for(|answers| *answers >= 100).await.expect("the client works");
        let ended = node.liveness.end(Code::Revoked);
        assert!(!ended.is_complete(), "the vat thread has to be asked");
        tokio::time::timeout(Duration::from_secs(60), ended).await.expect("the vat thread answers");
        let told = client.join().expect("the client does not panic");
        assert_eq!(told, (Some(Code::Revoked), Some(Code::Revoked)), "{place:?}");
    }
}

//! The servers under test.

use std::net::SocketAddr;

use capos_testkit::lab::LabState;
use capos_testkit::stock;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;

use crate::tls::Identity;

/// A laboratory over plain TCP on a free loopback port.
pub(crate) async fn plain() -> SocketAddr {
    let (listener, address) = listen().await;
    spawn_local(async move {
        loop {
            let stream = accept(&listener).await;
            stock::serve(stream, LabState::new().client());
        }
    });
    address
}

/// A laboratory over TLS on a free loopback port.
pub(crate) async fn over_tls(identity: &Identity) -> SocketAddr {
    let (listener, address) = listen().await;
    let acceptor = identity.acceptor();
    spawn_local(async move {
        loop {
            let stream = accept(&listener).await;
            // A client that breaks off here is one that tests just that.
            if let Ok(stream) = acceptor.accept(stream).await {
                stock::serve(stream, LabState::new().client());
            }
        }
    });
    address
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

async fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().await.expect("the listener is open");
    stream.set_nodelay(true).expect("the socket is open");
    stream
}

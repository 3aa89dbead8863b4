//! Both roles against the official package: it checks our server, and our client calls its server.
//!
//! `cargo xtask test` says where the package is; without it these tests are skipped.

mod callbacks;
mod client;
mod ends;
mod node;
mod streams;

use capnweb::drivers::{Timing, client as drivers};
use capnweb::{Options, Promise, Session, Stub, Value, serialize};
use tokio::task::{LocalSet, spawn_local};

use self::node::{Server, modules, run_checks};

#[tokio::test]
async fn the_official_package_as_client_passes_every_check_against_our_server() {
    let Some(modules) = modules() else { return };
    let server = Server::target().await;
    run_checks(&modules, &server, &[]).await;
}

/// What the checks ask for is what the package does, but for what each of them says it cannot.
#[tokio::test]
async fn the_official_package_passes_the_checks_against_itself() {
    let Some(modules) = modules() else { return };
    let server = Server::reference(&modules).await;
    run_checks(&modules, &server, &["--reference"]).await;
}

/// A session of ours with a server on the official package.
struct Peer {
    session: Session,
    main: Stub,
    server: Server,
}

/// Runs a test with a server on the official package, where there is one.
async fn with_peer(test: impl AsyncFnOnce(Peer)) {
    let Some(modules) = modules() else { return };
    let work = async {
        let server = Server::reference(&modules).await;
        let session = connect(&server).await;
        test(Peer { main: session.remote(), session, server }).await;
    };
    LocalSet::new().run_until(work).await;
}

async fn connect(server: &Server) -> Session {
    let session = Session::new(Options::default(), |_| None);
    let url = format!("ws://{}/", server.address);
    let driver = drivers::websocket(&url, &session, Timing::default()).await.expect("the server listens");
    spawn_local(driver);
    session
}

impl Peer {
    fn call<const COUNT: usize>(&self, name: &str, arguments: [Value; COUNT]) -> Promise {
        self.main.call(Some(name), arguments.into())
    }

    /// What a call gives, as it is in a message.
    async fn ask<const COUNT: usize>(&self, name: &str, arguments: [Value; COUNT]) -> String {
        text(&self.call(name, arguments).await.unwrap())
    }

    /// Asks again until that is the answer.
    async fn ask_until(&self, name: &str, key: &str, answer: &str) {
        let asking = async {
            while self.ask(name, [key.into()]).await != answer {
                tokio::task::yield_now().await;
            }
        };
        let asked = tokio::time::timeout(node::PATIENCE, asking).await;
        asked.unwrap_or_else(|_| panic!("{name} never gave {answer}"));
    }
}

fn text(value: &Value) -> String {
    serialize(value).unwrap()
}

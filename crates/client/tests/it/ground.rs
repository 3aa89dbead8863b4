//! What tests stand on: connections to a little node in memory, and nodes on free ports.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use capos_client::{
    Answers, Confirm, Connection, Endpoint, Fingerprint, Identify, Options, Prompt, Secret, Session, SignIn, Stranger,
};
use capos_rpc::{Identity, Peer, ServerTls};
use capos_testkit::link::Link;
use capos_testkit::stock;
use futures::future::{LocalBoxFuture, ready};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, spawn_local};

use crate::gateway::{Node, PASSWORD};

/// Runs a test's body where capabilities may live, on a clock that jumps to whatever is waited for.
pub(crate) fn virtual_time(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(stock::vat(body));
}

/// The same on the clock on the wall, for sockets.
pub(crate) fn real_time(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(stock::vat(body));
}

pub(crate) fn options() -> Options {
    Options::new(Identify::Plain)
}

/// A connection in memory: the client is the link's left end.
pub(crate) fn connect_in_memory(node: &Rc<Node>, options: &Options) -> (Connection, Link) {
    let (left, right, link) = Link::pair();
    stock::serve(right, node.client());
    (Connection::over(left, Peer::internal(), options), link)
}

pub(crate) async fn signed_in(node: &Rc<Node>) -> (Connection, Session, Link) {
    let (connection, link) = connect_in_memory(node, &options());
    let session = sign_in(&connection).await;
    (connection, session, link)
}

pub(crate) async fn sign_in(connection: &Connection) -> Session {
    let mut answers = Says::new(&[PASSWORD]);
    connection.sign_in(SignIn::Password { account: "ada", profile: "", answers: &mut answers }).await.unwrap()
}

/// Answers with these, one after the other, then not at all; remembers what it was asked.
pub(crate) struct Says {
    answers: Vec<String>,
    pub(crate) prompts: Vec<Prompt>,
}

impl Says {
    pub(crate) fn new(answers: &[&str]) -> Self {
        Self { answers: answers.iter().rev().map(|&answer| answer.to_owned()).collect(), prompts: Vec::new() }
    }
}

impl Answers for Says {
    fn answer<'a>(&'a mut self, prompt: &'a Prompt) -> LocalBoxFuture<'a, Option<Secret>> {
        self.prompts.push(prompt.clone());
        Box::pin(ready(self.answers.pop().map(Secret::from)))
    }
}

/// Confirms, or not, and counts how often it was asked.
pub(crate) struct Decides {
    pub(crate) yes: bool,
    pub(crate) asked: Vec<Stranger>,
}

impl Decides {
    pub(crate) fn new(yes: bool) -> Self {
        Self { yes, asked: Vec::new() }
    }
}

impl Confirm for Decides {
    fn confirm<'a>(&'a mut self, stranger: &'a Stranger) -> LocalBoxFuture<'a, bool> {
        self.asked.push(stranger.clone());
        Box::pin(ready(self.yes))
    }
}

/// A node behind TLS on a free port of this machine.
pub(crate) struct Listening {
    pub(crate) endpoint: Endpoint,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) node: Rc<Node>,
    pub(crate) accepted: Rc<Cell<u32>>,
    task: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listening {
    pub(crate) async fn start() -> Self {
        Self::start_dropping(0).await
    }

    /// The first connections are dropped when the handshake is over.
    pub(crate) async fn start_dropping(dropped: u32) -> Self {
        let identity = Identity::ephemeral().unwrap();
        let tls = ServerTls::new(&identity).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = endpoint(listener.local_addr().unwrap());
        let (node, accepted) = (Node::new(), Rc::new(Cell::new(0)));
        node.id.set(identity.fingerprint().bytes());
        let served = (Rc::clone(&node), Rc::clone(&accepted));
        let task = spawn_local(async move {
            let (node, accepted) = served;
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (node, accepted, tls) = (Rc::clone(&node), Rc::clone(&accepted), tls.clone());
                spawn_local(async move {
                    let Ok((stream, peer)) = tls.accept(stream).await else { return };
                    accepted.set(accepted.get() + 1);
                    if accepted.get() > dropped {
                        node.binding.set(peer.channel_binding());
                        stock::serve(stream, node.client());
                    }
                });
            }
        });
        Self { endpoint, fingerprint: identity.fingerprint(), node, accepted, task: task.abort_handle() }
    }

    pub(crate) fn pinned(&self) -> Options {
        Options::new(Identify::Pinned(self.fingerprint))
    }
}

pub(crate) fn endpoint(address: SocketAddr) -> Endpoint {
    address.to_string().parse().unwrap()
}

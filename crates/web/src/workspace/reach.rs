//! How the workspace comes to a node; whoever builds the program says it.

use capos_client::Connection;
use capos_rpc::Peer;
use futures::future::LocalBoxFuture;

use crate::server::Refusal;

/// Where the workspace is served from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The node itself, for whoever reaches it.
    Node,
    /// A person's own machine, for that person alone, in front of a node elsewhere.
    Bridge,
}

/// A connection, or why there is none.
pub type Reached = Result<Connection, capos_client::Error>;

/// What goes on with it, on its thread; the connection ends with it.
pub type Work = Box<dyn FnOnce(Reached) -> LocalBoxFuture<'static, ()> + Send>;

/// The way to a node.
pub trait Reach: Send + Sync + 'static {
    /// Connects on behalf of that peer, on a thread for capabilities, and has `work` go on there.
    ///
    /// # Errors
    /// What the browser is told where nothing was begun.
    fn reach(&self, peer: Peer, work: Work) -> Result<(), Refusal>;

    /// Where the workspace is.
    fn place(&self) -> Place;
}

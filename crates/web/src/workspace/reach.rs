//! How the workspace comes to a node; whoever builds the program says it.

use capos_client::{Connection, Endpoint, Error, Fingerprint};
use capos_rpc::Peer;
use futures::future::{BoxFuture, LocalBoxFuture};

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
pub type Reached = Result<Connection, Error>;

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

    /// Which node it is, where people choose that.
    fn choice(&self) -> Option<&dyn Choice> {
        None
    }
}

/// The node that a bridge leads to, as the person at it chooses.
pub trait Choice: Send + Sync {
    /// What is chosen at this moment.
    ///
    /// # Errors
    /// Where it cannot be told which key is known.
    fn chosen(&self) -> Result<Chosen, Error>;

    /// Leads to another node from here on, and gives its key: the one that is known, or `confirmed`, which is known
    /// from then on. Where neither is what it shows, everything is as it was.
    ///
    /// # Errors
    /// Where it cannot be reached, or is not, or not yet, the node that is meant.
    fn choose(&self, endpoint: Endpoint, confirmed: Option<Fingerprint>) -> BoxFuture<'_, Result<Fingerprint, Error>>;
}

/// The node that was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Where it is; none where none was chosen yet.
    pub endpoint: Option<Endpoint>,
    /// The key that it is known by.
    pub fingerprint: Option<Fingerprint>,
}

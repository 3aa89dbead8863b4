//! Administration of a data directory whose node is stopped: the same changes with the same rows in the journal, made
//! by whoever has the directory.

mod accounts;
mod journal;

use std::path::Path;
use std::sync::Arc;

use capos_authority::{Actor, Authority, Settings, SystemClock};
use capos_rpc::{Identity, Signer};
use capos_store::{Limits, Store};

use crate::commands::admin::Administration;
use crate::commands::audit::Journal;
use crate::failure::Failure;

/// What a node's data directory has in it.
const DATABASE: &str = "store.sqlite";

/// A data directory that no node has open.
pub(crate) struct Offline {
    authority: Authority,
    store: Store,
    signer: Signer,
    actor: Actor,
}

/// Opens a data directory: administration and journal over the same store.
pub(crate) async fn open(data: &Path) -> Result<impl Administration + Journal, Failure> {
    // A name that was mistyped makes no new node.
    if !data.join(DATABASE).exists() {
        let sentence = format!("there is no node's data in {}", data.display());
        return Err(Failure::failed(sentence).advise("The directory is made by the first `capos up --data DIR`."));
    }
    let store = Store::open(data, Limits::default()).map_err(refused)?;
    let identity = Identity::load_or_create(data).map_err(|error| Failure::failed(error.to_string()))?;
    let signer = identity.signer().map_err(|error| Failure::failed(error.to_string()))?;
    let settings = Settings::new(identity.fingerprint().bytes());
    let authority = Authority::open_offline(store.clone(), settings, Arc::new(SystemClock)).await?;
    Ok(Offline { authority, store, signer, actor: Actor::offline() })
}

fn refused(error: capos_store::Error) -> Failure {
    let failure = Failure::failed(error.to_string());
    match error {
        capos_store::Error::Held { .. } => {
            failure.advise("A running node is administered through a session: leave --data out.")
        }
        _ => failure,
    }
}

impl From<capos_authority::Error> for Failure {
    fn from(error: capos_authority::Error) -> Self {
        Self::failed(error.to_string())
    }
}

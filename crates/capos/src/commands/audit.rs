//! `capos audit`: written once, over whatever implements [`Journal`].

use serde::Serialize;

use crate::args::audit::Audit;
use crate::commands::admin::model::as_hex;
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// The audit journal of a node one is signed in to, or of a data directory.
pub(crate) trait Journal {
    /// Rows from a sequence on, some of them, and the sequence of the last row there is. None where `from` is beyond.
    async fn rows(&self, from: u64) -> Result<(Vec<Row>, u64), Failure>;
    /// Gives every row from a sequence on and each that is written later, until `each` fails or the journal ends.
    async fn follow(&self, from: u64, each: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure>;
    /// Reads the whole journal and tells what is wrong with it.
    async fn verify(&self, checkpoints: &[Checkpoint]) -> Result<Verdict, Failure>;
    /// Signs the journal's end.
    async fn checkpoint(&self) -> Result<Checkpoint, Failure>;
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) sequence: u64,
    pub(crate) at_ms: u64,
    pub(crate) kind: String,
    /// JSON text, as a rule.
    pub(crate) payload: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

/// The journal's end, signed by the node.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checkpoint {
    pub(crate) sequence: u64,
    #[serde(serialize_with = "as_hex")]
    pub(crate) hash: Vec<u8>,
    pub(crate) at_ms: u64,
    #[serde(serialize_with = "as_hex")]
    pub(crate) signature: Vec<u8>,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict {
    pub(crate) rows: u64,
    pub(crate) sound: bool,
    /// Each in one sentence; the first hundred.
    pub(crate) faults: Vec<String>,
}

/// Reads and checks, connected or with `--data`.
pub(crate) async fn run(arguments: Audit, _output: &Output) -> Result<Exit, Failure> {
    match &arguments.place.data {
        Some(data) => drop(crate::offline::open(data).await?),
        None => return Err(Failure::failed("not yet")),
    }
    Ok(Exit::Done)
}

//! Rows and checkpoints between the wire's form and the store's.

use capnp::struct_list;
use capos_schema::Denial;
use capos_schema::audit_capnp::{audit_checkpoint, audit_row};
use capos_store::{Checkpoint, Hash, Head, Row};

use crate::admin::bad;
use crate::words;

pub(super) type Checkpoints<'a> = struct_list::Reader<'a, audit_checkpoint::Owned>;

/// The longest signature of any key that a node may have.
const SIGNATURE: usize = 1 << 10;

pub(super) fn size_of_row(row: &Row) -> usize {
    128 + row.entry.kind.len() + row.entry.payload.len()
}

pub(super) fn write_row(row: &Row, mut to: audit_row::Builder<'_>) {
    to.set_sequence(row.sequence);
    to.set_at_ms(row.entry.at_ms);
    to.set_kind(&*row.entry.kind);
    to.set_payload(&row.entry.payload);
    to.set_hash(&row.hash.0);
}

pub(super) fn write_checkpoint(checkpoint: &Checkpoint, mut to: audit_checkpoint::Builder<'_>) {
    to.set_sequence(checkpoint.head.sequence);
    to.set_hash(&checkpoint.head.hash.0);
    to.set_at_ms(checkpoint.at_ms);
    to.set_signature(&checkpoint.signature);
}

pub(super) fn parse_checkpoint(from: audit_checkpoint::Reader<'_>) -> Result<Checkpoint, Denial> {
    let hash = words::read(from.get_hash())?.try_into().map_err(|_| bad("a checkpoint's hash has 32 bytes"))?;
    let signature = words::read(from.get_signature())?;
    if signature.len() > SIGNATURE {
        return Err(bad("a checkpoint's signature is too long"));
    }
    let head = Head { sequence: from.get_sequence(), hash: Hash(hash) };
    Ok(Checkpoint { head, at_ms: from.get_at_ms(), signature: signature.to_vec() })
}

//! The last word to a peer that is turned away.

use capnp::message::{Builder, HeapAllocator};
use capnp::{Error, ErrorKind};
use capnp_rpc::rpc_capnp::{exception, message};
use capos_schema::Denial;

/// An Abort with that reason.
pub(crate) fn abort_message(denial: Denial) -> Builder<HeapAllocator> {
    let error = Error::from(denial);
    let mut abort = Builder::new_default();
    let mut exception = abort.init_root::<message::Builder<'_>>().init_abort();
    exception.set_type(match error.kind {
        ErrorKind::Overloaded => exception::Type::Overloaded,
        ErrorKind::Disconnected => exception::Type::Disconnected,
        _ => exception::Type::Failed,
    });
    exception.set_reason(&error.extra);
    abort
}

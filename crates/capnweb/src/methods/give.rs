//! Results, as closures give them.

use crate::error::{Error, Outcome, Thrown};
use crate::stream::{Readable, Writable};
use crate::stub::Stub;
use crate::value::{BigInt, Blob, Bytes, Object, Request, Response, Value};

/// What a method may give.
pub trait Give {
    /// As the outcome of the call.
    ///
    /// # Errors
    /// What it throws.
    fn give(self) -> Outcome;
}

// Not for whatever becomes a value: a result could one day.
macro_rules! values {
    ($($kind:ty),+ $(,)?) => {$(
        impl Give for $kind {
            fn give(self) -> Outcome {
                Ok(self.into())
            }
        }
    )+};
}

values!(
    Value,
    (),
    bool,
    f64,
    f32,
    i8,
    u8,
    i16,
    u16,
    i32,
    u32,
    i64,
    u64,
    i128,
    u128,
    usize,
    BigInt,
    &str,
    String,
    Bytes,
    bytes::Bytes,
    Request,
    Response,
    Blob,
    Vec<Value>,
    Object,
    Stub,
    Readable,
    Writable,
);

impl<G: Give> Give for Result<G, Thrown> {
    fn give(self) -> Outcome {
        self.and_then(G::give)
    }
}

impl<G: Give> Give for Result<G, Error> {
    fn give(self) -> Outcome {
        self.map_err(Thrown::from).and_then(G::give)
    }
}

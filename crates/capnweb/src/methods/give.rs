//! Results, as closures give them.

use crate::error::{Error, Outcome, Thrown};
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};
use crate::value::{Object, Value};

/// What a method may give.
pub trait Give {
    /// As the outcome of the call.
    ///
    /// # Errors
    /// What it throws.
    fn give(self) -> Outcome;
}

impl Give for Value {
    fn give(self) -> Outcome {
        Ok(self)
    }
}

impl Give for () {
    fn give(self) -> Outcome {
        Ok(Value::Undefined)
    }
}

impl Give for &str {
    fn give(self) -> Outcome {
        Ok(Value::String(self.to_owned()))
    }
}

impl Give for Vec<Value> {
    fn give(self) -> Outcome {
        Ok(Value::Array(self))
    }
}

macro_rules! variants {
    ($($kind:ty: $variant:ident;)+) => {$(
        impl Give for $kind {
            fn give(self) -> Outcome {
                Ok(Value::$variant(self))
            }
        }
    )+};
}

variants! {
    bool: Bool;
    f64: Number;
    String: String;
    Object: Object;
    Stub: Stub;
    Promise: Promise;
    Readable: Readable;
    Writable: Writable;
}

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

//! Calls of the laboratory's methods.

use capnp::traits::HasTypeId;

use super::call::placeholder;
use super::{Call, Cap, Target};
use crate::lab_capnp::lab;

/// The laboratory's interface.
pub const INTERFACE: u64 = lab::Client::TYPE_ID;

/// A call of the method with this number, without parameters.
#[must_use]
pub fn method(question: u32, target: Target, method: u16) -> Call {
    Call::new(question, target, INTERFACE, method)
}

/// Gives back the payload.
#[must_use]
pub fn echo(question: u32, target: Target, payload: &[u8]) -> Call {
    let payload = payload.to_vec();
    method(question, target, 0).params::<lab::echo_params::Owned>(move |mut params| params.set_payload(&payload))
}

/// Gives a child.
#[must_use]
pub fn next(question: u32, target: Target) -> Call {
    method(question, target, 1)
}

/// Keeps the capability.
#[must_use]
pub fn keep(question: u32, target: Target, cap: Cap) -> Call {
    method(question, target, 4).params::<lab::keep_params::Owned>(|mut params| params.set_to(placeholder())).cap(cap)
}

/// Calls the kept capability.
#[must_use]
pub fn ring(question: u32, target: Target) -> Call {
    method(question, target, 5)
}

/// Gives back the capability.
#[must_use]
pub fn loopback(question: u32, target: Target, cap: Cap) -> Call {
    method(question, target, 6)
        .params::<lab::loopback_params::Owned>(|params| {
            let any: capnp::capability::Client = placeholder();
            params.init_cap().set_as_capability(any.hook);
        })
        .cap(cap)
}

/// Swallows the chunk.
#[must_use]
pub fn sink(question: u32, target: Target, chunk: &[u8]) -> Call {
    let chunk = chunk.to_vec();
    method(question, target, 7).params::<lab::sink_params::Owned>(move |mut params| params.set_chunk(&chunk))
}

/// Never answers.
#[must_use]
pub fn hang(question: u32, target: Target) -> Call {
    method(question, target, 9)
}

/// Fails with the text.
#[must_use]
pub fn fail(question: u32, target: Target, text: &str) -> Call {
    let text = text.to_owned();
    method(question, target, 10).params::<lab::fail_params::Owned>(move |mut params| params.set_text(&text))
}

/// Gives that many children.
#[must_use]
pub fn many(question: u32, target: Target, count: u32) -> Call {
    method(question, target, 14).params::<lab::many_params::Owned>(move |mut params| params.set_count(count))
}

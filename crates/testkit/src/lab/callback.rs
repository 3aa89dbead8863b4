//! The client's side of a laboratory: an object that can be called back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnp::Error;

use crate::lab_capnp::{callback, lab};

/// How a callback answers.
#[derive(Clone, Default)]
pub enum Answer {
    /// With the payload it was given.
    #[default]
    Echo,
    /// With the payload it was given and this object.
    EchoWith(lab::Client),
    /// With so many bytes, whatever it was given.
    Large(usize),
    /// With a failure of this text.
    Fail(String),
    /// Never.
    Hang,
}

/// Makes callbacks and remembers what they were called with.
///
/// Clones are handles to the same memory.
#[derive(Clone, Default)]
pub struct CallbackState {
    inner: Rc<Memory>,
}

#[derive(Default)]
struct Memory {
    answer: Answer,
    payloads: RefCell<Vec<Vec<u8>>>,
    cancelled: Cell<u64>,
    alive: Cell<u64>,
}

impl CallbackState {
    /// A memory whose callbacks answer in this way.
    #[must_use]
    pub fn new(answer: Answer) -> Self {
        let memory = Memory { answer, ..Memory::default() };
        Self { inner: Rc::new(memory) }
    }

    /// A fresh callback.
    #[must_use]
    pub fn client(&self) -> callback::Client {
        self.inner.alive.set(self.inner.alive.get() + 1);
        capnp_rpc::new_client(CallbackObject { memory: Rc::clone(&self.inner) })
    }

    /// The payloads of all calls so far, oldest first.
    #[must_use]
    pub fn payloads(&self) -> Vec<Vec<u8>> {
        self.inner.payloads.borrow().clone()
    }

    /// How many calls were dropped before they were answered.
    #[must_use]
    pub fn cancelled(&self) -> u64 {
        self.inner.cancelled.get()
    }

    /// How many callbacks somebody still holds.
    #[must_use]
    pub fn alive(&self) -> u64 {
        self.inner.alive.get()
    }
}

struct CallbackObject {
    memory: Rc<Memory>,
}

impl Drop for CallbackObject {
    fn drop(&mut self) {
        self.memory.alive.set(self.memory.alive.get() - 1);
    }
}

/// Counts a hanging call as cancelled when it is dropped.
struct Hanging(Rc<Memory>);

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.cancelled.set(self.0.cancelled.get() + 1);
    }
}

impl callback::Server for CallbackObject {
    async fn call(
        self: Rc<Self>,
        params: callback::CallParams,
        mut results: callback::CallResults,
    ) -> Result<(), Error> {
        let payload = params.get()?.get_payload()?;
        self.memory.payloads.borrow_mut().push(payload.to_vec());
        let answer = self.memory.answer.clone();
        match answer {
            Answer::Echo => results.get().set_payload(payload),
            Answer::EchoWith(lab) => {
                results.get().set_payload(payload);
                results.get().set_lab(lab);
            }
            Answer::Large(size) => results.get().set_payload(&vec![7; size]),
            Answer::Fail(text) => return Err(Error::failed(text)),
            Answer::Hang => {
                let _hanging = Hanging(Rc::clone(&self.memory));
                std::future::pending::<()>().await;
            }
        }
        Ok(())
    }
}

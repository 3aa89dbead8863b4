//! Calls, put together piece by piece.

use capnp::capability::FromClientHook;
use capnp::traits::{ImbueMut as _, Owned};
use capnp_rpc::rpc_capnp::{cap_descriptor, message_target, promised_answer};

use super::message;

/// What a call is made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An object that the other side exported under this number.
    Import(u32),
    /// What this path of pointer fields finds in the answer to a question of ours.
    Answer {
        /// The question.
        question: u32,
        /// Numbers of pointer fields, outermost first.
        path: Vec<u16>,
    },
}

impl Target {
    /// The answer itself: what a bootstrap gives.
    #[must_use]
    pub fn answer(question: u32) -> Self {
        Self::Answer { question, path: Vec::new() }
    }

    /// The capability in the first pointer field of the answer: what `next` gives.
    #[must_use]
    pub fn first_field(question: u32) -> Self {
        Self::Answer { question, path: vec![0] }
    }

    pub(super) fn write(&self, mut target: message_target::Builder<'_>) {
        match self {
            Self::Import(import) => target.set_imported_cap(*import),
            Self::Answer { question, path } => {
                write_path(target.init_promised_answer(), *question, path);
            }
        }
    }
}

fn write_path(mut answer: promised_answer::Builder<'_>, question: u32, path: &[u16]) {
    answer.set_question_id(question);
    let count = u32::try_from(path.len()).expect("a test's path is short");
    let mut transform = answer.init_transform(count);
    for (index, field) in (0..).zip(path) {
        transform.reborrow().get(index).set_get_pointer_field(*field);
    }
}

/// One row of the table of capabilities beside a call's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cap {
    /// Nothing.
    None,
    /// An object of ours.
    Own(u32),
    /// A promise of ours.
    OwnPromise(u32),
    /// An object of theirs.
    Theirs(u32),
    /// What is found in their answer to a question of ours.
    TheirAnswer {
        /// The question.
        question: u32,
        /// Numbers of pointer fields, outermost first.
        path: Vec<u16>,
    },
    /// An object of somebody else, reachable through this object of ours meanwhile.
    ThirdParty(u32),
}

impl Cap {
    fn write(&self, mut row: cap_descriptor::Builder<'_>) {
        match self {
            Self::None => row.set_none(()),
            Self::Own(export) => row.set_sender_hosted(*export),
            Self::OwnPromise(export) => row.set_sender_promise(*export),
            Self::Theirs(import) => row.set_receiver_hosted(*import),
            Self::TheirAnswer { question, path } => {
                write_path(row.init_receiver_answer(), *question, path);
            }
            Self::ThirdParty(vine) => row.init_third_party_hosted().set_vine_id(*vine),
        }
    }
}

/// Where the results are to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultsTo {
    /// Here.
    #[default]
    Caller,
    /// Nowhere: the callee keeps them for a later call.
    Yourself,
    /// To somebody else.
    ThirdParty,
}

type Fill = Box<dyn FnOnce(capnp::any_pointer::Builder<'_>)>;

/// A call in the making; [`Call::frame`] makes it bytes.
pub struct Call {
    question: u32,
    target: Target,
    interface: u64,
    method: u16,
    params: Option<Fill>,
    caps: Vec<Cap>,
    results_to: ResultsTo,
}

impl Call {
    /// A call without parameters.
    #[must_use]
    pub fn new(question: u32, target: Target, interface: u64, method: u16) -> Self {
        Self { question, target, interface, method, params: None, caps: Vec::new(), results_to: ResultsTo::Caller }
    }

    /// Writes the parameters by hand.
    #[must_use]
    pub fn raw_params(mut self, fill: impl FnOnce(capnp::any_pointer::Builder<'_>) + 'static) -> Self {
        self.params = Some(Box::new(fill));
        self
    }

    /// Writes the parameters as their type.
    ///
    /// Capabilities set in them, [`placeholder`] for instance, are numbered in the order of setting, and stand for the rows that [`Call::cap`] adds.
    #[must_use]
    pub fn params<T: Owned>(self, fill: impl FnOnce(T::Builder<'_>) + 'static) -> Self {
        self.raw_params(|content| fill(content.init_as()))
    }

    /// Adds a row to the table of capabilities.
    #[must_use]
    pub fn cap(mut self, cap: Cap) -> Self {
        self.caps.push(cap);
        self
    }

    /// Sends the results elsewhere.
    #[must_use]
    pub fn results_to(mut self, results_to: ResultsTo) -> Self {
        self.results_to = results_to;
        self
    }

    /// The bytes.
    #[must_use]
    pub fn frame(self) -> Vec<u8> {
        message::frame(|message| {
            let mut call = message.init_call();
            call.set_question_id(self.question);
            call.set_interface_id(self.interface);
            call.set_method_id(self.method);
            self.target.write(call.reborrow().init_target());
            let mut results_to = call.reborrow().get_send_results_to();
            match self.results_to {
                ResultsTo::Caller => results_to.set_caller(()),
                ResultsTo::Yourself => results_to.set_yourself(()),
                ResultsTo::ThirdParty => {
                    results_to.init_third_party();
                }
            }
            let mut payload = call.init_params();
            if let Some(fill) = self.params {
                let mut numbers = Vec::new();
                let mut content = payload.reborrow().get_content();
                content.imbue_mut(&mut numbers);
                fill(content);
            }
            let count = u32::try_from(self.caps.len()).expect("a test's table is small");
            let mut table = payload.init_cap_table(count);
            for (index, cap) in (0..).zip(&self.caps) {
                cap.write(table.reborrow().get(index));
            }
        })
    }
}

/// A capability for parameters where only its number counts.
#[must_use]
pub fn placeholder<C: FromClientHook>() -> C {
    let broken = capnp_rpc::new_broken_cap(capnp::Error::failed("a placeholder".to_owned()));
    broken.cast_to()
}

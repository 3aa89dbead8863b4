//! What the other side said, as plain values.

use capnp::message::{Reader, ReaderOptions};
use capnp::serialize::OwnedSegments;
use capnp::traits::FromPointerReader;
use capnp_rpc::rpc_capnp::{cap_descriptor, disembargo, exception, message, promised_answer::op, resolve, return_};

use super::Cap;

/// A failure as it was on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its type.
    pub kind: exception::Type,
    /// Its reason.
    pub reason: String,
}

/// How a question of ours ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With results; their table of capabilities is here, seen from the other side: `Cap::Own` is theirs.
    Results(Vec<Cap>),
    /// With a failure.
    Failed(Failure),
    /// By our own wish.
    Cancelled,
    /// With a return of another kind.
    Other,
}

/// A message of the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named as in rpc.capnp")]
pub enum Heard {
    /// An answer.
    Return { answer: u32, outcome: Outcome },
    /// A call on an object of ours.
    Call { question: u32, interface: u64, method: u16, caps: Vec<Cap> },
    /// A wish for our bootstrap object.
    Bootstrap { question: u32 },
    /// An end of a question of theirs.
    Finish { question: u32, release_result_caps: bool },
    /// References given back to us.
    Release { id: u32, references: u32 },
    /// A promise of theirs that came true (`Ok`) or broke.
    Resolve { promise: u32, outcome: Result<Cap, Failure> },
    /// An embargo to echo or, as `is_echo`, the echo of ours.
    Disembargo { embargo: u32, is_echo: bool },
    /// The end of the connection.
    Abort(Failure),
    /// "I do not know that message."
    Unimplemented,
    /// Anything else.
    Other,
}

/// A message with its bytes.
pub struct Reply {
    /// What it says.
    pub heard: Heard,
    message: Reader<OwnedSegments>,
}

impl Reply {
    pub(super) fn parse(frame: &[u8]) -> capnp::Result<Self> {
        let message = capnp::serialize::read_message(frame, ReaderOptions::new())?;
        let heard = parse(message.get_root()?)?;
        Ok(Self { heard, message })
    }

    /// The content of the results, for reading data; its capabilities are numbers only.
    ///
    /// # Errors
    ///
    /// When this is no return with results.
    pub fn results<'a, T>(&'a self) -> capnp::Result<T>
    where
        T: FromPointerReader<'a>,
    {
        if let message::Return(returned) = self.message()?.which()?
            && let return_::Results(results) = returned?.which()?
        {
            return results?.get_content().get_as();
        }
        Err(capnp::Error::failed("no return with results".to_owned()))
    }

    /// The content of a call's parameters, for reading data; its capabilities are numbers only.
    ///
    /// # Errors
    ///
    /// When this is no call.
    pub fn params<'a, T>(&'a self) -> capnp::Result<T>
    where
        T: FromPointerReader<'a>,
    {
        match self.message()?.which()? {
            message::Call(call) => call?.get_params()?.get_content().get_as(),
            _ => Err(capnp::Error::failed("not a call".to_owned())),
        }
    }

    fn message(&self) -> capnp::Result<message::Reader<'_>> {
        self.message.get_root()
    }
}

fn parse(message: message::Reader<'_>) -> capnp::Result<Heard> {
    Ok(match message.which()? {
        message::Return(returned) => {
            let returned = returned?;
            Heard::Return { answer: returned.get_answer_id(), outcome: outcome(returned)? }
        }
        message::Call(call) => {
            let call = call?;
            Heard::Call {
                question: call.get_question_id(),
                interface: call.get_interface_id(),
                method: call.get_method_id(),
                caps: caps(call.get_params()?.get_cap_table()?)?,
            }
        }
        message::Bootstrap(bootstrap) => Heard::Bootstrap { question: bootstrap?.get_question_id() },
        message::Finish(finish) => {
            let finish = finish?;
            Heard::Finish { question: finish.get_question_id(), release_result_caps: finish.get_release_result_caps() }
        }
        message::Release(release) => {
            let release = release?;
            Heard::Release { id: release.get_id(), references: release.get_reference_count() }
        }
        message::Resolve(resolve) => parse_resolve(resolve?)?,
        message::Disembargo(disembargo) => parse_disembargo(disembargo?)?,
        message::Abort(abort) => Heard::Abort(failure(abort?)?),
        message::Unimplemented(_) => Heard::Unimplemented,
        _ => Heard::Other,
    })
}

fn outcome(returned: return_::Reader<'_>) -> capnp::Result<Outcome> {
    Ok(match returned.which()? {
        return_::Results(results) => Outcome::Results(caps(results?.get_cap_table()?)?),
        return_::Exception(exception) => Outcome::Failed(failure(exception?)?),
        return_::Canceled(()) => Outcome::Cancelled,
        _ => Outcome::Other,
    })
}

fn parse_resolve(resolve: resolve::Reader<'_>) -> capnp::Result<Heard> {
    Ok(Heard::Resolve {
        promise: resolve.get_promise_id(),
        outcome: match resolve.which()? {
            resolve::Cap(row) => Ok(cap(row?)?),
            resolve::Exception(exception) => Err(failure(exception?)?),
        },
    })
}

fn parse_disembargo(disembargo: disembargo::Reader<'_>) -> capnp::Result<Heard> {
    use disembargo::context;
    Ok(match disembargo.get_context().which()? {
        context::SenderLoopback(embargo) => Heard::Disembargo { embargo, is_echo: false },
        context::ReceiverLoopback(embargo) => Heard::Disembargo { embargo, is_echo: true },
        _ => Heard::Other,
    })
}

fn failure(exception: exception::Reader<'_>) -> capnp::Result<Failure> {
    Ok(Failure { kind: exception.get_type()?, reason: exception.get_reason()?.to_string()? })
}

fn caps(table: capnp::struct_list::Reader<'_, cap_descriptor::Owned>) -> capnp::Result<Vec<Cap>> {
    table.iter().map(cap).collect()
}

fn cap(row: cap_descriptor::Reader<'_>) -> capnp::Result<Cap> {
    Ok(match row.which()? {
        cap_descriptor::None(()) => Cap::None,
        cap_descriptor::SenderHosted(id) => Cap::Own(id),
        cap_descriptor::SenderPromise(id) => Cap::OwnPromise(id),
        cap_descriptor::ReceiverHosted(id) => Cap::Theirs(id),
        cap_descriptor::ReceiverAnswer(answer) => {
            let answer = answer?;
            let ops = answer.get_transform()?.iter();
            Cap::TheirAnswer { question: answer.get_question_id(), path: ops.filter_map(pointer_field).collect() }
        }
        cap_descriptor::ThirdPartyHosted(third) => Cap::ThirdParty(third?.get_vine_id()),
    })
}

fn pointer_field(op: op::Reader<'_>) -> Option<u16> {
    match op.which() {
        Ok(op::GetPointerField(field)) => Some(field),
        _ => None,
    }
}

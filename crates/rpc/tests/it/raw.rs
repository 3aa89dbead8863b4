//! A peer that writes each message by hand.

use capnp::message::{Builder, Reader, ReaderOptions};
use capnp::serialize::OwnedSegments;
use capnp_rpc::rpc_capnp::{call, message, payload, return_};
use capos_rpc::{ConnectionHandle, Ending};
use capos_schema::{Code, Denial};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

pub(crate) const LAB: u64 = 0xa6b4_c1d5_e8f7_0213;
pub(crate) const ECHO: u16 = 0;
pub(crate) const NEXT: u16 = 1;
pub(crate) const CALL_BACK: u16 = 3;
pub(crate) const KEEP: u16 = 4;
pub(crate) const LOOPBACK: u16 = 6;
pub(crate) const HANG: u16 = 9;
pub(crate) const LATER: u16 = 11;
pub(crate) const MANY: u16 = 14;

pub(crate) type Message = Reader<OwnedSegments>;

pub(crate) struct Raw {
    pub(crate) stream: DuplexStream,
    pub(crate) handle: ConnectionHandle,
    /// The export that is the server's bootstrap object.
    pub(crate) lab: u32,
}

pub(crate) fn framed(build: impl FnOnce(message::Builder<'_>)) -> Vec<u8> {
    let mut message = Builder::new_default();
    build(message.init_root());
    capnp::serialize::write_message_to_words(&message)
}

pub(crate) fn call_frame(question: u32, target: u32, method: u16, fill: impl FnOnce(payload::Builder<'_>)) -> Vec<u8> {
    framed(|message| {
        let mut call = message.init_call();
        call.set_question_id(question);
        call.set_interface_id(LAB);
        call.set_method_id(method);
        call.reborrow().init_target().set_imported_cap(target);
        fill(call.init_params());
    })
}

impl Raw {
    /// Sends bytes; false where the connection does not take them any more.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    pub(crate) async fn send(&mut self, build: impl FnOnce(message::Builder<'_>)) -> bool {
        self.write(&framed(build)).await
    }

    pub(crate) async fn call(&mut self, question: u32, method: u16, fill: impl FnOnce(payload::Builder<'_>)) -> bool {
        let frame = call_frame(question, self.lab, method, fill);
        self.write(&frame).await
    }

    pub(crate) async fn call_with(&mut self, question: u32, change: impl FnOnce(call::Builder<'_>)) -> bool {
        let lab = self.lab;
        self.send(|message| {
            let mut call = message.init_call();
            call.set_question_id(question);
            call.set_interface_id(LAB);
            call.set_method_id(ECHO);
            call.reborrow().init_target().set_imported_cap(lab);
            change(call);
        })
        .await
    }

    pub(crate) async fn finish(&mut self, question: u32, release: bool) -> bool {
        self.send(|message| {
            let mut finish = message.init_finish();
            finish.set_question_id(question);
            finish.set_release_result_caps(release);
        })
        .await
    }

    pub(crate) async fn release(&mut self, id: u32, count: u32) -> bool {
        self.send(|message| {
            let mut release = message.init_release();
            release.set_id(id);
            release.set_reference_count(count);
        })
        .await
    }

    pub(crate) async fn bootstrap(&mut self, question: u32) -> bool {
        self.send(|message| message.init_bootstrap().set_question_id(question)).await
    }

    pub(crate) async fn receive(&mut self) -> Option<Message> {
        let mut head = [0; 8];
        self.stream.read_exact(&mut head).await.ok()?;
        let segments = u32::from_le_bytes(head[..4].try_into().unwrap()) as usize + 1;
        let mut bytes = head.to_vec();
        bytes.resize((4 + 4 * segments).next_multiple_of(8), 0);
        self.stream.read_exact(&mut bytes[8..]).await.ok()?;
        let header = bytes.len();
        let words: usize =
            (0..segments).map(|n| u32::from_le_bytes(bytes[4 + 4 * n..][..4].try_into().unwrap()) as usize).sum();
        bytes.resize(header + words * 8, 0);
        self.stream.read_exact(&mut bytes[header..]).await.ok()?;
        Some(capnp::serialize::read_message(&bytes[..], ReaderOptions::new()).unwrap())
    }

    /// The next Return of that question, whatever comes before it.
    pub(crate) async fn returned(&mut self, question: u32) -> Message {
        loop {
            let message = self.receive().await.expect("the connection lives");
            if let message::Return(Ok(answer)) = root(&message).which().unwrap()
                && answer.get_answer_id() == question
            {
                return message;
            }
            if let message::Abort(Ok(abort)) = root(&message).which().unwrap() {
                panic!("aborted: {:?}", abort.get_reason());
            }
        }
    }

    /// Whether an echo comes back.
    pub(crate) async fn still_answers(&mut self, question: u32) -> bool {
        self.call(question, ECHO, |_| {}).await;
        let message = self.returned(question).await;
        matches!(results(&message).which().unwrap(), return_::Results(_))
    }

    /// Reads until the Abort and gives its denial, which the owner must have seen as well.
    pub(crate) async fn denial(&mut self) -> Denial {
        loop {
            let Some(message) = self.receive().await else {
                panic!("no reason was given, but: {:?}", self.handle.closed().await);
            };
            if let message::Abort(Ok(abort)) = root(&message).which().unwrap() {
                let reason = abort.get_reason().unwrap().to_string().unwrap();
                let denial = Denial::from_error(&capnp::Error::failed(reason)).expect("a reason with a code");
                assert_eq!(self.handle.closed().await, Ending::Denied(denial.clone()));
                return denial;
            }
        }
    }

    pub(crate) async fn denied(&mut self) -> Code {
        self.denial().await.code
    }
}

pub(crate) fn root(message: &Message) -> message::Reader<'_> {
    message.get_root().unwrap()
}

pub(crate) fn results(message: &Message) -> return_::Reader<'_> {
    match root(message).which().unwrap() {
        message::Return(answer) => answer.unwrap(),
        _ => panic!("not a return"),
    }
}

/// Puts one capability into a payload whose content is a struct with one pointer.
pub(crate) fn with_capability(
    payload: payload::Builder<'_>,
    describe: impl FnOnce(capnp_rpc::rpc_capnp::cap_descriptor::Builder<'_>),
) {
    let mut payload = payload;
    describe(payload.reborrow().init_cap_table(1).get(0));
    // `LoopbackParams` and `KeepParams` are both that struct; a hook stands in to fill pointer 0.
    use capnp::traits::ImbueMut;
    let mut table = Vec::new();
    let mut content = payload.reborrow().get_content();
    content.imbue_mut(&mut table);
    let mut params = content.init_as::<capos_testkit::lab_capnp::lab::loopback_params::Builder<'_>>();
    let broken = capnp_rpc::new_broken_cap(capnp::Error::failed("a stand-in".to_owned()));
    params.reborrow().get_cap().set_as_capability(broken.hook);
}

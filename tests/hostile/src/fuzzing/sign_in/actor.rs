//! The client of a script: says what the bytes choose, and checks what it hears.

use std::collections::BTreeSet;
use std::time::Duration;

use capnp_rpc::rpc_capnp::exception;
use capos_schema::Code;
use capos_schema::gateway_capnp::remote_auth_flow::next_results;
use capos_testkit::hostile::{Call, Failure, Heard, HostilePeer, NoReply, Outcome, Reply, Target, message};
use tokio::io::DuplexStream;

use super::super::bytes::Bytes;
use super::super::script;
use super::words::{self, Response};
use super::world::{PASSWORD, World};
use crate::front;

/// Any answer comes within this, or the connection has ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody on one connection.
pub(super) struct Actor<'w> {
    world: &'w World,
    peer: HostilePeer<DuplexStream>,
    /// The connection's number, as its sessions have it.
    connection: u64,
    /// The number of the next question.
    next: u32,
    /// Questions without an answer.
    open: BTreeSet<u32>,
    /// The last bytes that a key was asked to sign.
    challenge: Vec<u8>,
    /// Whether it has said what proves the account.
    proven: bool,
}

impl<'w> Actor<'w> {
    /// Connects, and asks for the front door.
    pub(super) fn enter(world: &'w World) -> Self {
        let (stream, connection) = world.connect();
        let peer = HostilePeer::new(stream).with_patience(PATIENCE);
        Self { world, peer, connection, next: 0, open: BTreeSet::new(), challenge: Vec::new(), proven: false }
    }

    /// Does the next thing. False once the connection is over.
    pub(super) async fn step(&mut self, bytes: &mut Bytes<'_>) -> bool {
        if self.next == 0 {
            self.bootstrap().await;
        }
        match bytes.below(24) {
            0..=3 => self.start(bytes).await,
            4..=9 => self.answer(bytes).await,
            10 => self.call(bytes, front::cancel).await,
            11 => self.ask(front::guest).await,
            12..=14 => self.session(bytes).await,
            15..=16 => self.get(bytes).await,
            17 => self.call(bytes, front::list).await,
            18 => self.call(bytes, front::motd).await,
            19 => self.finish(bytes).await,
            20..=22 => return self.hear().await,
            _ => self.be_rude(bytes).await,
        }
        true
    }

    /// Waits for what is still open, and hangs up.
    pub(super) async fn leave(mut self) {
        while !self.open.is_empty() && self.hear().await {}
        assert!(self.proven || !self.world.has_account(self.connection), "a session without a proof");
    }

    async fn bootstrap(&mut self) {
        let question = self.number();
        self.peer.send(&message::bootstrap(question)).await;
    }

    async fn ask(&mut self, call: impl FnOnce(u32) -> Call) {
        let question = self.number();
        self.peer.send(&call(question).frame()).await;
    }

    async fn call(&mut self, bytes: &mut Bytes<'_>, call: impl FnOnce(u32, Target) -> Call) {
        let target = self.target(bytes);
        self.ask(|question| call(question, target)).await;
    }

    async fn start(&mut self, bytes: &mut Bytes<'_>) {
        let (kind, start) = (words::kind(bytes), words::start(bytes));
        self.ask(|question| start.call(question, kind)).await;
    }

    async fn answer(&mut self, bytes: &mut Bytes<'_>) {
        let flow = self.target(bytes);
        let response = match Response::choose(bytes) {
            Response::Words(words) => words,
            Response::Password => {
                self.proven = true;
                PASSWORD.into()
            }
            Response::Signature { own: true } => {
                self.proven = true;
                self.world.own_key.sign(&self.challenge)
            }
            Response::Signature { own: false } => self.world.other_key.sign(&self.challenge),
        };
        self.ask(|question| front::next(question, flow, &response)).await;
    }

    async fn session(&mut self, bytes: &mut Bytes<'_>) {
        let method = u16::from(bytes.below(5));
        self.call(bytes, |question, target| front::session(question, target, method)).await;
    }

    async fn get(&mut self, bytes: &mut Bytes<'_>) {
        let (name, interface) = words::grant(bytes);
        self.call(bytes, |question, target| front::get(question, target, name, interface)).await;
    }

    async fn finish(&mut self, bytes: &mut Bytes<'_>) {
        let question = self.recent(bytes);
        // It may be answered all the same, and need not be.
        self.open.remove(&question);
        self.peer.send(&message::finish(question, bytes.yes())).await;
    }

    async fn be_rude(&mut self, bytes: &mut Bytes<'_>) {
        self.peer.send(&script::frame(bytes)).await;
    }

    /// Takes one message. False once there are no more.
    async fn hear(&mut self) -> bool {
        if self.open.is_empty() {
            return true;
        }
        match self.peer.receive().await {
            Ok(reply) => {
                self.heard(&reply);
                true
            }
            Err(NoReply::Closed | NoReply::Broken(_)) => false,
            Err(none) => panic!("{none:?} with {:?} open", self.open),
        }
    }

    fn heard(&mut self, reply: &Reply) {
        match &reply.heard {
            Heard::Return { answer, outcome } => {
                self.open.remove(answer);
                if let Outcome::Failed(failure) = outcome {
                    check(failure);
                } else if let Ok(results) = reply.results::<next_results::Reader<'_>>()
                    && let Ok(challenge) = results.get_step().and_then(|step| step.get_challenge())
                    && !challenge.is_empty()
                {
                    self.challenge = challenge.to_vec();
                }
            }
            Heard::Abort(failure) => {
                check(failure);
                self.open.clear();
            }
            _ => {}
        }
    }

    fn number(&mut self) -> u32 {
        self.open.insert(self.next);
        self.next += 1;
        self.next - 1
    }

    /// One of the last questions.
    fn recent(&self, bytes: &mut Bytes<'_>) -> u32 {
        self.next.saturating_sub(1 + u32::from(bytes.below(8)))
    }

    /// The answer to one of the last questions, or an object of a low number.
    fn target(&self, bytes: &mut Bytes<'_>) -> Target {
        match bytes.below(12) {
            0..=6 => Target::first_field(self.next.saturating_sub(1)),
            7 => Target::first_field(self.recent(bytes)),
            8..=9 => front::session_of(self.recent(bytes)),
            10 => Target::Answer { question: self.recent(bytes), path: vec![0, 0] },
            _ => Target::Import(bytes.id()),
        }
    }
}

/// What the library itself says of a call on what is no object, or no longer.
const OF_THE_LIBRARY: [&str; 3] =
    ["Invalid pipeline transform.", "Message contains ", "Pipeline call on a request that returned no"];

/// A refusal has a code and a sentence.
fn check(failure: &Failure) {
    let (code, sentence) = failure.reason.split_once(": ").unwrap_or((&failure.reason, ""));
    let is_ours = Code::parse(code).is_some() && !sentence.is_empty();
    let is_known = is_ours || OF_THE_LIBRARY.iter().any(|said| failure.reason.starts_with(said));
    assert!(is_known || failure.kind == exception::Type::Unimplemented, "{failure:?}");
}

//! The inside of a connection, which its sessions share.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{ConnectionHandle, Ending, Fingerprint, Network, Peer};
use capos_schema::Denial;
use capos_schema::denial::strip_remote;
use capos_schema::gateway_capnp::remote_session_gateway;
use futures::future::{Either, select};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::spawn_local;
use tokio::time::Instant;

use super::{Failed, pulse};
use crate::error::{Cause, Error};
use crate::options::Options;
use crate::schemas::Schemas;
use crate::session::Facts;
use crate::text::plain_within;
use crate::transcript::Operation;
use crate::view::View;

/// What receiving puts before the reason of an exception from the other side, and before no other.
const REMOTE: &str = "remote exception: ";
/// What a node puts before a service's own words.
const SERVICE: &str = "service: ";

/// What to do where no session was lost.
pub(super) const CONNECT_AGAIN: &str = "Connect again; nobody is signed in.";

/// One connection: the work done on it, and what its failures mean.
pub(crate) struct Wire {
    gateway: remote_session_gateway::Client,
    line: ConnectionHandle,
    options: Options,
    /// The node did not answer a probe.
    silent: Cell<bool>,
    /// How many wait for the node to say something of its own accord.
    attentive: Cell<usize>,
    /// The transcript has the row of the end.
    noted_end: Cell<bool>,
    /// The session on display.
    current: RefCell<Weak<Facts>>,
    schemas: Schemas,
}

impl Wire {
    pub(super) fn start<S>(stream: S, peer: Peer, options: &Options) -> Rc<Self>
    where
        S: AsyncRead + AsyncWrite + 'static,
    {
        let (network, line) = Network::new(stream, Side::Client, peer, &options.limits);
        let mut system = RpcSystem::new(Box::new(network), None);
        let gateway = system.bootstrap(Side::Server);
        spawn_local(system);
        let wire = Rc::new(Self {
            gateway,
            line,
            options: options.clone(),
            silent: Cell::default(),
            attentive: Cell::default(),
            noted_end: Cell::default(),
            current: RefCell::default(),
            schemas: Schemas::new(Arc::clone(&options.registry), options.schema_limits.clone(), &options.bounds),
        });
        spawn_local(pulse::watch(Rc::downgrade(&wire)));
        wire
    }

    pub(crate) fn gateway(&self) -> &remote_session_gateway::Client {
        &self.gateway
    }

    pub(crate) fn line(&self) -> &ConnectionHandle {
        &self.line
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        let certificate = self.line.peer().tls.as_ref()?.certificate.as_ref()?;
        Fingerprint::of_certificate(certificate).ok()
    }

    /// Does some work of one operation, unless and until the connection ends, and notes how it went.
    pub(crate) async fn run<T>(
        &self,
        operation: &Operation,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Error> {
        let began = Instant::now();
        let outcome = self.work(operation, work).await;
        let code = outcome.as_ref().map_or_else(Error::code, |_| "ok");
        self.options.transcript.add(operation, code, began.elapsed());
        if matches!(outcome, Err(Error::Disconnected { .. })) {
            self.note_end(operation);
        }
        outcome
    }

    /// The same without a row.
    pub(crate) async fn work<T>(
        &self,
        operation: &Operation,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Error> {
        if self.line.ending().is_some() {
            return Err(self.disconnected(operation));
        }
        match select(pin!(work), pin!(self.line.closed())).await {
            Either::Left((outcome, _)) => outcome.map_err(|failed| self.clear(operation, failed)),
            Either::Right(_) => Err(self.disconnected(operation)),
        }
    }

    fn clear(&self, operation: &Operation, failed: Failed) -> Error {
        match failed {
            Failed::Clear(error) => error,
            Failed::Call(error) => self.judge(operation, &error),
            Failed::Value(problem) => Error::Protocol { operation: operation.to_string(), problem },
        }
    }

    /// What an exception means: the node's refusal, a service's failure, or the end of the connection.
    pub(crate) fn judge(&self, operation: &Operation, error: &capnp::Error) -> Error {
        if !error.extra.starts_with(REMOTE) {
            return self.judge_own(operation, error);
        }
        if self.is_abort(error) {
            return self.disconnected(operation);
        }
        let most = self.options.bounds.text_bytes;
        if let Some(denial) = Denial::from_error(error) {
            return Error::Denied(plain_denial(&denial, most));
        }
        let (operation, reason) = (operation.to_string(), strip_remote(&error.extra));
        match reason.strip_prefix(SERVICE) {
            Some(text) => Error::Service { operation, text: plain_within(text, most) },
            None if error.kind == capnp::ErrorKind::Unimplemented => {
                Error::Protocol { operation, problem: "the node does not know this method".to_owned() }
            }
            None => Error::Protocol { operation, problem: plain_within(reason, most) },
        }
    }

    /// What was raised on this side: with the connection, or over an answer that is not what it should be.
    fn judge_own(&self, operation: &Operation, error: &capnp::Error) -> Error {
        if self.line.ending().is_some() || error.kind == capnp::ErrorKind::Disconnected {
            return self.disconnected(operation);
        }
        let problem = "it is not what the contract says".to_owned();
        Error::Protocol { operation: operation.to_string(), problem }
    }

    /// Whether it is the reason that the node ended the connection with, which every call under way fails with.
    fn is_abort(&self, error: &capnp::Error) -> bool {
        match self.line.ending() {
            Some(Ending::PeerAborted(reason)) => strip_remote(&error.extra).starts_with(&reason),
            _ => false,
        }
    }

    pub(crate) fn disconnected(&self, operation: &Operation) -> Error {
        self.drop_view();
        let guidance = match operation.session {
            0 => CONNECT_AGAIN,
            _ => "The session ended with it: connect and sign in again.",
        };
        Error::Disconnected { operation: operation.to_string(), cause: self.cause(), guidance }
    }

    fn cause(&self) -> Cause {
        if self.silent.get() {
            return Cause::Silent;
        }
        match self.line.ending() {
            Some(Ending::PeerClosed) => Cause::Closed,
            Some(Ending::PeerAborted(reason)) => refusal(reason, self.options.bounds.text_bytes),
            Some(Ending::Denied(_)) => Cause::BrokeRule,
            Some(Ending::Closed) => Cause::Ours,
            Some(Ending::Lost) | None => Cause::Lost,
        }
    }

    fn note_end(&self, operation: &Operation) {
        if !self.noted_end.replace(true) {
            let subject = if operation.subject.is_empty() { operation.verb } else { &operation.subject };
            let row = Operation::new(operation.session, "disconnect", subject);
            self.options.transcript.add(&row, "gatewayDisconnected", std::time::Duration::ZERO);
        }
    }

    /// The node answers nothing any more: whoever waits is told.
    pub(super) fn give_up(&self) {
        self.silent.set(true);
        self.line.abort(Denial::new(capos_schema::Code::ServiceUnavailable, "no answer came in time"));
    }

    /// From here on, until what is returned is dropped, silence is looked into though no call waits.
    pub(crate) fn attend(self: &Rc<Self>) -> Attention {
        self.attentive.set(self.attentive.get() + 1);
        Attention(Rc::downgrade(self))
    }

    pub(super) fn is_attentive(&self) -> bool {
        self.attentive.get() > 0
    }

    pub(crate) fn show(&self, facts: &Rc<Facts>) {
        *self.current.borrow_mut() = Rc::downgrade(facts);
    }

    /// Nothing is on display until the next session is.
    pub(crate) fn drop_view(&self) {
        if let Some(facts) = self.current.take().upgrade() {
            facts.hide();
        }
    }

    pub(crate) fn view(&self) -> View {
        if self.line.ending().is_some() {
            self.drop_view();
        }
        self.current.borrow().upgrade().map(|facts| facts.view()).unwrap_or_default()
    }

    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }
}

/// Somebody waits for the node to speak.
pub(crate) struct Attention(Weak<Wire>);

impl Drop for Attention {
    fn drop(&mut self) {
        if let Some(wire) = self.0.upgrade() {
            wire.attentive.set(wire.attentive.get().saturating_sub(1));
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.line.close();
    }
}

fn plain_denial(denial: &Denial, most: usize) -> Denial {
    Denial::new(denial.code, plain_within(&denial.sentence, most))
}

/// An abort's reason, if it is one of the contract's.
fn refusal(reason: String, most: usize) -> Cause {
    let error = capnp::Error::failed(reason);
    Denial::from_error(&error).map_or(Cause::Closed, |denial| Cause::Refused(plain_denial(&denial, most)))
}

//! The two-party network that `capnp-rpc` runs on.

use std::rc::{Rc, Weak};
use std::task::Poll;

use capnp::Error;
use capnp::any_pointer;
use capnp::capability::Promise;
use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::{FlowController, IncomingMessage, OutgoingMessage, VatNetwork};
use futures::future::poll_fn;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::core::{Core, Drive, SharedCore};
use crate::flow::Window;
use crate::handle::{ConnectionHandle, Control};
use crate::limits::Limits;
use crate::peer::Peer;

/// First segments of messages: enough for most, and no page of zeroes for a small call.
const MOST_FIRST_WORDS: u32 = 256;

/// One bounded connection, to give to `capnp_rpc::RpcSystem::new`.
///
/// It runs over anything tokio can read and write: TCP, TLS, Unix sockets, in-memory pipes. Whatever the peer
/// does, it costs no more than its [`Limits`]; past one of them the peer gets an Abort with a denial, and this
/// connection alone ends.
pub struct Network {
    side: Side,
    core: SharedCore,
    first: Option<Line>,
    line: Weak<End>,
}

impl Network {
    /// A connection over `stream`, and the owner's handle on it. `side` is this side.
    pub fn new<S>(stream: S, side: Side, peer: Peer, limits: &Limits) -> (Self, ConnectionHandle)
    where
        S: AsyncRead + AsyncWrite + 'static,
    {
        let control = Control::new(peer);
        let core = Core::new(Box::pin(stream), limits, control.clone());
        let end = Rc::new(End { core: core.clone() });
        let network = Self { side, core, line: Rc::downgrade(&end), first: Some(Line { side, end }) };
        (network, ConnectionHandle::new(control))
    }
}

impl VatNetwork<Side> for Network {
    fn connect(&mut self, host: Side) -> Option<Box<dyn capnp_rpc::Connection<Side>>> {
        if host == self.side {
            return None;
        }
        // Where the connection is over, its core answers everything with the reason.
        let end = self.line.upgrade().unwrap_or_else(|| Rc::new(End { core: self.core.clone() }));
        Some(Box::new(Line { side: self.side, end }))
    }

    fn accept(&mut self) -> Promise<Box<dyn capnp_rpc::Connection<Side>>, Error> {
        match self.first.take() {
            Some(line) => Promise::ok(Box::new(line)),
            None => Promise::from_future(std::future::pending()),
        }
    }

    fn drive_until_shutdown(&mut self) -> Promise<(), Error> {
        Promise::from_future(Drive::new(self.core.clone()))
    }
}

/// Closes the connection when the last that held it lets go.
struct End {
    core: SharedCore,
}

impl Drop for End {
    fn drop(&mut self) {
        self.core.borrow_mut().abandon();
    }
}

struct Line {
    side: Side,
    end: Rc<End>,
}

impl capnp_rpc::Connection<Side> for Line {
    fn get_peer_vat_id(&self) -> Side {
        match self.side {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }

    fn new_outgoing_message(&mut self, first_segment_words: u32) -> Box<dyn OutgoingMessage> {
        let words = first_segment_words.clamp(32, MOST_FIRST_WORDS);
        Box::new(Outgoing {
            message: Builder::new(HeapAllocator::new().first_segment_words(words)),
            core: self.end.core.clone(),
        })
    }

    fn receive_incoming_message(&mut self) -> Promise<Option<Box<dyn IncomingMessage>>, Error> {
        match self.end.core.borrow_mut().receive_ready() {
            Some(Ok(received)) => return Promise::ok(Some(Box::new(received))),
            Some(Err(error)) => return Promise::err(error),
            None => {}
        }
        let core = self.end.core.clone();
        Promise::from_future(poll_fn(move |cx| {
            core.borrow_mut().poll_receive(cx).map_ok(|received| received.map(|received| Box::new(received) as _))
        }))
    }

    fn new_stream(&mut self) -> (Box<dyn FlowController>, Promise<(), Error>) {
        let (window, driver) = Window::new(self.end.core.borrow().stream_bounds());
        (Box::new(window), driver)
    }

    fn shutdown(&mut self, _result: capnp::Result<()>) -> Promise<(), Error> {
        let mut over = self.end.core.borrow_mut().shutdown();
        Promise::from_future(poll_fn(move |cx| match futures::FutureExt::poll_unpin(&mut over, cx) {
            Poll::Ready(_) => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        }))
    }
}

struct Outgoing {
    message: Builder<HeapAllocator>,
    core: SharedCore,
}

impl OutgoingMessage for Outgoing {
    fn get_body(&mut self) -> capnp::Result<any_pointer::Builder<'_>> {
        self.message.get_root()
    }

    fn get_body_as_reader(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.message.get_root_as_reader()
    }

    fn send(self: Box<Self>) -> (Promise<(), Error>, Rc<Builder<HeapAllocator>>) {
        let message = Rc::new(self.message);
        self.core.borrow_mut().enqueue(&message);
        (Promise::ok(()), message)
    }

    fn take(self: Box<Self>) -> Builder<HeapAllocator> {
        self.message
    }

    fn size_in_words(&self) -> usize {
        self.message.size_in_words()
    }
}

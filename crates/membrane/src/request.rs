//! A call made from this process, built message by message instead of arriving as one.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use capnp::Error;
use capnp::MessageSize;
use capnp::any_pointer;
use capnp::capability::{Client, FromClientHook, Promise, RemotePromise, Response};
use capnp::private::capability::{ClientHook, PipelineHook, PipelineOp, RequestHook, ResponseHook};
use futures::FutureExt;
use futures::future::Shared;

use crate::flight::{Entry, Flight};
use crate::membrane;
use crate::message::{self, Body, MOST_CAPABILITIES};
use crate::passage::is_behind_connection;
use crate::promised::Promised;
use crate::texts;
use crate::wrapped::{Wrapped, brand};

pub(crate) struct Request {
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
    body: Body,
}

impl Request {
    pub(crate) fn new(wrapped: Rc<Wrapped>, interface: u64, method: u16, size: Option<MessageSize>) -> Self {
        let body = Body::new(size.map_or(0, |size| size.word_count));
        Self { wrapped, via: (interface, method), body }
    }

    /// The same request to what the object resolved to since the request was begun, if it has.
    fn redirected(&self) -> Option<Result<capnp::capability::Request<any_pointer::Owned, any_pointer::Owned>, Error>> {
        let mut request = self.wrapped.successor()?.new_call(self.via.0, self.via.1, None);
        let copied = self.body.reader().and_then(|params| request.set(params));
        Some(copied.map(|()| request).map_err(|_| texts::malformed()))
    }

    /// The same call on the object itself.
    fn forward(self) -> Result<capnp::capability::Request<any_pointer::Owned, any_pointer::Owned>, Error> {
        let Self { wrapped, via, body } = self;
        if body.capabilities.len() > MOST_CAPABILITIES as usize {
            return Err(texts::malformed());
        }
        let away = wrapped.home().opposite();
        let body = body.cross(|hook| wrapped.cross(hook, away, Some(via)))?;
        let mut request = wrapped.inner().new_call(via.0, via.1, None);
        body.reader().and_then(|params| request.set(params)).map_err(|_| texts::malformed())?;
        Ok(request)
    }
}

impl RequestHook for Request {
    fn get(&mut self) -> any_pointer::Builder<'_> {
        self.body.builder().expect("a message that was built here has a root")
    }

    fn get_brand(&self) -> usize {
        brand()
    }

    fn send(self: Box<Self>) -> RemotePromise<any_pointer::Owned> {
        if let Some(redirected) = self.redirected() {
            return redirected.map_or_else(broken, capnp::capability::Request::send);
        }
        let (wrapped, via) = (self.wrapped.clone(), self.via);
        let (flight, entry) = match Flight::begin(&wrapped, via, &self.body) {
            Ok(begun) => begun,
            Err(denial) => return broken(denial.into()),
        };
        match entry {
            Entry::Now => match self.forward() {
                Ok(request) => {
                    let RemotePromise { promise, pipeline } = request.send();
                    let promised = Ahead::of(&wrapped, via, pipeline.hook);
                    let answer: Answer = Box::pin(flight.watch(receive(promise, wrapped, via)));
                    remote(answer.shared(), promised)
                }
                Err(error) => broken(flight.fail(error)),
            },
            Entry::Wait(ticket) => {
                let answer: Answer = Box::pin(flight.watch(async move {
                    let ticket = ticket.await?.admit(&wrapped)?;
                    let sent = self.forward()?.send();
                    let _held_to_the_end = ticket.begun();
                    receive(sent.promise, wrapped, via).await
                }));
                remote(answer.shared(), Ahead::Nothing)
            }
        }
    }

    fn send_streaming(self: Box<Self>) -> Promise<(), Error> {
        if let Some(redirected) = self.redirected() {
            return redirected.map_or_else(Promise::err, |request| request.hook.send_streaming());
        }
        let wrapped = self.wrapped.clone();
        let (flight, entry) = match Flight::begin(&wrapped, self.via, &self.body) {
            Ok(begun) => begun,
            Err(denial) => return Promise::err(denial.into()),
        };
        match entry {
            Entry::Now => match self.forward() {
                Ok(request) => Promise::from_future(flight.watch(room(request.hook.send_streaming(), wrapped))),
                Err(error) => Promise::err(flight.fail(error)),
            },
            Entry::Wait(ticket) => Promise::from_future(flight.watch(async move {
                let ticket = ticket.await?.admit(&wrapped)?;
                let sent = self.forward()?.hook.send_streaming();
                let _held_to_the_end = ticket.begun();
                room(sent, wrapped).await
            })),
        }
    }

    /// Never: a tail call's answer would pass by the membrane.
    fn tail_send(self: Box<Self>) -> Option<(u32, Promise<(), Error>, Box<dyn PipelineHook>)> {
        None
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Rc<dyn ResponseHook>, Error>>>>;

/// Waits until a stream has room for more.
async fn room(sent: Promise<(), Error>, wrapped: Rc<Wrapped>) -> Result<(), Error> {
    sent.await.map_err(|error| wrapped.relay_error(error))
}

/// Waits for the object's answer and brings it across.
async fn receive(
    answer: Promise<Response<any_pointer::Owned>, Error>,
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
) -> Result<Rc<dyn ResponseHook>, Error> {
    let response = answer.await.map_err(|error| wrapped.relay_error(error))?;
    wrapped.check()?;
    let crossed = response.get().and_then(|content| {
        wrapped.membrane.let_pass(wrapped.home(), || message::bytes(content))?;
        let body = Body::of_capabilities(content)?;
        let over = |hook| wrapped.cross(hook, wrapped.home(), Some(via));
        Ok(body.map(|body| body.cross(over)).transpose()?)
    });
    Ok(match crossed.map_err(|error| wrapped.crossing_error(error))? {
        Some(body) => Rc::new(body),
        None => Rc::new(Unchanged(response)),
    })
}

/// An answer without capabilities.
struct Unchanged(Response<any_pointer::Owned>);

impl ResponseHook for Unchanged {
    fn get(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.0.get()
    }
}

/// An answer that its caller and its pipeline both hold.
struct Held(Rc<dyn ResponseHook>);

impl ResponseHook for Held {
    fn get(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.0.get()
    }
}

fn remote(answer: Shared<Answer>, promised: Ahead) -> RemotePromise<any_pointer::Owned> {
    let pipeline = Pipeline { answer: answer.clone(), promised: Rc::new(promised) };
    RemotePromise {
        promise: Promise::from_future(async move { Ok(Response::new(Box::new(Held(answer.await?)))) }),
        pipeline: any_pointer::Pipeline::new(Box::new(pipeline)),
    }
}

fn broken(error: Error) -> RemotePromise<any_pointer::Owned> {
    RemotePromise {
        promise: Promise::err(error.clone()),
        pipeline: any_pointer::Pipeline::new(Box::new(Broken(error))),
    }
}

/// What can be had of an answer before it comes.
enum Ahead {
    /// The object's own promises: it is of this process, and its pipeline bears any path.
    Local {
        pipeline: Box<dyn PipelineHook>,
        wrapped: Rc<Wrapped>,
        via: (u64, u16),
    },
    /// Those that the method's shape tells of, already crossed.
    Relayed {
        promised: Vec<Promised>,
        _pipeline: Box<dyn PipelineHook>,
    },
    Nothing,
}

impl Ahead {
    fn of(wrapped: &Rc<Wrapped>, via: (u64, u16), pipeline: Box<dyn PipelineHook>) -> Self {
        if !is_behind_connection(&*wrapped.inner()) {
            return Self::Local { pipeline, wrapped: wrapped.clone(), via };
        }
        let shape = wrapped.membrane.rules.shapes.shape(via.0, via.1);
        let mut promised = Promised::all(shape.map_or(&[][..], |shape| &*shape.capability_paths), &*pipeline);
        for promise in &mut promised {
            let crossed = wrapped.cross(promise.hook.add_ref(), wrapped.home(), Some(via));
            promise.hook = crossed.unwrap_or_else(membrane::broken);
        }
        Self::Relayed { promised, _pipeline: pipeline }
    }

    fn get(&self, path: &[PipelineOp]) -> Option<Box<dyn ClientHook>> {
        match self {
            Self::Local { pipeline, wrapped, via } => {
                let crossed = wrapped.cross(pipeline.get_pipelined_cap(path), wrapped.home(), Some(*via));
                Some(crossed.unwrap_or_else(membrane::broken))
            }
            Self::Relayed { promised, .. } => {
                let found = promised.iter().find(|promise| fields(&promise.path).eq(fields(path)));
                found.map(|promise| promise.hook.add_ref())
            }
            Self::Nothing => None,
        }
    }
}

/// A path without the steps that lead nowhere.
fn fields(path: &[PipelineOp]) -> impl Iterator<Item = u16> {
    path.iter().filter_map(|step| match step {
        PipelineOp::Noop => None,
        PipelineOp::GetPointerField(field) => Some(*field),
    })
}

/// The pipeline of a call that was let through: what can be had at once, else what the answer will hold.
struct Pipeline {
    answer: Shared<Answer>,
    promised: Rc<Ahead>,
}

impl PipelineHook for Pipeline {
    fn add_ref(&self) -> Box<dyn PipelineHook> {
        Box::new(Self { answer: self.answer.clone(), promised: self.promised.clone() })
    }

    fn get_pipelined_cap(&self, path: &[PipelineOp]) -> Box<dyn ClientHook> {
        if let Some(promised) = self.promised.get(path) {
            return promised;
        }
        let (answer, path) = (self.answer.clone(), path.to_vec());
        let promised: Client =
            capnp_rpc::new_future_client(
                async move { Ok(Client::new(answer.await?.get()?.get_pipelined_cap(&path)?)) },
            );
        promised.into_client_hook()
    }
}

/// The pipeline of a call that was refused.
struct Broken(Error);

impl PipelineHook for Broken {
    fn add_ref(&self) -> Box<dyn PipelineHook> {
        Box::new(Self(self.0.clone()))
    }

    fn get_pipelined_cap(&self, _path: &[PipelineOp]) -> Box<dyn ClientHook> {
        capnp_rpc::new_broken_cap(self.0.clone()).hook
    }
}

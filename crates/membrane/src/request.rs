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
use crate::message::Body;
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

    /// The same call on the object itself.
    fn forward(self) -> Result<capnp::capability::Request<any_pointer::Owned, any_pointer::Owned>, Error> {
        let Self { wrapped, via, body } = self;
        let away = wrapped.home().opposite();
        let body = body.cross(|hook| wrapped.cross(hook, away, Some(via)));
        let mut request = wrapped.inner.new_call(via.0, via.1, None);
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
        let (wrapped, via) = (self.wrapped.clone(), self.via);
        let (flight, entry) = match Flight::begin(&wrapped, via, &self.body) {
            Ok(begun) => begun,
            Err(denial) => return broken(denial.into()),
        };
        match entry {
            Entry::Now => match self.forward() {
                Ok(request) => {
                    let RemotePromise { promise, pipeline } = request.send();
                    let through = Through { pipeline: pipeline.hook, wrapped: wrapped.clone(), via };
                    remote(flight.watch(receive(promise, wrapped, via)), through)
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
                let answer = answer.shared();
                remote(answer.clone(), Deferred(answer))
            }
        }
    }

    fn send_streaming(self: Box<Self>) -> Promise<(), Error> {
        let wrapped = self.wrapped.clone();
        let (flight, entry) = match Flight::begin(&wrapped, self.via, &self.body) {
            Ok(begun) => begun,
            Err(denial) => return Promise::err(denial.into()),
        };
        match entry {
            Entry::Now => match self.forward() {
                Ok(request) => {
                    let room = request.hook.send_streaming();
                    Promise::from_future(
                        flight.watch(async move { room.await.map_err(|error| wrapped.relay_error(error)) }),
                    )
                }
                Err(error) => Promise::err(flight.fail(error)),
            },
            Entry::Wait(ticket) => Promise::from_future(flight.watch(async move {
                let ticket = ticket.await?.admit(&wrapped)?;
                let room = self.forward()?.hook.send_streaming();
                let _held_to_the_end = ticket.begun();
                room.await.map_err(|error| wrapped.relay_error(error))
            })),
        }
    }

    /// Never: a tail call's answer would pass by the membrane.
    fn tail_send(self: Box<Self>) -> Option<(u32, Promise<(), Error>, Box<dyn PipelineHook>)> {
        None
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Rc<dyn ResponseHook>, Error>>>>;

/// Waits for the object's answer and brings it across.
async fn receive(
    answer: Promise<Response<any_pointer::Owned>, Error>,
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
) -> Result<Rc<dyn ResponseHook>, Error> {
    let response = answer.await.map_err(|error| wrapped.relay_error(error))?;
    wrapped.check()?;
    let crossed = response.get().and_then(|content| {
        let size = content.target_size()?;
        let body = if size.cap_count == 0 { None } else { Some(Body::copy(content, size.word_count)?) };
        Ok(body.map(|body| body.cross(|hook| wrapped.cross(hook, wrapped.home(), Some(via)))))
    });
    Ok(match crossed.map_err(|error| wrapped.relay_error(error))? {
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

fn remote(
    answer: impl Future<Output = Result<Rc<dyn ResponseHook>, Error>> + 'static,
    pipeline: impl PipelineHook + 'static,
) -> RemotePromise<any_pointer::Owned> {
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

/// The object's own pipeline, whose capabilities cross.
struct Through {
    pipeline: Box<dyn PipelineHook>,
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
}

impl PipelineHook for Through {
    fn add_ref(&self) -> Box<dyn PipelineHook> {
        Box::new(Self { pipeline: self.pipeline.add_ref(), wrapped: self.wrapped.clone(), via: self.via })
    }

    fn get_pipelined_cap(&self, path: &[PipelineOp]) -> Box<dyn ClientHook> {
        let promised = self.pipeline.get_pipelined_cap(path);
        self.wrapped.cross(promised, self.wrapped.home(), Some(self.via))
    }
}

/// The pipeline of a call that has not begun.
struct Deferred(Shared<Answer>);

impl PipelineHook for Deferred {
    fn add_ref(&self) -> Box<dyn PipelineHook> {
        Box::new(Self(self.0.clone()))
    }

    fn get_pipelined_cap(&self, path: &[PipelineOp]) -> Box<dyn ClientHook> {
        let (answer, path) = (self.0.clone(), path.to_vec());
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

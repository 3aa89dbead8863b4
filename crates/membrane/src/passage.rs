//! A call's way to the object and its result's way back.
//!
//! An object of this process is given the caller's own message, and writes into the caller's own results.
//! A call for an object behind a connection is sent on at once, together with what is pipelined on it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use capnp::Error;
use capnp::any_pointer;
use capnp::capability::{Promise, RemotePromise};
use capnp::private::capability::{ClientHook, ParamsHook, PipelineHook, RequestHook, ResultsHook};
use capnp::private::layout::CapTable;
use capnp::traits::{Imbue, ImbueMut};
use capos_schema::{Code, Denial};

use crate::message::{self, Body, Params};
use crate::relay::Relay;
use crate::wrapped::{Wrapped, brand};

/// A call that has reached its object.
pub(crate) enum Passage {
    Local(Local),
    Relay(Relay),
}

impl Passage {
    pub(crate) fn begin(
        wrapped: Rc<Wrapped>,
        via: (u64, u16),
        params: Params,
        results: Box<dyn ResultsHook>,
    ) -> Result<Self, Error> {
        let target = wrapped.inner();
        let away = wrapped.home().opposite();
        let params = params.cross(|hook| wrapped.cross(hook, away, Some(via)))?;
        Ok(if is_behind_connection(&*target) {
            Self::Relay(Relay::begin(wrapped, &*target, via, &*params, results)?)
        } else {
            Self::Local(Local::begin(wrapped, &*target, via, params, results))
        })
    }

    pub(crate) async fn finish(self) -> Result<(), Error> {
        match self {
            Self::Local(local) => local.finish().await,
            Self::Relay(relay) => relay.finish().await,
        }
    }
}

/// Objects of this process have no brand, wrappers have ours; what is left are the imports of connections.
pub(crate) fn is_behind_connection(hook: &dyn ClientHook) -> bool {
    ![0, brand()].contains(&hook.get_brand())
}

/// A call on an object of this process.
pub(crate) struct Local {
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
    promise: Promise<(), Error>,
    results: Rc<Handback>,
}

impl Local {
    fn begin(
        wrapped: Rc<Wrapped>,
        target: &dyn ClientHook,
        via: (u64, u16),
        params: Box<dyn ParamsHook>,
        results: Box<dyn ResultsHook>,
    ) -> Self {
        let handback = Rc::new(Handback::default());
        let lent = LentResults {
            lent: Some(Lent { hook: results, capabilities: CapTable::new(), pipelined: false }),
            back: handback.clone(),
            wrapped: wrapped.clone(),
            via,
        };
        let promise = target.call(via.0, via.1, params, Box::new(lent));
        Self { wrapped, via, promise, results: handback }
    }

    async fn finish(self) -> Result<(), Error> {
        self.promise.await.map_err(|error| self.wrapped.relay_error(error))?;
        let mut results = self.results.take().await;
        self.wrapped.check()?;
        let crossed = results.let_pass(&self.wrapped).and_then(|()| results.cross(&self.wrapped, self.via));
        crossed.map_err(|error| {
            let refused = Denial::from_error(&error);
            refused.unwrap_or_else(|| Code::Internal.into()).into()
        })
    }
}

/// The caller's results while the object writes them.
///
/// The object's capabilities go into a table of ours; the caller's own table only ever sees wrapped ones.
struct Lent {
    hook: Box<dyn ResultsHook>,
    capabilities: CapTable,
    /// Whether the object has set its pipeline. What it writes is crossed then, and at the end, and no third time:
    /// only until then is the caller's table in the same order as ours.
    pipelined: bool,
}

impl Lent {
    fn builder(&mut self) -> capnp::Result<any_pointer::Builder<'_>> {
        let mut root = self.hook.get()?;
        root.imbue_mut(&mut self.capabilities);
        Ok(root)
    }

    /// Asks whether they find room on the way to the caller. What does not is left where it is, and not sent.
    fn let_pass(&mut self, wrapped: &Wrapped) -> capnp::Result<()> {
        wrapped.membrane.let_pass(wrapped.home(), || message::bytes(self.hook.get()?.into_reader()))
    }

    /// Moves the capabilities, wrapped, to the caller's table.
    fn cross(&mut self, wrapped: &Rc<Wrapped>, via: (u64, u16)) -> capnp::Result<()> {
        if self.capabilities.is_empty() {
            return Ok(());
        }
        let mut root = self.hook.get()?;
        let written = {
            let mut reader = root.reborrow().into_reader();
            reader.imbue(&self.capabilities);
            Body::of_capabilities(reader)?
        };
        let Some(written) = written else {
            return Ok(());
        };
        // The copy's table is in the order that the caller's will have: the object may go on writing by it.
        self.capabilities.clone_from(&written.capabilities);
        message::forget(&mut root)?;
        root.set_as(written.cross(|hook| wrapped.cross(hook, wrapped.home(), Some(via)))?.reader()?)
    }
}

/// The results hook that the object is given.
struct LentResults {
    /// Taken on drop alone.
    lent: Option<Lent>,
    back: Rc<Handback>,
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
}

impl LentResults {
    fn lent(&mut self) -> capnp::Result<&mut Lent> {
        self.lent.as_mut().ok_or_else(|| Code::Internal.into())
    }
}

impl ResultsHook for LentResults {
    fn get(&mut self) -> capnp::Result<any_pointer::Builder<'_>> {
        self.lent()?.builder()
    }

    fn set_pipeline(&mut self) -> capnp::Result<()> {
        let (wrapped, via) = (self.wrapped.clone(), self.via);
        wrapped.check()?;
        let lent = self.lent()?;
        if lent.pipelined {
            return Err(Error::failed("the pipeline has been set before".into()));
        }
        lent.cross(&wrapped, via)?;
        lent.pipelined = true;
        lent.hook.set_pipeline()
    }

    fn allow_cancellation(&self) {}

    fn tail_call(self: Box<Self>, request: Box<dyn RequestHook>) -> Promise<(), Error> {
        self.direct_tail_call(request).0
    }

    /// Sends and copies: the answer has to pass through the membrane like any other.
    fn direct_tail_call(
        mut self: Box<Self>,
        request: Box<dyn RequestHook>,
    ) -> (Promise<(), Error>, Box<dyn PipelineHook>) {
        let RemotePromise { promise, pipeline } = request.send();
        let copied = async move {
            let response = promise.await?;
            let mut root = self.get()?;
            message::forget(&mut root)?;
            root.set_as(response.get()?)
        };
        (Promise::from_future(copied), pipeline.hook)
    }
}

impl Drop for LentResults {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take() {
            self.back.put(lent);
        }
    }
}

/// Where the object's results hook leaves what it was lent.
#[derive(Default)]
struct Handback {
    lent: RefCell<Option<Lent>>,
    waker: RefCell<Option<Waker>>,
}

impl Handback {
    fn put(&self, lent: Lent) {
        *self.lent.borrow_mut() = Some(lent);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    async fn take(&self) -> Lent {
        poll_fn(|cx| match self.lent.take() {
            Some(lent) => Poll::Ready(lent),
            None => {
                *self.waker.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}

//! A call for an object behind another connection.
//!
//! `capnp-rpc` relays a call by waiting for its answer and copying it; what is pipelined on the call waits as long.
//! Here the answer's capabilities are promised to the caller at once: a skeleton of the results, holding the wrapped
//! promises at the places that the method's schema names, becomes the caller's pipeline.

use std::rc::Rc;

use capnp::Error;
use capnp::any_pointer;
use capnp::capability::{Promise, RemotePromise, Response};
use capnp::private::capability::{ClientHook, ParamsHook, PipelineOp, ResultsHook};
use capnp::private::layout::{PointerBuilder, StructBuilder, StructSize};
use capnp::traits::FromPointerBuilder;
use capos_schema::Code;

use crate::membrane::broken;
use crate::message::{self, cross_into};
use crate::promised::Promised;
use crate::texts;
use crate::wrapped::Wrapped;

/// A call that was sent on.
pub(crate) struct Relay {
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
    answer: Answer,
    results: Box<dyn ResultsHook>,
}

enum Answer {
    Whole {
        response: Promise<Response<any_pointer::Owned>, Error>,
        promised: Vec<Promised>,
        /// What is promised resolves only as long as somebody holds the pipeline.
        pipeline: any_pointer::Pipeline,
    },
    /// Resolves when the stream has room for more.
    Stream(Promise<(), Error>),
}

impl Relay {
    pub(crate) fn begin(
        wrapped: Rc<Wrapped>,
        target: &dyn ClientHook,
        via: (u64, u16),
        params: &dyn ParamsHook,
        mut results: Box<dyn ResultsHook>,
    ) -> Result<Self, Error> {
        let mut request = target.new_call(via.0, via.1, None);
        params.get().and_then(|params| request.set(params)).map_err(|_| texts::malformed())?;
        let shape = wrapped.membrane.rules.shapes.shape(via.0, via.1);
        let answer = if shape.is_some_and(|shape| shape.streaming) {
            Answer::Stream(request.hook.send_streaming())
        } else {
            let RemotePromise { promise, pipeline } = request.send();
            let paths = shape.map_or(&[][..], |shape| &*shape.capability_paths);
            let promised = Promised::all(paths, &*pipeline.hook);
            if !promised.is_empty() {
                pipeline_skeleton(&mut *results, &promised, &wrapped, via)?;
            }
            Answer::Whole { response: promise, promised, pipeline }
        };
        Ok(Self { wrapped, via, answer, results })
    }

    pub(crate) async fn finish(mut self) -> Result<(), Error> {
        let relayed = |error| self.wrapped.relay_error(error);
        let (response, promised, _pipeline) = match self.answer {
            Answer::Stream(room) => return room.await.map_err(relayed),
            Answer::Whole { response, promised, pipeline } => (response.await.map_err(relayed)?, promised, pipeline),
        };
        let has_skeleton = !promised.is_empty();
        let content = response.get().map_err(relayed)?;
        for promise in promised {
            promise.settle(content).await;
        }
        // A promise that settles may run code of this process.
        self.wrapped.check()?;
        let passed = self.wrapped.membrane.let_pass(self.wrapped.home(), || message::bytes(content));
        passed.map_err(|error| self.wrapped.crossing_error(error))?;
        let mut root = self.results.get()?;
        if has_skeleton {
            message::forget(&mut root)?;
        }
        let (wrapped, via) = (&self.wrapped, self.via);
        cross_into(root, content, |hook| wrapped.cross(hook, wrapped.home(), Some(via)))
            .map_err(|error| wrapped.crossing_error(error))
    }
}

/// Gives the caller its pipeline before there is an answer.
fn pipeline_skeleton(
    results: &mut dyn ResultsHook,
    promised: &[Promised],
    wrapped: &Rc<Wrapped>,
    via: (u64, u16),
) -> Result<(), Error> {
    let leaves: Vec<_> = promised
        .iter()
        .map(|promise| {
            let crossed = wrapped.cross(promise.hook.add_ref(), wrapped.home(), Some(via));
            (promise.path.as_slice(), crossed.unwrap_or_else(broken))
        })
        .collect();
    let leaves: Vec<_> = leaves.iter().map(|(path, hook)| (*path, &**hook)).collect();
    build(results.get()?, &leaves);
    results.set_pipeline().map_err(|_| Code::Internal.into())
}

/// Writes a tree of structs without data that has the leaves at their paths.
fn build(pointer: any_pointer::Builder<'_>, leaves: &[(&[PipelineOp], &dyn ClientHook)]) {
    if let [([], hook)] = leaves {
        let mut pointer = pointer;
        pointer.set_as_capability(hook.add_ref());
        return;
    }
    let field = |path: &[PipelineOp]| match path.first() {
        Some(PipelineOp::GetPointerField(field)) => Some(*field),
        _ => None,
    };
    let Some(last) = leaves.iter().filter_map(|(path, _)| field(path)).max() else {
        return;
    };
    let mut node: Pointers<'_> = pointer.initn_as(u32::from(last) + 1);
    for position in 0..=last {
        let below: Vec<_> = leaves
            .iter()
            .filter(|(path, _)| field(path) == Some(position))
            .map(|(path, hook)| (path.get(1..).unwrap_or_default(), *hook))
            .collect();
        if !below.is_empty() {
            build(node.field(position), &below);
        }
    }
}

/// A struct of pointers alone.
struct Pointers<'a>(StructBuilder<'a>);

impl Pointers<'_> {
    fn field(&mut self, position: u16) -> any_pointer::Builder<'_> {
        any_pointer::Builder::new(self.0.reborrow().get_pointer_field(usize::from(position)))
    }
}

impl<'a> FromPointerBuilder<'a> for Pointers<'a> {
    fn init_pointer(builder: PointerBuilder<'a>, length: u32) -> Self {
        let pointers = u16::try_from(length).unwrap_or(u16::MAX);
        Self(builder.init_struct(StructSize { data: 0, pointers }))
    }

    fn get_from_pointer(builder: PointerBuilder<'a>, default: Option<&'a [capnp::Word]>) -> capnp::Result<Self> {
        Ok(Self(builder.get_struct(StructSize { data: 0, pointers: 0 }, default)?))
    }
}

//! The capabilities of an answer that has not come.

use capnp::any_pointer;
use capnp::private::capability::{ClientHook, PipelineHook, PipelineOp};

use crate::membrane::MOST_STEPS;

/// A capability of an answer that has not come.
pub(crate) struct Promised {
    pub(crate) path: Vec<PipelineOp>,
    pub(crate) hook: Box<dyn ClientHook>,
}

impl Promised {
    /// Everything that the method's shape promises, asked for while the call is on its way.
    ///
    /// Later would be too late: the library panics when a path is asked for that an answer does not have.
    pub(crate) fn all(paths: &[Box<[u16]>], pipeline: &dyn PipelineHook) -> Vec<Self> {
        let promised = |path: &[u16]| {
            let path: Vec<_> = path.iter().copied().map(PipelineOp::GetPointerField).collect();
            Self { hook: pipeline.get_pipelined_cap(&path), path }
        };
        paths.iter().map(|path| promised(path)).collect()
    }

    /// Waits until the promise is what the answer carries in its place.
    ///
    /// The two differ while the connection holds calls back that came before the answer (an embargo). Were the answer
    /// handed over meanwhile, the caller's next call would overtake those, and its disembargo would find a promise
    /// that does not point back to it.
    pub(crate) async fn settle(self, answer: any_pointer::Reader<'_>) {
        let Ok(carried) = answer.get_pipelined_cap(&self.path) else {
            return;
        };
        let mut hook = self.hook;
        for _ in 0..MOST_STEPS {
            if (hook.get_brand(), hook.get_ptr()) == (carried.get_brand(), carried.get_ptr()) {
                return;
            }
            hook = match hook.get_resolved() {
                Some(resolved) => resolved,
                None => match hook.when_more_resolved() {
                    None => return,
                    Some(promise) => match promise.await {
                        Ok(resolved) => resolved,
                        Err(_) => return,
                    },
                },
            };
        }
    }
}

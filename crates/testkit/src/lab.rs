//! The laboratory: a server for every shape of call, and a hand into its inside.
//!
//! Start with [`LabState::new`], hand out [`LabState::client`], and look at [`LabState::tally`].

mod callback;
mod server;
mod tally;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use futures::channel::oneshot;

use crate::lab_capnp::{callback as callback_schema, lab};

pub use callback::{Answer, CallbackState};
pub use tally::{Counts, Tally};

use server::LabObject;
use tally::CallRecord;

/// What ends a promise that `later` gave out: `Ok` resolves it, `Err` breaks it with that text.
type Verdict = Result<(), String>;

/// Everything that one laboratory and its children share.
///
/// Clones are handles to the same state; the test keeps one and the server objects keep others.
#[derive(Clone, Default)]
pub struct LabState {
    inner: Rc<Inner>,
}

#[derive(Default)]
struct Inner {
    tally: Arc<Tally>,
    kept: RefCell<Option<callback_schema::Client>>,
    promised: RefCell<Vec<oneshot::Sender<Verdict>>>,
}

impl LabState {
    /// An untouched laboratory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fresh object of this laboratory.
    #[must_use]
    pub fn client(&self) -> lab::Client {
        capnp_rpc::new_client(LabObject::new(self.clone()))
    }

    /// The counters, which another thread may read and wait on.
    #[must_use]
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.inner.tally)
    }

    /// The counters as they stand.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.inner.tally.counts()
    }

    /// The callback that `keep` stored.
    #[must_use]
    pub fn kept(&self) -> Option<callback_schema::Client> {
        self.inner.kept.borrow().clone()
    }

    /// Lets go of the callback that `keep` stored.
    pub fn forget_kept(&self) {
        self.inner.kept.take();
    }

    /// How many promises of `later` are still open.
    #[must_use]
    pub fn promised(&self) -> usize {
        let mut promised = self.inner.promised.borrow_mut();
        promised.retain(|sender| !sender.is_canceled());
        promised.len()
    }

    /// Resolves every promise that `later` gave out.
    pub fn release(&self) {
        self.settle(&Ok(()));
    }

    /// Breaks every promise that `later` gave out.
    pub fn refuse(&self, text: &str) {
        self.settle(&Err(text.to_owned()));
    }

    fn settle(&self, verdict: &Verdict) {
        for sender in self.inner.promised.take() {
            // The holder of the promise may be gone already.
            let _ = sender.send(verdict.clone());
        }
    }

    fn keep(&self, callback: callback_schema::Client) {
        self.inner.kept.replace(Some(callback));
    }

    /// A promise for a child, settled by [`Self::release`] or [`Self::refuse`].
    fn promise(&self) -> lab::Client {
        let (sender, verdict) = oneshot::channel::<Verdict>();
        self.inner.promised.borrow_mut().push(sender);
        // A weak handle: a laboratory must not be kept alive by its own open promises.
        let state = Rc::downgrade(&self.inner);
        capnp_rpc::new_future_client(async move {
            let gone = || capnp::Error::failed("the laboratory is gone".to_owned());
            verdict.await.map_err(|_| gone())?.map_err(capnp::Error::failed)?;
            let inner = state.upgrade().ok_or_else(gone)?;
            Ok(LabState { inner }.client())
        })
    }

    fn record_call(&self) -> CallRecord {
        CallRecord::new(self.tally())
    }
}

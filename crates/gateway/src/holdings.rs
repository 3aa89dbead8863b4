//! What live sessions hold, asked from any thread.
//!
//! A session's objects live on one vat thread; whoever asks posts a job there and awaits its answer.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use capos_authority::{Grant, Handle};
use capos_membrane::Reference;
use capos_rpc::Vat;
use futures::channel::oneshot;

use crate::session_vat::SessionVat;

thread_local! {
    /// The session vats of this thread.
    static HERE: RefCell<HashMap<Handle, Weak<SessionVat>>> = RefCell::default();
}

/// One grant of a live session, and what is held through it.
#[derive(Clone, Debug)]
pub struct HeldGrant {
    /// The grant.
    pub grant: Arc<Grant>,
    /// Calls made through it so far.
    pub calls: u64,
    /// Calls under way.
    pub in_flight: u32,
    /// Everything that is held through it, oldest first; nothing where it was not taken yet.
    pub references: Vec<Reference>,
}

/// What live sessions hold. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Holdings(Arc<Mutex<HashMap<Handle, Vat>>>);

impl Holdings {
    /// Every grant of a session's bundle, in its order, and what is held through each.
    /// None where the session is not, or no longer, here.
    pub async fn of(&self, session: &Handle) -> Option<Vec<HeldGrant>> {
        self.ask(session, SessionVat::holdings).await
    }

    /// Cuts off one reference that was reached through a grant, and all that was reached through it in turn.
    /// `false` where there is no such session, grant or reference (any more).
    ///
    /// When it returns, nothing of what was cut off can be called.
    pub async fn revoke(&self, session: &Handle, grant: &str, reference: u64) -> bool {
        let grant = grant.to_owned();
        self.ask(session, move |vat| vat.revoke(&grant, reference)).await.unwrap_or(false)
    }

    async fn ask<T: Send + 'static>(
        &self,
        session: &Handle,
        question: impl FnOnce(&SessionVat) -> T + Send + 'static,
    ) -> Option<T> {
        let vat = self.places().get(session).cloned()?;
        let (tell, answer) = oneshot::channel();
        let session = *session;
        vat.post(Box::new(move || {
            let here = HERE.with_borrow(|here| here.get(&session).and_then(Weak::upgrade));
            if let Some(here) = here {
                // Whoever asked may have gone.
                let _ = tell.send(question(&here));
            }
        }));
        // The session, or its whole thread, may end meanwhile.
        answer.await.ok()
    }

    pub(crate) fn enter(&self, session: Handle, vat: &Vat, here: &Rc<SessionVat>) {
        HERE.with_borrow_mut(|all| all.insert(session, Rc::downgrade(here)));
        self.places().insert(session, vat.clone());
    }

    pub(crate) fn leave(&self, session: &Handle) {
        self.places().remove(session);
        // The thread may be ending, and the table with it.
        let _ = HERE.try_with(|all| all.borrow_mut().remove(session));
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Handle, Vat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A renewal may put a new membrane in the place of one whose references are still held, and both number theirs from
/// one on. Above this many bits of a reference's number is which membrane of its grant it is of.
const GENERATION_SHIFT: u32 = 40;

/// A reference's number within its grant.
pub(crate) fn number(generation: u64, within: u64) -> u64 {
    generation << GENERATION_SHIFT | within
}

/// The membrane of a grant that a number is of, and the number within it.
pub(crate) fn parts(number: u64) -> (u64, u64) {
    (number >> GENERATION_SHIFT, number & !(u64::MAX << GENERATION_SHIFT))
}

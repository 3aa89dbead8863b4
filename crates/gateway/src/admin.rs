//! Administration as capabilities: the grants `accounts`, `sessions`, `audit` and `service_admin`.
//!
//! Each session has servers of its own, which know on whose behalf they act. What a change does and who may make it is
//! not decided here: whoever holds the capability may, and the authority does it.

mod accounts;
mod audit;
mod services;
mod sessions;
pub(crate) mod turn;

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use capos_authority::{Actor, Authority, EndReason, Session};
use capos_membrane::{Outcome, Settled, Side};
use capos_schema::{Code, Denial};

pub(crate) use accounts::Accounts;
pub(crate) use audit::Log;
pub(crate) use services::Services;
pub(crate) use sessions::{Sessions, parse_handle};

use crate::gateway::Gateway;
use crate::limits::Limits;
use crate::words::length;

/// On whose behalf, and over what.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) gateway: Gateway,
    pub(crate) session: Session,
    pub(crate) leaving: Rc<Leaving>,
}

impl Office {
    fn actor(&self) -> Actor {
        let context = self.session.context();
        Actor { session: Some(context.handle), account: context.account.clone() }
    }

    fn authority(&self) -> &Authority {
        self.gateway.authority()
    }

    fn limits(&self) -> &Limits {
        self.gateway.limits()
    }

    /// Does something to its end, whatever becomes of the call: it may cut off the very capability that it is called on,
    /// and must be written down all the same.
    async fn whole<T, E>(&self, work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, Denial>
    where
        T: Send + 'static,
        E: Into<capos_authority::Error> + Send + 'static,
    {
        whole(work).await
    }
}

/// Does something to its end, whether or not the caller waits.
pub(crate) async fn whole<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, Denial>
where
    T: Send + 'static,
    E: Into<capos_authority::Error> + Send + 'static,
{
    match tokio::spawn(work).await {
        Ok(done) => done.map_err(refused),
        Err(_) => Err(Code::Internal.into()),
    }
}

/// An error as the holder is told it; what only the operator may read goes to the log.
fn refused(error: impl Into<capos_authority::Error>) -> Denial {
    let error = error.into();
    let denial = error.denial();
    if denial.code == Code::Internal {
        tracing::error!(%error, "administration failed");
    }
    denial
}

/// A session's wish to be ended by a call that it makes, once that has its answer.
#[derive(Default)]
pub(crate) struct Leaving(RefCell<Option<Wish>>);

struct Wish {
    /// The method that it is made in.
    call: (u64, u16),
    why: EndReason,
    actor: Actor,
    note: String,
}

impl Leaving {
    pub(crate) fn ask(&self, call: (u64, u16), why: EndReason, actor: Actor, note: &str) {
        self.0.replace(Some(Wish { call, why, actor, note: note.to_owned() }));
    }

    /// Ends the session between the call's end and the handing over of its answer: what it holds has stopped working
    /// when the answer comes.
    pub(crate) fn settle(&self, session: &Session, settled: &Settled) {
        if settled.towards != Side::Inside || matches!(settled.outcome, Outcome::Denied(_)) {
            return;
        }
        let wish = self.0.borrow_mut().take_if(|wish| wish.call == (settled.interface, settled.method));
        if let Some(Wish { why, actor, note, .. }) = wish {
            // Complete at once: everything of the session is on this thread.
            drop(session.end_noted(why, &actor, &note));
        }
    }
}

/// As many of these as an answer of so many bytes holds, at least one; and whether any were left out.
fn fit<T>(mut all: Vec<T>, bytes: usize, size: impl Fn(&T) -> usize) -> (Vec<T>, bool) {
    let mut sum = 0_usize;
    let fits = all.iter().position(|item| {
        sum = sum.saturating_add(size(item));
        sum > bytes
    });
    let cut = fits.map(|fits| fits.max(1)).filter(|fits| *fits < all.len());
    if let Some(fits) = cut {
        all.truncate(fits);
    }
    (all, cut.is_some())
}

/// How many were asked for, 0 for as many as there may be.
fn most(limit: u16, most: usize) -> usize {
    if limit == 0 { most } else { most.min(limit.into()) }
}

fn bad(sentence: &'static str) -> Denial {
    Denial::new(Code::BadRequest, sentence)
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Office")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_what_fits_and_never_nothing() {
        let fit = |sizes: &[usize], bytes| {
            let (kept, cut) = fit(sizes.to_vec(), bytes, |size| *size);
            (kept.len(), cut)
        };
        assert_eq!(fit(&[4, 4, 4], 12), (3, false));
        assert_eq!(fit(&[4, 4, 4], 11), (2, true));
        assert_eq!(fit(&[20, 4], 12), (1, true));
        assert_eq!(fit(&[20], 12), (1, false));
        assert_eq!(fit(&[], 12), (0, false));
    }

    #[test]
    fn no_limit_is_the_nodes_own() {
        assert_eq!((most(0, 256), most(5, 256), most(u16::MAX, 256)), (256, 5, 256));
    }
}

//! What the objects of one connection have in common: they keep it.

use std::cell::Cell;
use std::rc::Rc;

use capnweb::{Reprieve, Session as Speech, Thrown, WeakSession};
use capos_client::Connection;
use capos_schema::session_capnp::remote_session;
use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{Either, select};

use crate::limits::Limits;

/// One connection to a node, for as long as anything that was reached through it is held.
pub(crate) struct Line {
    left: UnboundedSender<remote_session::Client>,
    pub(crate) limits: Limits,
    speech: WeakSession,
    /// What the program may have once it has signed in, as long as it has not.
    full: Cell<Option<capnweb::Limits>>,
}

impl Line {
    /// Keeps the connection for as long as what is returned is held, and ends `speech` with it. Its bounds are those of a
    /// stranger first.
    pub(crate) fn over(connection: Connection, speech: &Speech, limits: Limits) -> Rc<Self> {
        let (left, leaving) = unbounded();
        tokio::task::spawn_local(watch(connection, leaving, speech.downgrade()));
        let full = speech.limits();
        speech.set_limits(limits.stranger(&full));
        Rc::new(Self { left, limits, speech: speech.downgrade(), full: Cell::new(Some(full)) })
    }

    /// Somebody may be signed in soon: what is sent ahead and is more than a stranger may have waits for that. Not to be
    /// held while the program itself is waited for, whose answer would wait as well.
    pub(crate) fn reprieve(&self) -> Option<Reprieve> {
        let full = self.full.get()?;
        Some(self.speech.upgrade()?.reprieve(full))
    }

    /// Nobody has signed in. A message that waits for that, and is more than a stranger may send, ends the session with
    /// the reason.
    pub(crate) fn refused(&self, reason: &Thrown) {
        if let Some(speech) = self.speech.upgrade().filter(|_| self.full.get().is_some()) {
            speech.refuse(reason.clone().into_error());
        }
    }

    /// Somebody has signed in.
    pub(crate) fn welcome(&self) {
        if let (Some(full), Some(speech)) = (self.full.take(), self.speech.upgrade()) {
            speech.set_limits(full);
        }
    }

    /// A session that ends when nothing of it is held any more.
    pub(crate) fn hold(self: &Rc<Self>, session: remote_session::Client) -> Rc<Hold> {
        Rc::new(Hold { kept: Some((self.clone(), session)), over: Cell::new(false) })
    }
}

/// Whatever is held of one session. The last one dropped ends the session, where it is this side's to end.
pub(crate) struct Hold {
    kept: Option<(Rc<Line>, remote_session::Client)>,
    over: Cell<bool>,
}

impl Hold {
    /// One of a session that is somebody else's to end.
    pub(crate) fn lent() -> Rc<Self> {
        Rc::new(Self { kept: None, over: Cell::new(false) })
    }

    /// One of another session that came of this one, and is as much this side's to end.
    pub(crate) fn of(&self, session: remote_session::Client) -> Rc<Self> {
        self.kept.as_ref().map_or_else(Self::lent, |(line, _)| line.hold(session))
    }

    /// The session has been ended already.
    pub(crate) fn is_over(&self) {
        self.over.set(true);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some((line, session)) = self.kept.take()
            && !self.over.get()
        {
            // A connection that is gone has taken its sessions with it.
            let _ = line.left.unbounded_send(session);
        }
    }
}

/// Ends sessions that nobody holds, until the connection ends or nobody holds anything of it.
async fn watch(connection: Connection, mut leaving: UnboundedReceiver<remote_session::Client>, speech: WeakSession) {
    loop {
        let ended = Box::pin(connection.closed());
        match select(leaving.next(), ended).await {
            // What is let go because the program has gone is not signed out: it ends with its connection.
            Either::Left((Some(_), _)) if speech.upgrade().is_none_or(|speech| speech.ended().is_some()) => {
                return connection.close();
            }
            Either::Left((Some(session), _)) => {
                tokio::task::spawn_local(session.logout_request().send().promise);
            }
            Either::Left((None, _)) => return,
            Either::Right(_) => break,
        }
    }
    if let Some(speech) = speech.upgrade() {
        speech.abort(crate::disconnected());
    }
}

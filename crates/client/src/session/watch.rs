//! Hearing of what changes in a session, and of its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use capnp::text;
use capos_schema::session_capnp::{session_listener, session_watch};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Session;
use crate::connection::{Attention, Wire};
use crate::error::Error;
use crate::limits::Limits;
use crate::text::plain_within;
use crate::transcript::Operation;

/// What a node tells of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something is otherwise than it was; all since the last news are one.
    Changed {
        /// The bundle may be.
        bundle: bool,
        /// The services' states may be.
        services: bool,
    },
    /// The node was told to stop, and the session ends with it after that time, or sooner.
    Stopping {
        /// What is left.
        within: Duration,
    },
    /// The session is over. Nothing comes after it.
    Ended(Ended),
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// In one word, such as `expired`.
    pub code: String,
    /// To a person, with what to do.
    pub sentence: String,
}

/// A session that is watched until this is dropped.
pub struct Watch {
    heard: Rc<Heard>,
    wire: Rc<Wire>,
    operation: Operation,
    _attention: Attention,
    _held: session_watch::Client,
}

/// What was told and not asked for yet.
struct Heard {
    bundle: Cell<bool>,
    services: Cell<bool>,
    /// By when the node stops, where that was told and not asked for.
    stops_by: Cell<Option<Instant>>,
    ended: RefCell<Option<Ended>>,
    more: Notify,
    bounds: Limits,
}

impl Session {
    /// Has the node tell what changes in the session, and how it ends. While that is held, the node's silence counts as
    /// the end of the connection though nothing else is asked of it.
    ///
    /// # Errors
    /// As [`Session::info`]; `quotaExceeded` for more than a session may have.
    pub async fn watch(&self) -> Result<Watch, Error> {
        let operation = self.operation("watch", "");
        let heard = Rc::new(Heard {
            bundle: Cell::default(),
            services: Cell::default(),
            stops_by: Cell::default(),
            ended: RefCell::default(),
            more: Notify::new(),
            bounds: self.wire.options().bounds.clone(),
        });
        let work = async {
            let mut request = self.remote.watch_request();
            request.get().set_listener(capnp_rpc::new_client_from_rc(heard.clone()));
            let response = request.send().promise.await?;
            Ok(response.get()?.get_watch()?)
        };
        let held = self.run(&operation, work).await?;
        let wire = self.wire.clone();
        Ok(Watch { heard, operation, _attention: wire.attend(), wire, _held: held })
    }
}

impl Watch {
    /// Waits for the next news. Once the session is over, that is the news.
    ///
    /// # Errors
    /// [`Error::Disconnected`] when the connection ends before the session.
    pub async fn next(&self) -> Result<News, Error> {
        loop {
            if let Some(news) = self.heard.take() {
                return Ok(news);
            }
            // What was told last comes before the end of the connection that told it.
            tokio::select! {
                () = self.heard.more.notified() => {}
                _ = self.wire.line().closed() => return self.last(),
            }
        }
    }
}

impl Watch {
    /// What was told before the connection ended, else that it did.
    fn last(&self) -> Result<News, Error> {
        self.heard.take().ok_or_else(|| self.wire.disconnected(&self.operation))
    }
}

impl Heard {
    fn take(&self) -> Option<News> {
        if let Some(ended) = self.ended.borrow().clone() {
            return Some(News::Ended(ended));
        }
        if let Some(by) = self.stops_by.take() {
            return Some(News::Stopping { within: by.saturating_duration_since(Instant::now()) });
        }
        let (bundle, services) = (self.bundle.take(), self.services.take());
        (bundle || services).then_some(News::Changed { bundle, services })
    }

    fn plain(&self, text: capnp::Result<text::Reader<'_>>) -> capnp::Result<String> {
        Ok(plain_within(text?.to_str()?, self.bounds.text_bytes))
    }
}

impl session_listener::Server for Heard {
    async fn changed(
        self: Rc<Self>,
        params: session_listener::ChangedParams,
        _: session_listener::ChangedResults,
    ) -> capnp::Result<()> {
        let params = params.get()?;
        self.bundle.set(self.bundle.get() | params.get_bundle());
        self.services.set(self.services.get() | params.get_services());
        self.more.notify_one();
        Ok(())
    }

    async fn ended(
        self: Rc<Self>,
        params: session_listener::EndedParams,
        _: session_listener::EndedResults,
    ) -> capnp::Result<()> {
        let params = params.get()?;
        let ended = Ended { code: self.plain(params.get_code())?, sentence: self.plain(params.get_sentence())? };
        // The first is the last.
        self.ended.borrow_mut().get_or_insert(ended);
        self.more.notify_one();
        Ok(())
    }

    async fn stopping(
        self: Rc<Self>,
        params: session_listener::StoppingParams,
        _: session_listener::StoppingResults,
    ) -> capnp::Result<()> {
        // No node takes longer than that to stop, whatever it says.
        const MOST: Duration = Duration::from_secs(24 * 60 * 60);
        let grace = Duration::from_millis(params.get()?.get_grace_ms()).min(MOST);
        self.stops_by.set(Some(Instant::now() + grace));
        self.more.notify_one();
        Ok(())
    }
}

//! Who a service shows a terminal to.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Instant;

use capnp::Error;
use capos_schema::terminals_capnp::terminal_screen;
use tokio::sync::{Mutex, Notify};
use tokio::time::sleep_until;

use super::limits::TerminalLimits;
use super::lines::read_frame;
use super::list::{Info, Kept};
use super::screen::{FrameView, ScreenModel};
use crate::workspace::board::{Audience, Board, Channel};

/// Where what is shown comes to stand.
pub(super) struct Pane {
    kept: Weak<Kept>,
    topic: String,
    board: Board,
    limits: TerminalLimits,
    channel: RefCell<Option<Channel<ScreenModel>>>,
    /// Nobody looks any more; another pane may have the topic.
    closed: Cell<bool>,
    /// When the last picture was taken. Pictures are taken one after the other, and not too often.
    last: Mutex<Option<Instant>>,
    /// The list is to be looked at again.
    stale: Rc<Notify>,
}

impl Pane {
    pub(super) fn new(kept: &Rc<Kept>, board: &Board, limits: &TerminalLimits, stale: &Rc<Notify>) -> Rc<Self> {
        Rc::new(Self {
            kept: Rc::downgrade(kept),
            topic: kept.topic(),
            board: board.clone(),
            limits: limits.clone(),
            channel: RefCell::default(),
            closed: Cell::new(false),
            last: Mutex::default(),
            stale: stale.clone(),
        })
    }

    /// Takes the topic away, whoever still shows something.
    pub(super) fn close(&self) {
        self.closed.set(true);
        self.channel.replace(None);
    }

    fn show(&self, frame: &FrameView) {
        if self.closed.get() {
            return;
        }
        let mut channel = self.channel.borrow_mut();
        match &*channel {
            Some(channel) => channel.send(frame),
            None => *channel = Some(self.board.open(&self.topic, Audience::Wanting, ScreenModel::of(frame))),
        }
    }
}

/// What a service holds of a pane. Once it holds it no more, `lost` is told.
pub(super) struct Viewer {
    pane: Rc<Pane>,
    lost: Rc<Notify>,
}

impl Viewer {
    pub(super) fn serve(pane: &Rc<Pane>, lost: &Rc<Notify>) -> terminal_screen::Client {
        capnp_rpc::new_client(Self { pane: pane.clone(), lost: lost.clone() })
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.lost.notify_one();
    }
}

impl terminal_screen::Server for Viewer {
    async fn frame(
        self: Rc<Self>,
        params: terminal_screen::FrameParams,
        _: terminal_screen::FrameResults,
    ) -> Result<(), Error> {
        let pane = &self.pane;
        let mut last = pane.last.lock().await;
        if let Some(last) = *last {
            sleep_until((last + pane.limits.frame_time).into()).await;
        }
        let frame = read_frame(params.get()?.get_frame()?, &pane.limits)?;
        pane.show(&frame);
        *last = Some(Instant::now());
        Ok(())
    }

    async fn ended(
        self: Rc<Self>,
        params: terminal_screen::EndedParams,
        _: terminal_screen::EndedResults,
    ) -> Result<(), Error> {
        let info = Info::read(params.get()?.get_info()?)?;
        if let Some(kept) = self.pane.kept.upgrade() {
            kept.learn_end(&info);
        }
        self.pane.stale.notify_one();
        Ok(())
    }
}

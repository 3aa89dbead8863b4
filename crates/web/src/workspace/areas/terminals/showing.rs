//! A terminal that is looked at, for as long as a window wants to see it.

use std::rc::{Rc, Weak};

use capos_schema::terminals_capnp::{terminal, terminal_view};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::TerminalsArea;
use super::list::{Info, Kept};
use super::viewer::{Pane, Viewer};
use crate::workspace::areas::running::Running;
use crate::workspace::problem::Problem;

/// Looking at a terminal. It ends with this.
pub(super) struct Showing {
    pane: Rc<Pane>,
    _task: Running,
}

impl Drop for Showing {
    fn drop(&mut self) {
        // A service may hold its viewer for a while yet.
        self.pane.close();
    }
}

impl Showing {
    pub(super) fn start(area: &Rc<TerminalsArea>, kept: &Rc<Kept>) -> Self {
        let pane = Pane::new(kept, &area.core.board, &area.limits, &area.stale);
        kept.seen.set(true);
        let _task = Running::start(look(Rc::downgrade(area), Rc::downgrade(kept), pane.clone()));
        Self { pane, _task }
    }
}

/// Looks, and again where what was looked through broke. The last picture of a program that has ended stays.
async fn look(area: Weak<TerminalsArea>, kept: Weak<Kept>, pane: Rc<Pane>) {
    loop {
        let lost = Rc::new(Notify::new());
        let pause = {
            let (Some(area), Some(kept)) = (area.upgrade(), kept.upgrade()) else { return };
            let view = area.view(&kept, &pane, &lost).await;
            let (view, trouble) = match view {
                Ok(view) => (Some(view), None),
                Err(problem) => (None, Some(problem)),
            };
            if kept.trouble.replace(trouble.clone()) != trouble {
                area.show_list();
            }
            let (weak, pause, stale) = (Rc::downgrade(&kept), area.limits.retry_time, area.stale.clone());
            drop((area, kept));
            if view.is_some() {
                lost.notified().await;
                if weak.upgrade().is_none_or(|kept| kept.has_ended()) {
                    return std::future::pending().await;
                }
            }
            stale.notify_one();
            pause
        };
        sleep(pause).await;
    }
}

impl TerminalsArea {
    /// The object of a terminal, as it is known or taken anew.
    pub(super) async fn terminal(&self, kept: &Kept) -> Result<terminal::Client, Problem> {
        if let Some(terminal) = &*kept.terminal.borrow() {
            return Ok(terminal.clone());
        }
        let mut request = self.terminals().await?.attach_request();
        request.get().set_id(kept.info.borrow().id);
        let answer = request.send().promise.await.map_err(|error| self.judge(&error))?;
        let read = || {
            let answer = answer.get()?;
            Ok((Info::read(answer.get_info()?)?, answer.get_terminal()?))
        };
        let (info, terminal) = read().map_err(|error: capnp::Error| self.judge(&error))?;
        if info.started_at_ms != kept.info.borrow().started_at_ms {
            self.stale.notify_one();
            return Err(Problem::not_found("This terminal is not there any more."));
        }
        kept.terminal.replace(Some(terminal.clone()));
        Ok(terminal)
    }

    /// What a call of a terminal failed with; it is taken anew for the next one.
    pub(super) fn judge_of(&self, kept: &Kept, error: &capnp::Error) -> Problem {
        kept.terminal.replace(None);
        self.stale.notify_one();
        self.judge(error)
    }

    async fn view(&self, kept: &Kept, pane: &Rc<Pane>, lost: &Rc<Notify>) -> Result<terminal_view::Client, Problem> {
        let terminal = self.terminal(kept).await?;
        let mut request = terminal.screen_request();
        request.get().set_viewer(Viewer::serve(pane, lost));
        request.get().set_frames_per_second(self.limits.frames_per_second);
        let answer = request.send().promise.await.map_err(|error| self.judge_of(kept, &error))?;
        let view = answer.get().and_then(|answer| answer.get_view());
        view.map_err(|error| self.judge_of(kept, &error))
    }
}

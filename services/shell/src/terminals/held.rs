//! What clients hold of terminals.

use std::rc::Rc;

use capos_sandbox::tree::Signal;
use capos_schema::terminals_capnp::{
    screen_line, terminal, terminal_bytes, terminal_observer, terminal_screen, terminal_view, terminals,
};
use capos_service::serve_unqueued;
use tokio::task::AbortHandle;

use super::asked::{self, Asked};
use super::drawing::Drawing;
use super::terminal::Terminal;
use super::{picture, wire};
use crate::Error;
use crate::service::Seat;

/// Bytes of lines in one answer, and how many lines.
const MOST_BYTES: usize = 4 << 20;
const MOST_LINES: u32 = 1_000;

type Outcome = Result<(), capnp::Error>;

/// The terminals of one session.
pub(super) struct Facet(Rc<Seat>);

impl Facet {
    pub(super) fn new(seat: &Rc<Seat>) -> Self {
        Self(seat.clone())
    }

    fn hold(&self, terminal: Rc<Terminal>) -> terminal::Client {
        // A program that reads nothing keeps nobody from ending it.
        serve_unqueued(Holder { seat: self.0.clone(), terminal })
    }
}

impl terminals::Server for Facet {
    async fn open(self: Rc<Self>, params: terminals::OpenParams, mut results: terminals::OpenResults) -> Outcome {
        let state = &self.0.terminals;
        let asked = Asked::parse(params.get()?.get_options()?, state.ground())?;
        let terminal = state.open(asked, self.0.recorder.as_ref()).await?;
        wire::info(&terminal, results.get().init_info());
        results.get().set_terminal(self.hold(terminal));
        Ok(())
    }

    async fn list(self: Rc<Self>, _: terminals::ListParams, mut results: terminals::ListResults) -> Outcome {
        let all = self.0.terminals.all();
        let mut told = results.get().init_terminals(wire::count(all.len()));
        for (index, terminal) in (0..).zip(&all) {
            wire::info(terminal, told.reborrow().get(index));
        }
        Ok(())
    }

    async fn attach(self: Rc<Self>, params: terminals::AttachParams, mut results: terminals::AttachResults) -> Outcome {
        let terminal = self.0.terminals.find(params.get()?.get_id())?;
        wire::info(&terminal, results.get().init_info());
        results.get().set_terminal(self.hold(terminal));
        Ok(())
    }
}

/// One terminal, to be used.
struct Holder {
    seat: Rc<Seat>,
    terminal: Rc<Terminal>,
}

impl terminal::Server for Holder {
    fn input(self: Rc<Self>, params: terminal::InputParams) -> impl Future<Output = Outcome> + 'static {
        let typed = self.terminal.input(params);
        async move {
            typed.await;
            Ok(())
        }
    }

    async fn resize(self: Rc<Self>, params: terminal::ResizeParams, _: terminal::ResizeResults) -> Outcome {
        self.terminal.resize(asked::size(params.get()?.get_size()?)?);
        Ok(())
    }

    async fn signal(self: Rc<Self>, params: terminal::SignalParams, _: terminal::SignalResults) -> Outcome {
        let signal = Signal::parse(asked::text(params.get()?.get_signal()?)?);
        self.terminal.signal(signal.ok_or(Error::BadRequest("there is no such signal"))?);
        Ok(())
    }

    async fn close(self: Rc<Self>, _: terminal::CloseParams, _: terminal::CloseResults) -> Outcome {
        self.seat.terminals.close(&self.terminal);
        Ok(())
    }

    async fn info(self: Rc<Self>, _: terminal::InfoParams, mut results: terminal::InfoResults) -> Outcome {
        wire::info(&self.terminal, results.get().init_info());
        Ok(())
    }

    async fn wait(self: Rc<Self>, _: terminal::WaitParams, mut results: terminal::WaitResults) -> Outcome {
        self.terminal.is_over().await;
        wire::info(&self.terminal, results.get().init_info());
        Ok(())
    }

    async fn bytes(self: Rc<Self>, params: terminal::BytesParams, mut results: terminal::BytesResults) -> Outcome {
        let asked = params.get()?;
        results.get().set_view(draw(&self.terminal, asked.get_viewer()?, asked.get_scrollback(), true)?);
        Ok(())
    }

    async fn screen(self: Rc<Self>, params: terminal::ScreenParams, mut results: terminal::ScreenResults) -> Outcome {
        let asked = params.get()?;
        results.get().set_view(picture(&self.terminal, asked.get_viewer()?, asked.get_frames_per_second())?);
        Ok(())
    }

    async fn scrollback(
        self: Rc<Self>,
        params: terminal::ScrollbackParams,
        mut results: terminal::ScrollbackResults,
    ) -> Outcome {
        let asked = params.get()?;
        let (lines, total) = lines(&self.terminal, asked.get_from(), asked.get_count());
        results.get().set_total(total);
        tell(&lines, asked.get_from(), results.get().init_lines(wire::count(lines.len())));
        Ok(())
    }

    async fn observe(self: Rc<Self>, _: terminal::ObserveParams, mut results: terminal::ObserveResults) -> Outcome {
        let watcher = Watcher { _seat: self.seat.clone(), terminal: self.terminal.clone() };
        results.get().set_observer(capnp_rpc::new_client(watcher));
        Ok(())
    }
}

/// One terminal, to be watched.
struct Watcher {
    _seat: Rc<Seat>,
    terminal: Rc<Terminal>,
}

impl terminal_observer::Server for Watcher {
    async fn info(
        self: Rc<Self>,
        _: terminal_observer::InfoParams,
        mut results: terminal_observer::InfoResults,
    ) -> Outcome {
        wire::info(&self.terminal, results.get().init_info());
        Ok(())
    }

    async fn bytes(
        self: Rc<Self>,
        params: terminal_observer::BytesParams,
        mut results: terminal_observer::BytesResults,
    ) -> Outcome {
        let asked = params.get()?;
        results.get().set_view(draw(&self.terminal, asked.get_viewer()?, asked.get_scrollback(), false)?);
        Ok(())
    }

    async fn screen(
        self: Rc<Self>,
        params: terminal_observer::ScreenParams,
        mut results: terminal_observer::ScreenResults,
    ) -> Outcome {
        let asked = params.get()?;
        results.get().set_view(picture(&self.terminal, asked.get_viewer()?, asked.get_frames_per_second())?);
        Ok(())
    }

    async fn scrollback(
        self: Rc<Self>,
        params: terminal_observer::ScrollbackParams,
        mut results: terminal_observer::ScrollbackResults,
    ) -> Outcome {
        let asked = params.get()?;
        let (lines, total) = lines(&self.terminal, asked.get_from(), asked.get_count());
        results.get().set_total(total);
        tell(&lines, asked.get_from(), results.get().init_lines(wire::count(lines.len())));
        Ok(())
    }

    async fn wait(
        self: Rc<Self>,
        _: terminal_observer::WaitParams,
        mut results: terminal_observer::WaitResults,
    ) -> Outcome {
        self.terminal.is_over().await;
        wire::info(&self.terminal, results.get().init_info());
        Ok(())
    }
}

/// Somebody who looks, for as long as this is held.
struct View {
    task: AbortHandle,
    _place: Place,
}

impl terminal_view::Server for View {}

impl Drop for View {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A place among those who look at a terminal.
struct Place(Rc<Terminal>);

impl Place {
    fn take(terminal: &Rc<Terminal>) -> Result<Self, Error> {
        if terminal.viewers.get() >= terminal.limits.viewers {
            return Err(Error::Quota("as many look at this terminal as may"));
        }
        terminal.viewers.set(terminal.viewers.get() + 1);
        Ok(Self(terminal.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.viewers.set(self.0.viewers.get() - 1);
    }
}

fn draw(
    terminal: &Rc<Terminal>,
    viewer: terminal_bytes::Client,
    scrollback: u32,
    waited_for: bool,
) -> Result<terminal_view::Client, Error> {
    let place = Place::take(terminal)?;
    let scrollback = usize::try_from(scrollback).unwrap_or(usize::MAX);
    Ok(view(place, Drawing::start(terminal, viewer, scrollback, waited_for)))
}

fn picture(
    terminal: &Rc<Terminal>,
    viewer: terminal_screen::Client,
    asked: u16,
) -> Result<terminal_view::Client, Error> {
    let place = Place::take(terminal)?;
    let most = terminal.limits.frames_per_second;
    let per_second = if asked == 0 { most } else { asked.min(most) };
    Ok(view(place, picture::show(terminal.clone(), viewer, per_second)))
}

fn view(place: Place, showing: impl Future<Output = ()> + 'static) -> terminal_view::Client {
    let task = tokio::task::spawn_local(showing).abort_handle();
    capnp_rpc::new_client(View { task, _place: place })
}

/// Lines that have left the screen, as many as one answer has room for, and how many there are.
fn lines(terminal: &Terminal, from: u32, count: u32) -> (Vec<capos_screen::Line>, u32) {
    let screen = terminal.screen.borrow();
    let place = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let mut left = MOST_BYTES;
    let lines = screen.scrollback(place(from), place(count.min(MOST_LINES))).into_iter().take_while(|line| {
        let cost = wire::cost(line);
        let fits = cost <= left;
        left = left.saturating_sub(cost);
        fits
    });
    (lines.collect(), wire::count(screen.history()))
}

fn tell(lines: &[capos_screen::Line], from: u32, mut told: capnp::struct_list::Builder<'_, screen_line::Owned>) {
    for (index, line) in (0..).zip(lines) {
        wire::line(line, from.saturating_add(index), told.reborrow().get(index));
    }
}

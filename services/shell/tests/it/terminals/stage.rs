//! A session's terminals, and viewers that remember.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use capnp::Error;
use capos_schema::terminals_capnp::{
    screen_frame, terminal, terminal_bytes, terminal_info, terminal_options, terminal_screen, terminal_view, terminals,
};
use capos_screen::{Limits, Line, Screen, Size};
use capos_service::testing::Visitor;
use tokio::sync::watch;

use crate::ground::Ground;

/// Long enough for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) ground: Ground,
    pub(crate) terminals: terminals::Client,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    pub(crate) async fn with(settings: &str) -> Self {
        let ground = Ground::with(settings).await;
        let terminals = ground.bench.open(&Visitor::named("Ann"), "terminal").await.unwrap();
        Self { ground, terminals }
    }

    pub(crate) async fn open(&self, words: &[&str]) -> terminal::Client {
        open(&self.terminals, words, |_| {}).await.unwrap()
    }

    /// By `/bin/sh`.
    pub(crate) async fn sh(&self, line: &str) -> terminal::Client {
        self.open(&["/bin/sh", "-c", line]).await
    }

    pub(crate) async fn list(&self) -> Vec<u32> {
        let answer = self.terminals.list_request().send().promise.await.unwrap();
        answer.get().unwrap().get_terminals().unwrap().iter().map(|info| info.get_id()).collect()
    }

    pub(crate) async fn attach(&self, id: u32) -> Result<terminal::Client, Error> {
        let mut request = self.terminals.attach_request();
        request.get().set_id(id);
        request.send().promise.await?.get()?.get_terminal()
    }
}

pub(crate) async fn open(
    terminals: &terminals::Client,
    words: &[&str],
    say: impl FnOnce(terminal_options::Builder<'_>),
) -> Result<terminal::Client, Error> {
    let mut request = terminals.open_request();
    let mut command = request.get().init_options().init_command(u32::try_from(words.len()).unwrap());
    for (at, word) in (0..).zip(words) {
        command.set(at, word);
    }
    say(request.get().get_options().unwrap());
    request.send().promise.await?.get()?.get_terminal()
}

pub(crate) async fn input(terminal: &terminal::Client, text: &str) {
    let mut request = terminal.input_request();
    request.get().set_data(text.as_bytes());
    request.send().await.unwrap();
}

pub(crate) async fn resize(terminal: &terminal::Client, columns: u16, rows: u16) -> Result<(), Error> {
    let mut request = terminal.resize_request();
    let mut size = request.get().init_size();
    size.set_columns(columns);
    size.set_rows(rows);
    request.send().promise.await.map(drop)
}

pub(crate) async fn signal(terminal: &terminal::Client, name: &str) -> Result<(), Error> {
    let mut request = terminal.signal_request();
    request.get().set_signal(name);
    request.send().promise.await.map(drop)
}

pub(crate) async fn close(terminal: &terminal::Client) {
    terminal.close_request().send().promise.await.unwrap();
}

/// What is said of a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) command: String,
    pub(crate) running: bool,
    pub(crate) exit_code: i32,
    pub(crate) signal: String,
    pub(crate) viewers: u32,
    pub(crate) recorded: bool,
    pub(crate) pid: u32,
}

impl Info {
    fn read(told: terminal_info::Reader<'_>) -> Self {
        Self {
            id: told.get_id(),
            title: told.get_title().unwrap().to_string().unwrap(),
            command: told.get_command().unwrap().to_string().unwrap(),
            running: told.get_running(),
            exit_code: told.get_exit_code(),
            signal: told.get_signal().unwrap().to_string().unwrap(),
            viewers: told.get_viewers(),
            recorded: told.get_recorded(),
            pid: told.get_pid(),
        }
    }
}

pub(crate) async fn info(terminal: &terminal::Client) -> Info {
    let answer = terminal.info_request().send().promise.await.unwrap();
    Info::read(answer.get().unwrap().get_info().unwrap())
}

pub(crate) async fn wait(terminal: &terminal::Client) -> Info {
    let answer = tokio::time::timeout(PATIENCE, terminal.wait_request().send().promise).await;
    Info::read(answer.expect("it ends").unwrap().get().unwrap().get_info().unwrap())
}

/// A real terminal: it draws what it gets, and may take its time.
pub(crate) struct Real {
    pub(crate) screen: RefCell<Screen>,
    pub(crate) anew: Cell<usize>,
    pub(crate) bytes: Cell<usize>,
    /// While false, calls are not answered.
    pub(crate) takes: watch::Sender<bool>,
    ended: watch::Sender<Option<Info>>,
    changed: watch::Sender<()>,
}

impl Real {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            screen: RefCell::new(Screen::new(Size::default(), &Limits::default())),
            anew: Cell::new(0),
            bytes: Cell::new(0),
            takes: watch::channel(true).0,
            ended: watch::channel(None).0,
            changed: watch::channel(()).0,
        })
    }

    pub(crate) async fn look(self: &Rc<Self>, terminal: &terminal::Client, scrollback: u32) -> terminal_view::Client {
        let mut request = terminal.bytes_request();
        request.get().set_viewer(capnp_rpc::new_client(RealViewer(self.clone())));
        request.get().set_scrollback(scrollback);
        request.send().promise.await.unwrap().get().unwrap().get_view().unwrap()
    }

    pub(crate) async fn watch(self: &Rc<Self>, terminal: &terminal::Client) -> terminal_view::Client {
        let observer = terminal.observe_request().send().promise.await.unwrap().get().unwrap().get_observer().unwrap();
        let mut request = observer.bytes_request();
        request.get().set_viewer(capnp_rpc::new_client(RealViewer(self.clone())));
        request.send().promise.await.unwrap().get().unwrap().get_view().unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.screen.borrow().lines().iter().map(Line::text).collect()
    }

    /// Waits until its screen is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Screen) -> bool) {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            while !is_so(&self.screen.borrow()) {
                changed.changed().await.unwrap();
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, waiting).await;
        outcome.unwrap_or_else(|_| panic!("never: {what}; it shows\n{}", self.lines().join("\n")));
    }

    pub(crate) async fn shows(&self, text: &str) {
        self.until(text, |screen| has(screen, text)).await;
    }

    pub(crate) async fn ended(&self) -> Info {
        let mut ended = self.ended.subscribe();
        let info = tokio::time::timeout(PATIENCE, ended.wait_for(Option::is_some)).await;
        info.expect("it ends").unwrap().clone().unwrap()
    }
}

pub(crate) fn has(screen: &Screen, text: &str) -> bool {
    screen.lines().iter().any(|line| line.text().contains(text))
}

struct RealViewer(Rc<Real>);

impl terminal_bytes::Server for RealViewer {
    async fn bytes(self: Rc<Self>, params: terminal_bytes::BytesParams) -> Result<(), Error> {
        let told = params.get()?;
        let size = told.get_size()?;
        let size = Size::new(size.get_columns(), size.get_rows()).unwrap();
        {
            let mut screen = self.0.screen.borrow_mut();
            if told.get_anew() {
                *screen = Screen::new(size, &Limits::default());
                self.0.anew.set(self.0.anew.get() + 1);
            }
            screen.resize(size);
            screen.feed(told.get_data()?);
        }
        self.0.bytes.set(self.0.bytes.get() + told.get_data()?.len());
        self.0.changed.send_replace(());
        let mut takes = self.0.takes.subscribe();
        let _ = takes.wait_for(|takes| *takes).await;
        Ok(())
    }

    async fn ended(
        self: Rc<Self>,
        params: terminal_bytes::EndedParams,
        _: terminal_bytes::EndedResults,
    ) -> Result<(), Error> {
        self.0.ended.send_replace(Some(Info::read(params.get()?.get_info()?)));
        Ok(())
    }
}

/// Somebody who draws pictures.
pub(crate) struct Page {
    pub(crate) lines: RefCell<Vec<String>>,
    pub(crate) frames: Cell<usize>,
    pub(crate) takes: watch::Sender<bool>,
    pub(crate) ended: watch::Sender<bool>,
    pub(crate) title: RefCell<String>,
    changed: watch::Sender<()>,
}

impl Page {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            lines: RefCell::default(),
            frames: Cell::new(0),
            takes: watch::channel(true).0,
            ended: watch::channel(false).0,
            title: RefCell::default(),
            changed: watch::channel(()).0,
        })
    }

    pub(crate) async fn look(self: &Rc<Self>, terminal: &terminal::Client, per_second: u16) -> terminal_view::Client {
        let mut request = terminal.screen_request();
        request.get().set_viewer(capnp_rpc::new_client(PageViewer(self.clone())));
        request.get().set_frames_per_second(per_second);
        request.send().promise.await.unwrap().get().unwrap().get_view().unwrap()
    }

    fn draw(&self, frame: screen_frame::Reader<'_>) {
        let mut lines = self.lines.borrow_mut();
        if frame.get_full() {
            lines.clear();
        }
        lines.drain(..usize::try_from(frame.get_scrolled()).unwrap());
        lines.resize(frame.get_size().unwrap().get_rows().into(), String::new());
        for line in frame.get_lines().unwrap() {
            let runs = line.get_runs().unwrap();
            let text = runs.iter().map(|run| run.get_text().unwrap().to_string().unwrap()).collect();
            lines[usize::try_from(line.get_row()).unwrap()] = text;
        }
        *self.title.borrow_mut() = frame.get_title().unwrap().to_string().unwrap();
        self.frames.set(self.frames.get() + 1);
        self.changed.send_replace(());
    }

    pub(crate) async fn shows(&self, text: &str) {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            while !self.lines.borrow().iter().any(|line| line.contains(text)) {
                changed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {text}; {:?}", self.lines));
    }
}

struct PageViewer(Rc<Page>);

impl terminal_screen::Server for PageViewer {
    async fn frame(
        self: Rc<Self>,
        params: terminal_screen::FrameParams,
        _: terminal_screen::FrameResults,
    ) -> Result<(), Error> {
        self.0.draw(params.get()?.get_frame()?);
        let mut takes = self.0.takes.subscribe();
        let _ = takes.wait_for(|takes| *takes).await;
        Ok(())
    }

    async fn ended(
        self: Rc<Self>,
        _: terminal_screen::EndedParams,
        _: terminal_screen::EndedResults,
    ) -> Result<(), Error> {
        self.0.ended.send_replace(true);
        Ok(())
    }
}

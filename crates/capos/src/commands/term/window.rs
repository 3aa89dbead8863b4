//! One terminal as it is shown here, and the keys that go to it.
//!
//! **Invariant:** what the program has changed of the terminal here is taken back, and the terminal given back, however
//! the window ends.

use std::fs::File;
use std::io;
use std::rc::Rc;

use capnp::capability::Promise;
use capos_schema::terminals_capnp::terminal_view;
use tokio::signal::unix::{Signal, SignalKind};
use tokio::time::{Duration, timeout};

use super::view::{Pane, resize, view};
use super::wanted::{Hold, Wanted};
use crate::args::term::{Escape, Term};
use crate::failure::{Exit, Failure};
use crate::terminal::Mode;
use crate::terminal::escape::{Escapes, HELP, Key};
use crate::terminal::screen::Screen;
use crate::terminal::signals::{Ending, Endings, listen, status, status_of};
use crate::terminal::stream::Stream;

/// Keys that are taken at once; what is pasted comes in several pieces.
const KEYS: usize = 16 << 10;
/// How long the end of a program may take to be shown, once it is known.
const LAST: Duration = Duration::from_secs(5);
/// How long a node may take to let go of a view before this process is stopped.
const PARTING: Duration = Duration::from_secs(1);

/// How a window was left.
pub(super) enum Left {
    /// The program has ended.
    Ended(Exit),
    /// The person has gone, and the program goes on.
    Alone,
    /// Somebody ended this process.
    Told(Ending),
}

/// A terminal that is shown.
pub(super) struct Window<'w> {
    wanted: &'w Wanted,
    pane: Rc<Pane>,
    keys: Stream,
    escapes: Escapes,
    escape: Escape,
    mode: Mode,
    endings: Endings,
    resized: Signal,
    stopped: Signal,
    continued: Signal,
    /// Keys that the program has not taken yet, as many as there may be: nothing more is read meanwhile.
    sending: Option<Promise<(), capnp::Error>>,
    view: Option<terminal_view::Client>,
}

/// What comes of one turn.
enum Turn {
    Over(Left),
    On,
}

impl<'w> Window<'w> {
    pub(super) fn open(wanted: &'w Wanted, arguments: &Term) -> Result<Self, Failure> {
        let unusable = |error: io::Error| Failure::failed(format!("the terminal cannot be used: {error}"));
        let screen = Screen::output(arguments.clipboard).map_err(unusable)?;
        let keys = Stream::input().map_err(unusable)?;
        let terminal = rustix::stdio::stdin().try_clone_to_owned().map(File::from).map_err(unusable)?;
        let (endings, resized) = (Endings::new()?, listen(SignalKind::window_change())?);
        let stopped = listen(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?;
        let continued = listen(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
        let mode = Mode::raw(&terminal).map_err(unusable)?;
        Ok(Self {
            wanted,
            pane: Pane::new(screen),
            keys,
            escapes: Escapes::new(arguments.escape.0),
            escape: arguments.escape,
            mode,
            endings,
            resized,
            stopped,
            continued,
            sending: None,
            view: None,
        })
    }

    /// Shows the terminal until its program ends, or the person leaves.
    pub(super) async fn go_on(&mut self) -> Result<Left, Failure> {
        let wanted = self.wanted;
        let mut lost = std::pin::pin!(wanted.ended());
        if wanted.is_old {
            resize(&wanted.hold).await?;
        }
        self.view = Some(view(&wanted.hold, &self.pane).await?);
        let mut keys = vec![0; KEYS];
        let mut is_lost = false;
        loop {
            let is_free = self.sending.is_none();
            let pane = Rc::clone(&self.pane);
            let turn = tokio::select! {
                read = self.keys.read(&mut keys), if is_free => {
                    // A terminal that has gone.
                    let Ok(read @ 1..) = read else { return Ok(Left::Told(Ending::HangUp)) };
                    self.typed(keys.get(..read).unwrap_or_default()).await?
                }
                sent = sent(&mut self.sending) => {
                    self.sending = None;
                    // Keys for a program that has ended, or is out of reach: either is told in another way.
                    let _ = sent;
                    Turn::On
                }
                ended = pane.ended() => Turn::Over(ended.map_or(Left::Told(Ending::HangUp), |info| Left::Ended(exit_of(&info)))),
                info = &mut lost, if !is_lost => {
                    let info = info?;
                    is_lost = true;
                    // All that it wrote is shown before its end is told.
                    match timeout(LAST, pane.ended()).await {
                        Ok(_) => Turn::On,
                        Err(_) => Turn::Over(Left::Ended(exit_of(&info))),
                    }
                }
                _ = self.resized.recv() => { resize(&wanted.hold).await?; Turn::On }
                _ = self.stopped.recv() => { self.suspend().await?; Turn::On }
                _ = self.continued.recv() => {
                    // Stopped by what cannot be awaited: whoever had the terminal meanwhile has left it otherwise.
                    let _ = self.mode.again();
                    self.show_anew().await?;
                    Turn::On
                }
                ending = self.endings.next() => Turn::Over(Left::Told(ending)),
            };
            if let Turn::Over(left) = turn {
                return Ok(left);
            }
        }
    }

    async fn typed(&mut self, bytes: &[u8]) -> Result<Turn, Failure> {
        for key in self.escapes.feed(bytes) {
            match key {
                Key::Send(bytes) => self.send(&bytes),
                Key::Leave => return Ok(Turn::Over(Left::Alone)),
                Key::Suspend => self.suspend().await?,
                Key::Help => self.help().await,
            }
        }
        Ok(Turn::On)
    }

    /// Under way at once; more is read when there is room for more.
    fn send(&mut self, bytes: &[u8]) {
        let Hold::Whole(terminal) = &self.wanted.hold else { return };
        let mut request = terminal.input_request();
        request.get().set_data(bytes);
        let sent = request.send();
        self.sending = Some(match self.sending.take() {
            None => sent,
            Some(before) => Promise::from_future(async move { before.await.and(sent.await) }),
        });
    }

    async fn help(&mut self) {
        let Escape(key) = self.escape;
        let key = key.map_or(String::new(), |key| char::from(key).to_string());
        let text = HELP.replace('~', &key).replace('\n', "\r\n");
        // A terminal that has gone is found by its keys.
        let _ = self.pane.screen.lock().await.say(format!("\r\n{text}\r\n").as_bytes()).await;
    }

    /// Stops this process; the program goes on meanwhile, for nobody who would have to be waited for looks at it.
    async fn suspend(&mut self) -> Result<(), Failure> {
        self.view = None;
        // Once this is answered, the node has heard that nobody looks.
        let _ = timeout(PARTING, resize(&self.wanted.hold)).await;
        let _ = self.pane.screen.lock().await.leave(true).await;
        self.pane.left();
        let stopped = self.mode.suspend();
        stopped.map_err(|error| Failure::failed(format!("the terminal cannot be had back: {error}")))?;
        self.show_anew().await
    }

    async fn show_anew(&mut self) -> Result<(), Failure> {
        self.view = None;
        resize(&self.wanted.hold).await?;
        self.view = Some(view(&self.wanted.hold, &self.pane).await?);
        Ok(())
    }

    /// Gives the terminal back as it was found.
    pub(super) async fn close(&mut self, goes_on: bool) {
        self.view = None;
        // A terminal that does not take it has nobody before it.
        let _ = timeout(PARTING, async { self.pane.screen.lock().await.leave(goes_on).await }).await;
    }
}

async fn sent(sending: &mut Option<Promise<(), capnp::Error>>) -> Result<(), capnp::Error> {
    match sending {
        Some(sending) => sending.await,
        None => std::future::pending().await,
    }
}

fn exit_of(info: &super::wanted::Info) -> Exit {
    Exit::Remote(if info.signal.is_empty() { status(info.exit_code) } else { status_of(&info.signal) })
}

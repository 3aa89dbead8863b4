//! What is shown of a terminal, as it comes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnp::Error;
use capos_schema::terminals_capnp::{terminal_bytes, terminal_size, terminal_view};
use tokio::sync::{Mutex, Notify};

use super::wanted::{Hold, Info};
use crate::failure::Failure;
use crate::terminal::Size;
use crate::terminal::screen::Screen;

/// Where the program's bytes are shown, and what else is known of it.
pub(super) struct Pane {
    pub(super) screen: Mutex<Screen>,
    /// Whether what stood on the terminal before has been moved out of the way.
    cleared: Cell<bool>,
    ended: RefCell<Option<Info>>,
    changed: Notify,
    /// The terminal here does not take anything any more.
    broken: Cell<bool>,
}

impl Pane {
    pub(super) fn new(screen: Screen) -> Rc<Self> {
        Rc::new(Self {
            screen: Mutex::new(screen),
            cleared: Cell::new(false),
            ended: RefCell::default(),
            changed: Notify::new(),
            broken: Cell::new(false),
        })
    }

    /// Waits until the program has ended and all of it is shown; nothing where the terminal here has gone.
    pub(super) async fn ended(&self) -> Option<Info> {
        loop {
            if self.broken.get() {
                return None;
            }
            if let Some(info) = self.ended.borrow().clone() {
                return Some(info);
            }
            self.changed.notified().await;
        }
    }

    /// What comes to stand on the terminal meanwhile is moved out of the way too.
    pub(super) fn left(&self) {
        self.cleared.set(false);
    }

    async fn draw(&self, data: &[u8], anew: bool) -> std::io::Result<()> {
        let mut screen = self.screen.lock().await;
        if anew {
            screen.clear(Size::of_person(), !self.cleared.replace(true)).await?;
        }
        screen.show(data).await
    }
}

/// Has a terminal shown for as long as what this gives is held.
pub(super) async fn view(hold: &Hold, pane: &Rc<Pane>) -> Result<terminal_view::Client, Failure> {
    let viewer: terminal_bytes::Client = capnp_rpc::new_client(Viewer(Rc::clone(pane)));
    match hold {
        Hold::Whole(terminal) => {
            let mut request = terminal.bytes_request();
            request.get().set_viewer(viewer);
            Ok(request.send().promise.await?.get()?.get_view()?)
        }
        Hold::Watched(observer) => {
            let mut request = observer.bytes_request();
            request.get().set_viewer(viewer);
            Ok(request.send().promise.await?.get()?.get_view()?)
        }
    }
}

/// Tells a terminal how large the one here is.
pub(super) async fn resize(hold: &Hold) -> Result<(), Failure> {
    let Hold::Whole(terminal) = hold else { return Ok(()) };
    let mut request = terminal.resize_request();
    let to: terminal_size::Builder<'_> = request.get().init_size();
    super::wanted::size(Size::of_person(), to);
    Ok(request.send().promise.await.map(drop)?)
}

struct Viewer(Rc<Pane>);

impl terminal_bytes::Server for Viewer {
    async fn bytes(self: Rc<Self>, params: terminal_bytes::BytesParams) -> Result<(), Error> {
        let params = params.get()?;
        self.0.draw(params.get_data()?, params.get_anew()).await.map_err(|_| {
            self.0.broken.set(true);
            self.0.changed.notify_one();
            Error::failed("the terminal has gone".to_owned())
        })
    }

    async fn ended(
        self: Rc<Self>,
        params: terminal_bytes::EndedParams,
        _: terminal_bytes::EndedResults,
    ) -> Result<(), Error> {
        let info = Info::read(params.get()?.get_info()?);
        *self.0.ended.borrow_mut() = Some(info.map_err(|failure| Error::failed(failure.sentence))?);
        self.0.changed.notify_one();
        Ok(())
    }
}

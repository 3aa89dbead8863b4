//! What a command writes, as it writes it.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use capnp::Error;
use capos_schema::shell_capnp::{data_callback, exit_callback, shell_stream};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Duration, Instant, sleep_until};

use crate::failure::Failure;
use crate::output::Output;
use crate::terminal::screen::Screen;

/// How long nothing may come of a command that has ended before it is believed that nothing will.
const LAST: Duration = Duration::from_secs(15);

/// Where it goes, and what became of that.
pub(super) struct Outlet {
    /// What keeps this command from writing on.
    broken: mpsc::UnboundedReceiver<io::Error>,
    /// Told when everything was written that there was.
    written: Option<oneshot::Receiver<()>>,
    readers: Vec<data_callback::Client>,
    lost: Rc<Cell<u64>>,
    pulse: Rc<Pulse>,
}

/// Whether something comes.
struct Pulse {
    writing: Cell<usize>,
    last: Cell<Instant>,
}

/// Calls that are under way.
pub(super) type Told = Vec<LocalBoxFuture<'static, Result<(), Error>>>;

impl Outlet {
    /// Has everything that a command writes written here. Where its result is wanted as a whole, nothing is: then the
    /// command's own place keeps it.
    pub(super) fn connect(stream: &shell_stream::Client, output: &Output) -> Result<(Self, Told), Failure> {
        let (sender, broken) = mpsc::unbounded_channel();
        let lost = Rc::default();
        let pulse = Rc::new(Pulse { writing: Cell::new(0), last: Cell::new(Instant::now()) });
        if output.is_json() {
            return Ok((Self { broken, written: None, readers: Vec::new(), lost, pulse }, Told::new()));
        }
        let unwritable = |error: io::Error| Failure::failed(format!("the streams cannot be written: {error}"));
        let (out, errors) = (Screen::output(false).map_err(unwritable)?, Screen::errors().map_err(unwritable)?);
        let mut readers: Vec<data_callback::Client> = Vec::new();
        let mut reader = |screen| {
            let screen = Mutex::new(screen);
            let (lost, pulse) = (Rc::clone(&lost), Rc::clone(&pulse));
            let reader = Reader { screen, broken: sender.clone(), lost, pulse };
            let reader: data_callback::Client = capnp_rpc::new_client(reader);
            readers.push(reader.clone());
            reader
        };
        let (exited, written) = oneshot::channel();
        let mut told: Told = Vec::new();
        if out.place().is_some() && out.place() == errors.place() {
            // Both lead to the same place: what was written first is to stand there first.
            let mut request = stream.on_data_request();
            request.get().set_callback(reader(out));
            told.push(request.send().promise.map(|told| told.map(drop)).boxed_local());
        } else {
            let mut request = stream.on_stdout_request();
            request.get().set_callback(reader(out));
            told.push(request.send().promise.map(|told| told.map(drop)).boxed_local());
            let mut request = stream.on_stderr_request();
            request.get().set_callback(reader(errors));
            told.push(request.send().promise.map(|told| told.map(drop)).boxed_local());
        }
        let mut request = stream.on_exit_request();
        request.get().set_callback(capnp_rpc::new_client(Exited(Cell::new(Some(exited)))));
        told.push(request.send().promise.map(|told| told.map(drop)).boxed_local());
        Ok((Self { broken, written: Some(written), readers, lost, pulse }, told))
    }

    /// Why nothing more can be written, once that is so.
    pub(super) async fn broken(&mut self) -> io::Error {
        match self.broken.recv().await {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    /// Waits until all is written of a command that has ended.
    pub(super) fn written(&mut self) -> impl Future<Output = Result<(), Error>> + use<> {
        let written = self.written.take();
        let readers = std::mem::take(&mut self.readers);
        let pulse = Rc::clone(&self.pulse);
        async move {
            if let Some(written) = written {
                pulse.last.set(Instant::now());
                tokio::select! {
                    // Dropped untold by a service that is gone, which the command's result tells.
                    _ = written => {}
                    () = pulse.stops() => return Err(Error::failed(UNTOLD.to_owned())),
                }
            }
            for reader in readers {
                // What came before the end may still wait here for whoever reads slowly, and this waits behind it. A
                // reader that is broken has told so.
                let _ = reader.data_request().send().await;
            }
            Ok(())
        }
    }

    /// Bytes that did not come here.
    pub(super) fn lost(&self) -> u64 {
        self.lost.get()
    }
}

/// What a command that has ended leaves open.
const UNTOLD: &str = "the command has ended, and nobody says whether that was all that it wrote";

impl Pulse {
    /// Waits until nothing has come for some time. Whoever reads slowly here is waited for.
    async fn stops(&self) {
        loop {
            let since = if self.writing.get() > 0 { Instant::now() } else { self.last.get() };
            if since.elapsed() >= LAST {
                return;
            }
            sleep_until(since + LAST).await;
        }
    }
}

/// Takes what one stream of the command has.
struct Reader {
    screen: Mutex<Screen>,
    broken: mpsc::UnboundedSender<io::Error>,
    lost: Rc<Cell<u64>>,
    pulse: Rc<Pulse>,
}

impl data_callback::Server for Reader {
    async fn data(self: Rc<Self>, params: data_callback::DataParams) -> Result<(), Error> {
        let params = params.get()?;
        self.lost.set(self.lost.get().saturating_add(params.get_skipped()));
        // One call comes after the other; the answer to each says that there is room for more.
        let mut screen = self.screen.lock().await;
        self.pulse.writing.set(self.pulse.writing.get() + 1);
        let shown = screen.show(params.get_chunk()?).await;
        self.pulse.writing.set(self.pulse.writing.get() - 1);
        self.pulse.last.set(Instant::now());
        shown.map_err(|error| {
            // Whoever was to be told has ended.
            let _ = self.broken.send(error);
            Error::failed("nobody reads any more".to_owned())
        })
    }
}

/// Is told of the command's end, after all that it wrote.
struct Exited(Cell<Option<oneshot::Sender<()>>>);

impl exit_callback::Server for Exited {
    async fn exit(self: Rc<Self>, _: exit_callback::ExitParams, _: exit_callback::ExitResults) -> Result<(), Error> {
        if let Some(exited) = self.0.take() {
            let _ = exited.send(());
        }
        Ok(())
    }
}

//! What the tests share: a service in this process, a clock that moves when told, and a player's hands.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

use capnp::Error;
use capos_paperclips::{Limits, Paperclips};
use capos_schema::Code;
use capos_schema::paperclips_capnp::{paperclips_game, paperclips_status_snapshot, proof_accelerator};
use capos_service::testing::{Bench, Visitor};
use capos_service::{Given, Home};
use tempfile::TempDir;

/// When the tests begin, in milliseconds since 1970.
const BEGUN: u64 = 1_800_000_000_000;

/// A place where games are kept, and its clock on the wall.
pub(crate) struct Room {
    home: TempDir,
    now: Rc<Cell<u64>>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { home: TempDir::new().unwrap(), now: Rc::new(Cell::new(BEGUN)) }
    }

    pub(crate) fn wait(&self, milliseconds: u64) {
        self.now.set(self.now.get() + milliseconds);
    }

    pub(crate) fn set_back(&self, milliseconds: u64) {
        self.now.set(self.now.get() - milliseconds);
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }

    /// How many games are saved.
    pub(crate) fn files(&self) -> usize {
        let files = std::fs::read_dir(self.path()).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("game-")).count()
    }

    /// The one saved game.
    pub(crate) fn saved(&self) -> Option<std::path::PathBuf> {
        let files = std::fs::read_dir(self.path()).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("game-")).min()
    }

    /// Starts the service, as often as a test likes.
    pub(crate) async fn open(&self) -> Bench {
        self.open_within(Limits::default()).await
    }

    pub(crate) async fn open_within(&self, limits: Limits) -> Bench {
        let now = self.now.clone();
        let service = Paperclips::with_clock(Home::at(self.path()), limits, Rc::new(move || now.get()));
        Bench::begin(service).await.unwrap()
    }
}

/// A session's game.
#[derive(Clone)]
pub(crate) struct Hands(pub(crate) paperclips_game::Client);

impl Hands {
    pub(crate) async fn of(bench: &Bench, visitor: &Visitor) -> Self {
        Self(bench.open(visitor, "paperclips").await.unwrap())
    }

    pub(crate) async fn with_accelerator(bench: &Bench, visitor: &Visitor, accelerator: &Rc<Accelerator>) -> Self {
        let client: proof_accelerator::Client = capnp_rpc::new_client_from_rc(accelerator.clone());
        let lent = Given::default().with("proof_accelerator", client);
        Self(bench.open_lending(visitor, "paperclips", lent).await.unwrap())
    }

    pub(crate) async fn initial(&self) -> String {
        let answer = self.0.initial_request().send().promise.await.unwrap();
        answer.get().unwrap().get_text().unwrap().to_string().unwrap()
    }

    pub(crate) async fn try_command(&self, line: &str) -> Result<(String, bool), Error> {
        let mut request = self.0.command_request();
        request.get().set_text(line);
        let answer = request.send().promise.await?;
        let result = answer.get()?.get_result()?;
        Ok((result.get_text()?.to_string()?, result.get_exit()))
    }

    pub(crate) async fn command(&self, line: &str) -> String {
        self.try_command(line).await.unwrap().0
    }

    pub(crate) async fn tick(&self, milliseconds: u64) -> Result<String, Error> {
        let mut request = self.0.tick_request();
        request.get().set_milliseconds(milliseconds);
        Ok(request.send().promise.await?.get()?.get_text()?.to_string()?)
    }

    pub(crate) async fn status<T>(&self, read: impl FnOnce(paperclips_status_snapshot::Reader<'_>) -> T) -> T {
        let answer = self.0.status_request().send().promise.await.unwrap();
        read(answer.get().unwrap().get_snapshot().unwrap())
    }

    pub(crate) async fn clips(&self) -> u64 {
        self.status(|snapshot| snapshot.get_clips_total()).await
    }
}

/// Allows time to be skipped until it is told not to, and writes down what it was asked.
#[derive(Default)]
pub(crate) struct Accelerator {
    pub(crate) asked: RefCell<Vec<u64>>,
    pub(crate) revoked: Cell<bool>,
}

impl proof_accelerator::Server for Accelerator {
    async fn allow(
        self: Rc<Self>,
        params: proof_accelerator::AllowParams,
        _: proof_accelerator::AllowResults,
    ) -> Result<(), Error> {
        self.asked.borrow_mut().push(params.get()?.get_milliseconds());
        if self.revoked.get() { Err(Code::Revoked.into()) } else { Ok(()) }
    }
}

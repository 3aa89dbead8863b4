//! A service over a home of its own, with real processes, and callbacks that remember.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use capnp::Error;
use capos_schema::Denial;
use capos_schema::shell_capnp::{data_callback, exit_callback, shell, shell_options, shell_result, shell_stream};
use capos_service::Given;
use capos_service::testing::{Bench, Visitor};
use capos_shell::Shell;
use tempfile::TempDir;
use tokio::sync::watch;

/// The executable that keeps trees of processes.
const PROGRAM: &str = env!("CARGO_BIN_EXE_capos-shell-alone");

pub(crate) struct Ground {
    pub(crate) bench: Bench,
    pub(crate) shell: shell::Client,
    home: TempDir,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// With these settings.
    pub(crate) async fn with(settings: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let bench = begin(home.path(), settings).await.unwrap();
        let shell = bench.open(&Visitor::named("Ann"), "shell").await.unwrap();
        Self { bench, shell, home }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) async fn exec(&self, words: &[&str]) -> Told {
        exec(&self.shell, words, |_| {}).await.unwrap()
    }

    /// By `/bin/sh`.
    pub(crate) async fn sh(&self, line: &str) -> Told {
        self.exec(&["/bin/sh", "-c", line]).await
    }

    pub(crate) async fn spawn(&self, words: &[&str]) -> shell_stream::Client {
        spawn(&self.shell, words, |_| {}).await.unwrap()
    }

    pub(crate) async fn spawn_sh(&self, line: &str) -> shell_stream::Client {
        self.spawn(&["/bin/sh", "-c", line]).await
    }
}

pub(crate) async fn begin(home: &Path, settings: &str) -> Result<Bench, Error> {
    let service = Shell::new(PathBuf::from(PROGRAM), home.to_owned());
    Bench::begin_with(service, Given::default().with_settings_of(settings)).await
}

pub(crate) async fn exec(
    shell: &shell::Client,
    words: &[&str],
    say: impl FnOnce(shell_options::Builder<'_>),
) -> Result<Told, Error> {
    let mut request = shell.exec_request();
    request.get().set_command(words[0]);
    let mut arguments = request.get().init_args(u32::try_from(words.len() - 1).unwrap());
    for (at, word) in (0..).zip(&words[1..]) {
        arguments.set(at, word);
    }
    say(request.get().init_options());
    let answer = request.send().promise.await?;
    Told::read(answer.get()?.get_result()?)
}

pub(crate) async fn run(
    shell: &shell::Client,
    script: &str,
    say: impl FnOnce(shell_options::Builder<'_>),
) -> Result<Told, Error> {
    let mut request = shell.run_request();
    request.get().set_script(script);
    say(request.get().init_options());
    let answer = request.send().promise.await?;
    Told::read(answer.get()?.get_result()?)
}

pub(crate) async fn spawn(
    shell: &shell::Client,
    words: &[&str],
    say: impl FnOnce(shell_options::Builder<'_>),
) -> Result<shell_stream::Client, Error> {
    let mut request = shell.spawn_request();
    request.get().set_command(words[0]);
    let mut arguments = request.get().init_args(u32::try_from(words.len() - 1).unwrap());
    for (at, word) in (0..).zip(&words[1..]) {
        arguments.set(at, word);
    }
    say(request.get().init_options());
    request.send().promise.await?.get()?.get_stream()
}

pub(crate) async fn wait(stream: &shell_stream::Client) -> Told {
    let answer = stream.wait_request().send().promise.await.unwrap();
    Told::read(answer.get().unwrap().get_result().unwrap()).unwrap()
}

pub(crate) async fn pid(stream: &shell_stream::Client) -> u32 {
    stream.pid_request().send().promise.await.unwrap().get().unwrap().get_pid()
}

pub(crate) async fn write(stream: &shell_stream::Client, bytes: &[u8]) -> Result<(), Error> {
    let mut request = stream.write_request();
    request.get().set_data(bytes);
    request.send().await
}

pub(crate) async fn close(stream: &shell_stream::Client) -> Result<(), Error> {
    stream.close_stdin_request().send().promise.await.map(drop)
}

pub(crate) async fn kill(stream: &shell_stream::Client, signal: Option<&str>) -> Result<(), Error> {
    let mut request = stream.kill_request();
    if let Some(signal) = signal {
        request.get().set_signal(signal);
    }
    request.send().promise.await.map(drop)
}

/// The code of a denial.
pub(crate) fn code<T>(denied: Result<T, Error>) -> String {
    let error = denied.err().expect("a denial");
    Denial::from_error(&error).map_or_else(|| error.to_string(), |denial| denial.code.as_str().to_owned())
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) out_bytes: Vec<u8>,
    pub(crate) signal: String,
    pub(crate) success: bool,
    pub(crate) truncated: bool,
    pub(crate) timed_out: bool,
    pub(crate) duration: u64,
}

impl Told {
    pub(crate) fn read(result: shell_result::Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            code: result.get_exit_code(),
            out: result.get_stdout()?.to_string()?,
            err: result.get_stderr()?.to_string()?,
            out_bytes: result.get_stdout_data()?.to_vec(),
            signal: result.get_signal()?.to_string()?,
            success: result.get_success(),
            truncated: result.get_truncated(),
            timed_out: result.get_timed_out(),
            duration: result.get_duration(),
        })
    }

    pub(crate) fn ended(&self) -> (i32, &str) {
        (self.code, &self.signal)
    }
}

/// How a callback behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Answers,
    NeverAnswers,
    Throws,
}

/// What a client's callbacks were told, in the order in which they were told it.
#[derive(Clone)]
pub(crate) struct Heard {
    events: Rc<RefCell<Vec<Event>>>,
    count: watch::Sender<usize>,
    /// Callbacks that somebody holds.
    held: Rc<Cell<usize>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Data(Vec<u8>),
    Missing(u64),
    Exit(i32, String),
}

impl Heard {
    pub(crate) fn new() -> Self {
        Self { events: Rc::default(), count: watch::channel(0).0, held: Rc::default() }
    }

    pub(crate) fn callback(&self, manner: Manner) -> data_callback::Client {
        capnp_rpc::new_client(self.listener(manner))
    }

    pub(crate) fn exit_callback(&self) -> exit_callback::Client {
        capnp_rpc::new_client(self.listener(Manner::Answers))
    }

    fn listener(&self, manner: Manner) -> Listener {
        self.held.set(self.held.get() + 1);
        Listener { heard: self.clone(), manner }
    }

    /// Whether somebody holds a callback of it.
    pub(crate) fn is_held(&self) -> bool {
        self.held.get() > 0
    }

    fn put(&self, event: Event) {
        self.events.borrow_mut().push(event);
        self.count.send_modify(|count| *count += 1);
    }

    /// Waits until what was heard is like that.
    pub(crate) async fn until(&self, enough: impl Fn(&Self) -> bool) {
        let mut count = self.count.subscribe();
        while !enough(self) {
            count.changed().await.unwrap();
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let events = self.events.borrow();
        let data = events.iter().filter_map(|event| if let Event::Data(bytes) = event { Some(&**bytes) } else { None });
        data.collect::<Vec<_>>().concat()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    pub(crate) fn len(&self) -> usize {
        let events = self.events.borrow();
        events.iter().map(|event| if let Event::Data(bytes) = event { bytes.len() } else { 0 }).sum()
    }

    pub(crate) fn missing(&self) -> u64 {
        let events = self.events.borrow();
        events.iter().map(|event| if let Event::Missing(bytes) = event { *bytes } else { 0 }).sum()
    }

    pub(crate) fn exits(&self) -> usize {
        self.events.borrow().iter().filter(|event| matches!(event, Event::Exit(..))).count()
    }

    pub(crate) fn last(&self) -> Option<Event> {
        self.events.borrow().last().cloned()
    }
}

struct Listener {
    heard: Heard,
    manner: Manner,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.heard.held.set(self.heard.held.get() - 1);
        self.heard.count.send_modify(|count| *count += 1);
    }
}

impl data_callback::Server for Listener {
    async fn data(self: Rc<Self>, params: data_callback::DataParams) -> Result<(), Error> {
        let told = params.get()?;
        if told.get_skipped() > 0 {
            self.heard.put(Event::Missing(told.get_skipped()));
        }
        self.heard.put(Event::Data(told.get_chunk()?.to_vec()));
        match self.manner {
            Manner::Answers => Ok(()),
            Manner::NeverAnswers => std::future::pending().await,
            Manner::Throws => Err(Error::failed("no".into())),
        }
    }
}

impl exit_callback::Server for Listener {
    async fn exit(
        self: Rc<Self>,
        params: exit_callback::ExitParams,
        _: exit_callback::ExitResults,
    ) -> Result<(), Error> {
        let told = params.get()?;
        self.heard.put(Event::Exit(told.get_exit_code(), told.get_signal()?.to_string()?));
        Ok(())
    }
}

pub(crate) async fn on_data(stream: &shell_stream::Client, callback: data_callback::Client) -> Result<(), Error> {
    let mut request = stream.on_data_request();
    request.get().set_callback(callback);
    request.send().promise.await.map(drop)
}

pub(crate) async fn on_stderr(stream: &shell_stream::Client, callback: data_callback::Client) -> Result<(), Error> {
    let mut request = stream.on_stderr_request();
    request.get().set_callback(callback);
    request.send().promise.await.map(drop)
}

pub(crate) async fn on_stdout(stream: &shell_stream::Client, callback: data_callback::Client) -> Result<(), Error> {
    let mut request = stream.on_stdout_request();
    request.get().set_callback(callback);
    request.send().promise.await.map(drop)
}

pub(crate) async fn on_exit(stream: &shell_stream::Client, callback: exit_callback::Client) -> Result<(), Error> {
    let mut request = stream.on_exit_request();
    request.get().set_callback(callback);
    request.send().promise.await.map(drop)
}

/// Waits until there is no such process any more.
pub(crate) async fn until_gone(pid: u32) {
    until(|| !Path::new(&format!("/proc/{pid}")).exists()).await;
}

/// Waits for something that the system does not tell of.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let patience = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while !is_so() {
        assert!(tokio::time::Instant::now() < patience, "it did not come to that");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

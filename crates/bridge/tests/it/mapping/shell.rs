//! A shell that runs nothing and remembers everything.

use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;

use capnp::Error;
use capos_schema::Registry;
use capos_schema::shell_capnp::{data_callback, exit_callback, shell, shell_options, shell_result, shell_stream};
use futures::channel::oneshot;

use super::ground::{Program, program};

/// What the shell has seen, and what it was given.
#[derive(Default)]
pub(crate) struct Seen {
    /// Calls of `exec`.
    pub(crate) ran: usize,
    pub(crate) written: Vec<u8>,
    pub(crate) closed: bool,
    pub(crate) signals: Vec<String>,
    pub(crate) readers: Vec<data_callback::Client>,
    pub(crate) watchers: Vec<exit_callback::Client>,
    pub(crate) streams: usize,
    /// Calls of `wait` that are under way.
    pub(crate) waiting: usize,
    /// Fires when the last stream was dropped.
    pub(crate) dropped: Option<oneshot::Sender<()>>,
    /// Fires when a call of `wait` was given up.
    pub(crate) given_up: Option<oneshot::Sender<()>>,
    /// Fires when a call of `wait` has come.
    pub(crate) waited: Option<oneshot::Sender<()>>,
}

pub(crate) type Memory = Rc<RefCell<Seen>>;

/// The shell.
struct Shell(Memory);

/// A program that holds a shell, and what that remembers.
pub(crate) fn shell() -> (Program, Memory) {
    let memory = Memory::default();
    let client: shell::Client = capnp_rpc::new_client(Shell(memory.clone()));
    (program(client, "Shell", Registry::builtin()), memory)
}

fn text(text: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Error> {
    Ok(text?.to_string()?)
}

fn describe(options: shell_options::Reader<'_>) -> Result<String, Error> {
    let mut shown = format!("cwd={}", text(options.get_cwd())?);
    for variable in options.get_env()? {
        write!(shown, " {}={}", text(variable.get_name())?, text(variable.get_value())?).unwrap();
    }
    let (timeout, most) = (options.get_timeout(), options.get_max_output());
    write!(shown, " timeout={timeout} maxOutput={most} stdin={}", text(options.get_stdin())?).unwrap();
    Ok(shown)
}

fn fill(mut result: shell_result::Builder<'_>, stdout: &str) {
    result.set_stdout(stdout);
    result.set_stderr("");
    result.set_success(true);
    result.set_duration(12);
}

impl shell::Server for Shell {
    async fn exec(self: Rc<Self>, params: shell::ExecParams, mut results: shell::ExecResults) -> Result<(), Error> {
        self.0.borrow_mut().ran += 1;
        let params = params.get()?;
        let mut line = text(params.get_command())?;
        for argument in params.get_args()? {
            write!(line, " {:?}", text(argument)?).unwrap();
        }
        fill(results.get().init_result(), &format!("{line} {}", describe(params.get_options()?)?));
        Ok(())
    }

    async fn run(self: Rc<Self>, params: shell::RunParams, mut results: shell::RunResults) -> Result<(), Error> {
        match &*text(params.get()?.get_script())? {
            "nothing" => {}
            "killed" => results.get().init_result().set_signal("SIGKILL"),
            script => fill(results.get().init_result(), script),
        }
        Ok(())
    }

    async fn spawn(self: Rc<Self>, _: shell::SpawnParams, mut results: shell::SpawnResults) -> Result<(), Error> {
        self.0.borrow_mut().streams += 1;
        results.get().set_stream(capnp_rpc::new_client(Stream(self.0.clone())));
        Ok(())
    }

    async fn cwd(self: Rc<Self>, _: shell::CwdParams, mut results: shell::CwdResults) -> Result<(), Error> {
        results.get().set_path("/home");
        Ok(())
    }

    async fn env(self: Rc<Self>, _: shell::EnvParams, mut results: shell::EnvResults) -> Result<(), Error> {
        let mut env = results.get().init_env(2);
        for (at, (name, value)) in (0..).zip([("HOME", "/home"), ("LANG", "C")]) {
            let mut variable = env.reborrow().get(at);
            variable.set_name(name);
            variable.set_value(value);
        }
        Ok(())
    }

    async fn cd(self: Rc<Self>, _: shell::CdParams, _: shell::CdResults) -> Result<(), Error> {
        Ok(())
    }
}

struct Stream(Memory);

impl Drop for Stream {
    fn drop(&mut self) {
        let mut seen = self.0.borrow_mut();
        seen.streams -= 1;
        seen.dropped.take().map(|dropped| dropped.send(()));
    }
}

/// Tells when a call ends.
struct Call(Memory);

impl Drop for Call {
    fn drop(&mut self) {
        let mut seen = self.0.borrow_mut();
        seen.waiting -= 1;
        seen.given_up.take().map(|given_up| given_up.send(()));
    }
}

impl shell_stream::Server for Stream {
    async fn pid(
        self: Rc<Self>,
        _: shell_stream::PidParams,
        mut results: shell_stream::PidResults,
    ) -> Result<(), Error> {
        results.get().set_pid(42);
        Ok(())
    }

    async fn write(self: Rc<Self>, params: shell_stream::WriteParams) -> Result<(), Error> {
        let mut seen = self.0.borrow_mut();
        if seen.closed {
            return Err(Error::failed("badRequest: its input is closed".to_owned()));
        }
        seen.written.extend(params.get()?.get_data()?);
        Ok(())
    }

    async fn close_stdin(
        self: Rc<Self>,
        _: shell_stream::CloseStdinParams,
        _: shell_stream::CloseStdinResults,
    ) -> Result<(), Error> {
        self.0.borrow_mut().closed = true;
        Ok(())
    }

    async fn on_data(
        self: Rc<Self>,
        params: shell_stream::OnDataParams,
        _: shell_stream::OnDataResults,
    ) -> Result<(), Error> {
        self.0.borrow_mut().readers.push(params.get()?.get_callback()?);
        Ok(())
    }

    async fn on_exit(
        self: Rc<Self>,
        params: shell_stream::OnExitParams,
        _: shell_stream::OnExitResults,
    ) -> Result<(), Error> {
        self.0.borrow_mut().watchers.push(params.get()?.get_callback()?);
        Ok(())
    }

    async fn kill(self: Rc<Self>, params: shell_stream::KillParams, _: shell_stream::KillResults) -> Result<(), Error> {
        let signal = text(params.get()?.get_signal())?;
        self.0.borrow_mut().signals.push(signal);
        Ok(())
    }

    async fn wait(
        self: Rc<Self>,
        _: shell_stream::WaitParams,
        mut results: shell_stream::WaitResults,
    ) -> Result<(), Error> {
        let call = Call(self.0.clone());
        let waited = {
            let mut seen = self.0.borrow_mut();
            seen.waiting += 1;
            seen.waited.take()
        };
        if let Some(waited) = waited {
            let _ = waited.send(());
            std::future::pending::<()>().await;
        }
        fill(results.get().init_result(), "waited");
        drop(call);
        Ok(())
    }
}

//! The facet `ShellStream`: a command that somebody holds.

use std::rc::Rc;

use capos_sandbox::tree::Signal;
use capos_schema::shell_capnp::shell_stream::{
    Client, CloseStdinParams, CloseStdinResults, KillParams, KillResults, ObserveParams, ObserveResults, OnDataParams,
    OnDataResults, OnExitParams, OnExitResults, OnStderrParams, OnStderrResults, OnStdoutParams, OnStdoutResults,
    PidParams, PidResults, Server, WaitParams, WaitResults, WriteParams,
};
use capos_service::serve_unqueued;

use super::input::Bytes;
use super::kept::{Source, Wanted};
use super::observer::{self, Places};
use super::options::utf8;
use super::reader::Owner;
use super::running::Running;
use crate::{Error, Limits};

/// Holds a command for a client. A write that waits for the command to read keeps nobody from ending it.
pub(crate) fn stream(running: Running, bytes: bool, limits: &Limits) -> Client {
    let observers = Places::new(limits.observers);
    serve_unqueued(Stream { running, bytes, observers })
}

struct Stream {
    running: Running,
    bytes: bool,
    observers: Rc<Places>,
}

type Outcome = Result<(), capnp::Error>;

impl Server for Stream {
    async fn pid(self: Rc<Self>, _: PidParams, mut results: PidResults) -> Outcome {
        results.get().set_pid(self.running.about.pid);
        Ok(())
    }

    /// Its place among what is written is that of the call, not that of the first time somebody looks after it.
    fn write(self: Rc<Self>, params: WriteParams) -> impl Future<Output = Outcome> + 'static {
        let written = self.running.input.write(Bytes::Call(params));
        hold(self, written)
    }

    fn close_stdin(
        self: Rc<Self>,
        _: CloseStdinParams,
        _: CloseStdinResults,
    ) -> impl Future<Output = Outcome> + 'static {
        let closed = self.running.input.close();
        hold(self, closed)
    }

    async fn on_data(self: Rc<Self>, params: OnDataParams, _: OnDataResults) -> Outcome {
        let callback = params.get()?.get_callback()?;
        Ok(self.running.output.read(Owner::Holder, Wanted::Both, callback)?)
    }

    async fn on_stderr(self: Rc<Self>, params: OnStderrParams, _: OnStderrResults) -> Outcome {
        let callback = params.get()?.get_callback()?;
        Ok(self.running.output.read(Owner::Holder, Wanted::Only(Source::Errors), callback)?)
    }

    async fn on_stdout(self: Rc<Self>, params: OnStdoutParams, _: OnStdoutResults) -> Outcome {
        let callback = params.get()?.get_callback()?;
        Ok(self.running.output.read(Owner::Holder, Wanted::Only(Source::Output), callback)?)
    }

    async fn on_exit(self: Rc<Self>, params: OnExitParams, _: OnExitResults) -> Outcome {
        Ok(self.running.output.tell_exit(Owner::Holder, params.get()?.get_callback()?)?)
    }

    async fn kill(self: Rc<Self>, params: KillParams, _: KillResults) -> Outcome {
        let name = utf8(params.get()?.get_signal()?)?;
        let signal = Signal::parse(name).ok_or(Error::BadRequest("there is no signal of that name here"))?;
        self.running.signal(signal);
        Ok(())
    }

    async fn wait(self: Rc<Self>, _: WaitParams, mut results: WaitResults) -> Outcome {
        self.running.wait().await;
        self.running.outcome().write(results.get().init_result(), self.bytes);
        Ok(())
    }

    async fn observe(self: Rc<Self>, _: ObserveParams, mut results: ObserveResults) -> Outcome {
        results.get().set_observer(observer::observe(&self.running, &self.observers)?);
        Ok(())
    }
}

/// Whoever waits for something holds what it waits for.
async fn hold<T>(held: Rc<Stream>, what: impl Future<Output = T>) -> T {
    let done = what.await;
    drop(held);
    done
}

//! The facet `ShellObserver`: watches a command, and can do nothing else.

use std::cell::Cell;
use std::rc::Rc;

use capos_schema::shell_capnp::shell_observer::{
    Client, OnDataParams, OnDataResults, OnExitParams, OnExitResults, OnStderrParams, OnStderrResults, Server,
    StatusParams, StatusResults,
};

use super::ending;
use super::kept::{Source, Wanted};
use super::output::Output;
use super::reader::Owner;
use super::running::{About, Running};
use crate::Error;

/// How many may watch one command.
pub(super) struct Places {
    taken: Cell<usize>,
    most: usize,
    next: Cell<u32>,
}

impl Places {
    pub(super) fn new(most: usize) -> Rc<Self> {
        Rc::new(Self { taken: Cell::new(0), most, next: Cell::new(0) })
    }

    fn take(&self) -> Result<Owner, Error> {
        if self.taken.get() >= self.most {
            return Err(Error::Quota("as many watch this command as may"));
        }
        self.taken.set(self.taken.get() + 1);
        // As many as there may be at once are never four thousand million apart.
        self.next.set(self.next.get().wrapping_add(1));
        Ok(Owner::Observer(self.next.get()))
    }
}

/// Gives somebody a command to watch.
pub(super) fn observe(running: &Running, places: &Rc<Places>) -> Result<Client, Error> {
    let (output, about) = (running.output.clone(), running.about.clone());
    Ok(capnp_rpc::new_client(Observer { output, about, owner: places.take()?, places: places.clone() }))
}

struct Observer {
    output: Rc<Output>,
    about: Rc<About>,
    owner: Owner,
    places: Rc<Places>,
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.output.forget(self.owner);
        self.places.taken.set(self.places.taken.get().saturating_sub(1));
    }
}

type Outcome = Result<(), capnp::Error>;

impl Server for Observer {
    async fn status(self: Rc<Self>, _: StatusParams, mut results: StatusResults) -> Outcome {
        let mut status = results.get();
        status.set_command(&*self.about.line);
        status.set_pid(self.about.pid);
        status.set_started_at_ms(self.about.started_at_ms);
        match self.output.exit() {
            None => status.set_running(true),
            Some(exit) => {
                status.set_exit_code(ending::code(exit));
                status.set_signal(&*ending::signal(exit));
            }
        }
        Ok(())
    }

    async fn on_data(self: Rc<Self>, params: OnDataParams, _: OnDataResults) -> Outcome {
        Ok(self.output.read(self.owner, Wanted::Both, params.get()?.get_callback()?)?)
    }

    async fn on_stderr(self: Rc<Self>, params: OnStderrParams, _: OnStderrResults) -> Outcome {
        Ok(self.output.read(self.owner, Wanted::Only(Source::Errors), params.get()?.get_callback()?)?)
    }

    async fn on_exit(self: Rc<Self>, params: OnExitParams, _: OnExitResults) -> Outcome {
        Ok(self.output.tell_exit(self.owner, params.get()?.get_callback()?)?)
    }
}

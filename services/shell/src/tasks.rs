//! Tasks: fixed commands with checked parameters, to be given away one by one.
//!
//! What a session has set for its shell has no influence on them: they run in the environment and the directory that the
//! settings say.

mod described;
mod surface;
mod template;

use std::collections::BTreeMap;
use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::shell_capnp::shell_task::{
    self, DescribeParams, DescribeResults, RunParams, RunResults, Server, StartParams, StartResults,
};
use capos_service::commands::{Arguments, read_arguments, write_parameters};
use capos_service::{bad_request, commands as surfaces};

use crate::Error;
use crate::commands::{Options, Otherwise, Outcome, Running, Words, stream};
use crate::ground::Ground;
use crate::service::Seat;

pub use described::Described;
pub(crate) use template::Task;

/// Names that mean something else.
const TAKEN: [&str; 4] = ["shell", "terminal", "files", "tasks"];

/// As many as a menu shows.
const MOST: usize = 128;

/// Choices of all of them together, as many as a menu shows.
const CHOICES: usize = 2048;

/// Tasks that make sense, by the names of their exports.
pub(crate) type Tasks = BTreeMap<String, Rc<Task>>;

/// Proves what the settings say.
pub(crate) fn parse_tasks(described: &BTreeMap<String, Described>) -> Result<Tasks, Error> {
    let choices: usize = described.values().map(Described::choices).sum();
    if described.len() > MOST || choices > CHOICES {
        return Err(Error::Settings(format!("there are more than {MOST} tasks, or {CHOICES} choices in all of them")));
    }
    let parse = |(name, described): (&String, &Described)| {
        if TAKEN.contains(&name.as_str()) {
            return Err(Error::Settings(format!("the setting tasks.{name}: that name means something else")));
        }
        Ok((name.clone(), Rc::new(Task::parse(name, described)?)))
    };
    described.iter().map(parse).collect()
}

/// One task's facet.
pub(crate) fn facet(seat: &Rc<Seat>, name: &str) -> Result<Client, capnp::Error> {
    let task = seat.ground.tasks.get(name).ok_or_else(|| bad_request("there is no such export"))?.clone();
    Ok(capnp_rpc::new_client::<shell_task::Client, _>(Facet { seat: seat.clone(), task }).client)
}

/// All tasks as commands.
pub(crate) fn surface(seat: &Rc<Seat>) -> Client {
    surfaces::serve(Rc::new(surface::Surface(seat.clone()))).client
}

struct Facet {
    seat: Rc<Seat>,
    task: Rc<Task>,
}

impl Task {
    fn ready(&self, ground: &Ground, arguments: &Arguments) -> Result<(Words, Options), Error> {
        let limits = &ground.settings.limits;
        let variables = ground.environment.iter().chain(&self.environment);
        let options = Options {
            directory: self.directory.clone().unwrap_or_else(|| ground.home.clone()),
            variables: variables.map(|(name, value)| (name.clone(), value.clone())).collect(),
            timeout: self.timeout,
            output_bytes: limits.output_bytes,
            shell: String::new(),
            input: None,
            bytes: false,
        };
        Ok((self.fill(arguments)?, options))
    }

    /// Runs it to its end.
    async fn run(&self, seat: &Seat, arguments: &Arguments) -> Result<Outcome, capnp::Error> {
        let (words, options) = self.ready(&seat.ground, arguments)?;
        seat.commands.execute(&words, options).await
    }
}

impl Server for Facet {
    async fn describe(self: Rc<Self>, _: DescribeParams, mut results: DescribeResults) -> Result<(), capnp::Error> {
        let command = &self.task.command;
        let mut told = results.get().init_task();
        told.set_name(&*command.name);
        told.set_label(&*command.label);
        told.set_summary(&*command.summary);
        let count = u32::try_from(command.parameters.len()).unwrap_or(u32::MAX);
        write_parameters(command, told.init_parameters(count));
        Ok(())
    }

    async fn run(self: Rc<Self>, params: RunParams, mut results: RunResults) -> Result<(), capnp::Error> {
        let arguments = read_arguments(&self.task.command, params.get()?.get_arguments()?)?;
        let outcome = self.task.run(&self.seat, &arguments).await?;
        outcome.write(results.get().init_result(), false);
        Ok(())
    }

    async fn start(self: Rc<Self>, params: StartParams, mut results: StartResults) -> Result<(), capnp::Error> {
        let arguments = read_arguments(&self.task.command, params.get()?.get_arguments()?)?;
        let (words, mut options) = self.task.ready(&self.seat.ground, &arguments)?;
        let running = Running::start(&self.seat.commands, &words, &mut options, Otherwise::Closed).await?;
        results.get().set_stream(stream(running, false, &self.seat.ground.settings.limits));
        Ok(())
    }
}

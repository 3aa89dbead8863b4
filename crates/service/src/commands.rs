//! Commands that a service describes, so that any client can draw controls for them: `CommandSurface`, typed.
//!
//! A service implements [`Commands`] and exports what [`serve`] makes of it.
//! What stands between the two is here: the menu is cut to bounds before anybody sees it, and an invocation is held
//! against that very menu before the service hears of it.
//!
//! - No such command, or an argument that is unknown, given twice, missing, of another type, out of range or not among
//!   the choices: `badRequest`, and the service is not asked.
//! - A command that is described and not possible right now: an outcome that is not done and says the menu's reason.
//!   That comes before the arguments are looked at, since what could be chosen may be gone with the possibility.
//! - Anything else is the service's to decide, and is told in its [`Outcome`].

mod arguments;
mod limits;
mod menu;
mod wire;

use std::rc::Rc;

use capnp::{Error, struct_list};
use capos_schema::commands_capnp::{command_argument, command_parameter, command_surface};

use crate::error::bad_request;

pub use arguments::{Arguments, Fault, Mismatch, Value};
pub use limits::MenuLimits;
pub use menu::{Choice, Command, Kind, Menu, Parameter};

/// What one session can do at a service, as commands.
pub trait Commands: 'static {
    /// Whether one more call may be made now: where a service bounds how often it is asked, it says so here.
    ///
    /// Asked before each call, those for the menu included.
    ///
    /// # Errors
    ///
    /// The denial that the caller gets.
    fn admit(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What can be done right now.
    fn menu(&self) -> Menu;

    /// Carries out a command of the menu that is possible right now, with arguments that fit its description.
    fn invoke(&self, command: &str, arguments: &Arguments) -> impl Future<Output = Outcome>;
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it did what was asked.
    pub done: bool,
    /// What to show.
    pub text: String,
}

impl Outcome {
    /// It did what was asked.
    pub fn done(text: impl Into<String>) -> Self {
        Self { done: true, text: text.into() }
    }

    /// The rules of the service forbid it.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { done: false, text: text.into() }
    }
}

/// Serves commands to whoever holds what this gives.
pub fn serve<C: Commands>(commands: Rc<C>) -> command_surface::Client {
    capnp_rpc::new_client(Surface { commands, limits: MenuLimits::default() })
}

/// Reads what was given to a command that a service offers elsewhere than on a surface, and holds it against the description.
///
/// # Errors
///
/// `badRequest` for what does not fit.
pub fn read_arguments(
    command: &Command,
    given: struct_list::Reader<'_, command_argument::Owned>,
) -> Result<Arguments, Error> {
    let limits = MenuLimits::default();
    let given = wire::read_arguments(given, &limits)?;
    Arguments::parse(command, given, &limits).map_err(|fault| bad_request(fault.to_string()))
}

/// Describes what such a command takes: as many parameters as the list has places for.
pub fn write_parameters(command: &Command, into: struct_list::Builder<'_, command_parameter::Owned>) {
    wire::write_parameters(&command.parameters, into);
}

struct Surface<C> {
    commands: Rc<C>,
    limits: MenuLimits,
}

impl<C: Commands> Surface<C> {
    fn current(&self) -> Menu {
        self.commands.menu().bounded(&self.limits)
    }

    async fn carry_out(&self, name: &str, given: Vec<(String, Value)>) -> Result<Outcome, Error> {
        let menu = self.current();
        let command = menu.command(name).ok_or_else(|| bad_request("no such command"))?;
        if let Some(reason) = &command.refusal {
            return Ok(Outcome::refused(reason.clone()));
        }
        let arguments =
            Arguments::parse(command, given, &self.limits).map_err(|fault| bad_request(fault.to_string()))?;
        Ok(self.commands.invoke(&command.name, &arguments).await)
    }
}

impl<C: Commands> command_surface::Server for Surface<C> {
    async fn menu(
        self: Rc<Self>,
        _: command_surface::MenuParams,
        mut results: command_surface::MenuResults,
    ) -> Result<(), Error> {
        self.commands.admit()?;
        wire::write_menu(&self.current(), results.get().init_menu());
        Ok(())
    }

    async fn invoke(
        self: Rc<Self>,
        params: command_surface::InvokeParams,
        mut results: command_surface::InvokeResults,
    ) -> Result<(), Error> {
        self.commands.admit()?;
        let params = params.get()?;
        let name = params.get_command()?.to_str().map_err(|_| bad_request("a command is named in UTF-8"))?;
        let given = wire::read_arguments(params.get_arguments()?, &self.limits)?;
        let outcome = self.carry_out(name, given).await?;
        let mut told = results.get().init_outcome();
        told.set_done(outcome.done);
        told.set_text(&*menu::plain(&outcome.text, self.limits.outcome_bytes));
        wire::write_menu(&self.current(), told.init_menu());
        Ok(())
    }
}

#[cfg(test)]
mod tests;

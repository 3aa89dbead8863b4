//! `capos commands` and `do`: whatever a service describes as a `CommandSurface`.

mod model;
mod words;

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_schema::commands_capnp::command_surface;

use crate::args::menu::{Commands, Do};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::capabilities::find;
use crate::remote::{Remote, within};
use model::{Menu, Outcome};
use words::{Value, parse_words};

/// Lists what can be done.
pub(crate) async fn commands(arguments: Commands, output: &Output) -> Result<Exit, Failure> {
    let Commands { cap, group, target } = &arguments;
    let work = async |remote: &Remote| menu(&surface(remote, cap).await?).await;
    let mut menu = within(target, output, work).await?;
    if let Some(group) = group {
        let groups = menu.groups();
        menu.commands.retain(|command| command.group == *group);
        if menu.commands.is_empty() {
            let there = format!("There are: {}.", groups.join(", "));
            return Err(Failure::usage(format!("there is no group `{group}`")).advise(there));
        }
    }
    output.answer(&menu, |menu| menu.shown(cap))?;
    Ok(Exit::Done)
}

/// Does it.
pub(crate) async fn carry_out(arguments: Do, output: &Output) -> Result<Exit, Failure> {
    let Do { cap, command, arguments: words, target } = &arguments;
    let work = async |remote: &Remote| {
        let surface = surface(remote, cap).await?;
        let menu = menu(&surface).await?;
        let spec = menu.command(command)?;
        // What is not possible at this moment is the service's to say, whatever is given with it.
        let values = if spec.available { parse_words(spec, words)? } else { Vec::new() };
        invoke(&surface, &spec.name, &values).await
    };
    let outcome = within(target, output, work).await?;
    if outcome.done || output.is_json() {
        output.answer(&outcome, Outcome::shown)?;
    }
    if outcome.done {
        return Ok(Exit::Done);
    }
    let why = if outcome.text.is_empty() { "it was not done" } else { outcome.text.trim_end() };
    Err(Failure::failed(why).coded("notDone").advise(format!("See what is possible: capos commands {cap}")))
}

async fn surface(remote: &Remote, word: &str) -> Result<command_surface::Client, Failure> {
    let found = find(remote, word).await?;
    if found.interface_id != command_surface::Client::TYPE_ID {
        let sentence = format!("`{word}` describes no commands: its interface is not CommandSurface");
        return Err(Failure::usage(sentence).advise(instead(remote).await));
    }
    Ok(FromClientHook::new(found.capability.hook))
}

/// What of the session's grants describes commands.
async fn instead(remote: &Remote) -> String {
    let grants = remote.grants().await.unwrap_or_default();
    let surfaces = grants.iter().filter(|grant| grant.interface_id == command_surface::Client::TYPE_ID);
    let names: Vec<&str> = surfaces.map(|grant| &*grant.name).collect();
    match names.is_empty() {
        true => "You hold none that does; `capos describe CAP` says what a capability can do.".to_owned(),
        false => format!("Of what you hold, these do: {}.", names.join(", ")),
    }
}

async fn menu(surface: &command_surface::Client) -> Result<Menu, Failure> {
    Menu::read(surface.menu_request().send().promise.await?.get()?.get_menu()?)
}

async fn invoke(
    surface: &command_surface::Client,
    command: &str,
    values: &[(String, Value)],
) -> Result<Outcome, Failure> {
    let mut request = surface.invoke_request();
    request.get().set_command(command);
    let mut list = request.get().init_arguments(u32::try_from(values.len()).unwrap_or(u32::MAX));
    for (index, (name, value)) in (0..list.len()).zip(values) {
        let mut argument = list.reborrow().get(index);
        argument.set_name(name);
        let mut to = argument.init_value();
        match value {
            Value::Text(text) => to.set_text(text),
            Value::Integer(number) => to.set_integer(*number),
            Value::Boolean(answer) => to.set_boolean(*answer),
        }
    }
    Outcome::read(request.send().promise.await?.get()?.get_outcome()?)
}

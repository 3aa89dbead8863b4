//! The terminal that is wanted: a new one, or one that is open.

use capos_schema::terminals_capnp::{terminal, terminal_info, terminal_observer, terminal_options, terminal_size};

use super::terminals;
use crate::args::term::Term;
use crate::commands::shell::not_started;
use crate::failure::Failure;
use crate::remote::Remote;
use crate::terminal::Size;

/// What programs elsewhere know as well as this machine does, by how it begins.
const KNOWN: [&str; 8] = ["xterm", "screen", "tmux", "linux", "vt100", "vt220", "rxvt", "dumb"];
const USUAL: &str = "xterm-256color";

/// A terminal, and what may be done with it.
pub(super) struct Wanted {
    pub(super) id: u32,
    pub(super) hold: Hold,
    /// Whether it was there before.
    pub(super) is_old: bool,
}

/// How it is held.
pub(super) enum Hold {
    Whole(terminal::Client),
    Watched(terminal_observer::Client),
}

impl Wanted {
    pub(super) async fn find(remote: &Remote, arguments: &Term) -> Result<Self, Failure> {
        let terminals = terminals(remote, &arguments.cap);
        if let Some(id) = arguments.attach.or(arguments.observe) {
            let mut request = terminals.attach_request();
            request.get().set_id(id);
            let answer = request.send().promise.await.map_err(unlisted)?;
            let terminal = answer.get()?.get_terminal()?;
            let hold = if arguments.observe.is_some() {
                // It is this narrower one alone that is held from here on.
                Hold::Watched(terminal.observe_request().send().promise.await?.get()?.get_observer()?)
            } else {
                Hold::Whole(terminal)
            };
            return Ok(Self { id, hold, is_old: true });
        }
        let mut request = terminals.open_request();
        options(arguments, request.get().init_options());
        let name = arguments.command.first().map_or("the login shell", String::as_str);
        let answer = request.send().promise.await;
        let answer = answer.map_err(|error| not_started(name, arguments.cwd.as_deref(), error))?;
        let answer = answer.get()?;
        let id = answer.get_info()?.get_id();
        Ok(Self { id, hold: Hold::Whole(answer.get_terminal()?), is_old: false })
    }

    /// The program has ended, and somebody has seen that: nobody needs the terminal any more.
    pub(super) async fn forget(&self) {
        if let Hold::Whole(terminal) = &self.hold {
            // It is only listed for longer where this fails.
            let _ = terminal.close_request().send().promise.await;
        }
    }

    /// Tells how it stands, once its program has ended; fails when it is lost.
    pub(super) async fn ended(&self) -> Result<Info, Failure> {
        match &self.hold {
            Hold::Whole(terminal) => Info::read(terminal.wait_request().send().promise.await?.get()?.get_info()?),
            Hold::Watched(observer) => Info::read(observer.wait_request().send().promise.await?.get()?.get_info()?),
        }
    }
}

/// What is told of a terminal whose program has ended.
#[derive(Clone, Debug)]
pub(super) struct Info {
    pub(super) exit_code: i32,
    pub(super) signal: String,
}

impl Info {
    pub(super) fn read(from: terminal_info::Reader<'_>) -> Result<Self, Failure> {
        Ok(Self { exit_code: from.get_exit_code(), signal: crate::remote::text(from.get_signal())? })
    }
}

fn options(arguments: &Term, mut options: terminal_options::Builder<'_>) {
    let mut command = options.reborrow().init_command(u32::try_from(arguments.command.len()).unwrap_or(u32::MAX));
    for (index, word) in (0..command.len()).zip(&arguments.command) {
        command.set(index, word);
    }
    options.set_cwd(arguments.cwd.as_deref().unwrap_or_default());
    let colour = std::env::var("COLORTERM").ok().filter(|value| !value.is_empty());
    let own = colour.iter().map(|value| ("COLORTERM", value.as_str()));
    let given = arguments.env.iter().map(|variable| (&*variable.name, &*variable.value));
    let variables: Vec<_> = own.chain(given).collect();
    let mut env = options.reborrow().init_env(u32::try_from(variables.len()).unwrap_or(u32::MAX));
    for (index, (name, value)) in (0..env.len()).zip(variables) {
        let mut to = env.reborrow().get(index);
        to.set_name(name);
        to.set_value(value);
    }
    size(Size::of_person(), options.reborrow().init_size());
    options.set_title(arguments.title.as_deref().unwrap_or_default());
    options.set_term(kind(std::env::var("TERM").ok().as_deref()));
}

pub(super) fn size(size: Size, mut to: terminal_size::Builder<'_>) {
    to.set_columns(size.columns.clamp(1, 1000));
    to.set_rows(size.rows.clamp(1, 1000));
}

/// What the program is to take the terminal for: what it is, or what those understand that nobody knows there.
fn kind(term: Option<&str>) -> &str {
    let is_known = |term: &&str| KNOWN.iter().any(|known| term.starts_with(known)) && !term.contains("kitty");
    term.filter(is_known).unwrap_or(USUAL)
}

/// One that is not there, with where to look.
pub(super) fn unlisted(error: capnp::Error) -> Failure {
    let failure = Failure::from(error);
    match &*failure.code {
        "service" | "badRequest" => failure.advise("See what is open: capos term --list"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_nobody_knows_there_is_a_usual_one() {
        for (own, expected) in [
            (Some("xterm-256color"), "xterm-256color"),
            (Some("tmux-256color"), "tmux-256color"),
            (Some("xterm-kitty"), "xterm-256color"),
            (Some("foot"), "xterm-256color"),
            (None, "xterm-256color"),
        ] {
            assert_eq!(kind(own), expected);
        }
    }
}

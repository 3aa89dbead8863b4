//! `capos term --console`: this terminal, lent to a service that talks in lines.
//!
//! [`desk`] is the person's place: it reads keys, or lines of a pipe, and shows what is written. [`session`] is what the
//! service holds of it.

mod desk;
mod row;
mod session;
#[cfg(test)]
mod tests;

use capos_schema::console_capnp::console;

use crate::args::target::Target;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::{Remote, within};
use crate::terminal::signals::{Ending, Endings, status};
use desk::Desk;

/// Talks until either has had enough.
pub(super) async fn run(cap: &str, words: &[String], target: &Target, output: &Output) -> Result<Exit, Failure> {
    let mut endings = Endings::new()?;
    let work = async |remote: &Remote| {
        let console: console::Client = remote.grant(cap);
        let desk = Desk::open()?;
        let mut request = console.run_request();
        request.get().set_terminal(session::lend(&desk));
        let mut arguments = request.get().init_arguments(u32::try_from(words.len()).unwrap_or(u32::MAX));
        for (index, word) in (0..arguments.len()).zip(words) {
            arguments.set(index, word);
        }
        let answer = request.send().promise;
        let exit = tokio::select! {
            answer = answer => status(answer?.get()?.get_exit_code()),
            ending = endings.next() => ending.status(),
            () = desk.listen() => Ending::Interrupt.status(),
        };
        desk.close().await;
        Ok(Exit::Remote(exit))
    };
    within(target, output, work).await.map_err(|failure| match &*failure.code {
        "interfaceMismatch" => failure.advise("What talks in lines has the interface Console: see `capos caps`."),
        _ => failure,
    })
}

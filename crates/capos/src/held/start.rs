//! Starting the background process, and answering what it asks.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::rc::Rc;

use capnp::Error;
use capos_client::Secret;
use futures::future::LocalBoxFuture;
use tokio::net::UnixStream;

use super::reach::Reached;
use super::wire::{self, Status};
use crate::failure::Failure;
use crate::generated::held_capnp::{prompter, starter};
use crate::prompt::{Ask, Question};
use crate::sign_in::Wish;

/// Starts the background process and has it sign in; it asks `person` meanwhile.
pub(crate) async fn start(wish: &Wish, name: &str, person: Rc<dyn Ask>) -> Result<Status, Failure> {
    let (starter, _): (starter::Client, _) = super::take(spawn()?);
    let mut request = starter.sign_in_request();
    wire::write_wish(wish, name, request.get().init_wish())?;
    request.get().set_prompter(capnp_rpc::new_client(Prompting(person)));
    let answer = request.send().promise.await.map_err(|_| broken())?;
    let answer = answer.get()?;
    if answer.get_done() {
        Ok(Status::read(answer.get_status()?)?)
    } else {
        Err(wire::read_trouble(answer.get_trouble()?)?)
    }
}

/// Extends a held session after a fresh proof of `person`'s, and tells until when.
pub(crate) async fn renew(reached: &Reached, duration_ms: u64, person: Rc<dyn Ask>) -> Result<u64, Failure> {
    let mut request = reached.held.renew_request();
    request.get().set_duration_ms(duration_ms);
    request.get().set_prompter(capnp_rpc::new_client(Prompting(person)));
    let answer = request.send().promise.await?;
    let answer = answer.get()?;
    if answer.get_done() { Ok(answer.get_expires_at_ms()) } else { Err(wire::read_trouble(answer.get_trouble()?)?) }
}

fn broken() -> Failure {
    Failure::failed("the background process that was to hold the session has ended")
}

/// Somebody holds a session of that name already.
pub(crate) fn already(name: &str) -> Failure {
    Failure::failed(format!("a session named `{name}` is held already"))
        .advise(format!("Use it, end it with `capos logout --node {name}`, or give this one another --name."))
}

fn spawn() -> Result<UnixStream, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("no background process could be started: {error}"));
    let (ours, theirs) = StdUnixStream::pair().map_err(failed)?;
    ours.set_nonblocking(true).map_err(failed)?;
    // The program that runs, even if its file has been replaced since.
    let mut command = Command::new("/proc/self/exe");
    command.arg0("capos").arg("background-session").current_dir("/");
    command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(failed)?;
    UnixStream::from_std(ours).map_err(failed)
}

/// Lets the background process ask the person here.
struct Prompting(Rc<dyn Ask>);

impl prompter::Server for Prompting {
    async fn ask(self: Rc<Self>, params: prompter::AskParams, mut results: prompter::AskResults) -> Result<(), Error> {
        let params = params.get()?;
        let question = Question {
            text: wire::text(params.get_prompt())?,
            secret: params.get_secret(),
            url: wire::text(params.get_url())?,
            user_code: wire::text(params.get_user_code())?,
        };
        if let Some(answer) = self.0.ask(question).await {
            results.get().set_answered(true);
            results.get().set_answer(answer.as_bytes());
        }
        Ok(())
    }

    async fn confirm(
        self: Rc<Self>,
        params: prompter::ConfirmParams,
        mut results: prompter::ConfirmResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let (endpoint, fingerprint) = (wire::text(params.get_endpoint())?, wire::text(params.get_fingerprint())?);
        results.get().set_confirmed(self.0.confirm(endpoint, fingerprint).await);
        Ok(())
    }

    async fn note(self: Rc<Self>, params: prompter::NoteParams, _: prompter::NoteResults) -> Result<(), Error> {
        self.0.note(wire::text(params.get()?.get_text())?).await;
        Ok(())
    }
}

/// The person at the terminal of another process. One who has gone answers nothing.
pub(super) struct Distant(pub(super) prompter::Client);

impl Distant {
    async fn answer(&self, question: Question) -> Result<Option<Secret>, Error> {
        let mut request = self.0.ask_request();
        request.get().set_prompt(&question.text);
        request.get().set_secret(question.secret);
        request.get().set_url(&question.url);
        request.get().set_user_code(&question.user_code);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        Ok(if answer.get_answered() { Some(answer.get_answer()?.to_vec().into()) } else { None })
    }
}

impl Ask for Distant {
    fn ask(&self, question: Question) -> LocalBoxFuture<'_, Option<Secret>> {
        Box::pin(async { self.answer(question).await.ok().flatten() })
    }

    fn confirm(&self, endpoint: String, fingerprint: String) -> LocalBoxFuture<'_, bool> {
        let mut request = self.0.confirm_request();
        request.get().set_endpoint(&endpoint);
        request.get().set_fingerprint(&fingerprint);
        let answer = request.send().promise;
        Box::pin(async { answer.await.is_ok_and(|answer| answer.get().is_ok_and(|answer| answer.get_confirmed())) })
    }

    fn note(&self, text: String) -> LocalBoxFuture<'_, ()> {
        let mut request = self.0.note_request();
        request.get().set_text(&text);
        let told = request.send().promise;
        Box::pin(async { drop(told.await) })
    }
}

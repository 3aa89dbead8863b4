//! Waits for a command's end, and passes on to it what this process is told meanwhile.

use std::io::{self, ErrorKind};
use std::time::Duration;

use capnp::Error;
use capnp::capability::Response;
use capos_schema::shell_capnp::shell_stream::{self, wait_results};
use futures::future::try_join_all;
use tokio::time::{Instant, sleep_until};

use super::ended::Ended;
use super::outlet::{Outlet, Told};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::terminal::signals::{Ending, Endings, status_of};

/// A second ctrl-C within this means it.
const TWICE: Duration = Duration::from_secs(1);
/// What a command that is killed may take to be gone before it is left to its place.
const KILLED: Duration = Duration::from_secs(1);
/// What one that is asked to end may take. It ends in any case once it is left.
const ASKED: Duration = Duration::from_secs(10);

/// A command that runs.
pub(super) struct Watch<'w> {
    stream: &'w shell_stream::Client,
    outlet: Outlet,
    output: &'w Output,
    interrupted: Option<Instant>,
    /// When it is left to its place, and what this command ends with then.
    leaving: Option<(Instant, Ending)>,
}

impl<'w> Watch<'w> {
    pub(super) fn new(stream: &'w shell_stream::Client, outlet: Outlet, output: &'w Output) -> Self {
        Self { stream, outlet, output, interrupted: None, leaving: None }
    }

    /// Waits until it has ended and all that it wrote is written. To return before lets go of it, which ends it.
    pub(super) async fn until_end(
        mut self,
        told: Told,
        feeding: impl Future<Output = ()>,
        endings: &mut Endings,
    ) -> Result<Exit, Failure> {
        let ended = ended(self.stream, told, self.outlet.written());
        let (mut ended, mut feeding) = (std::pin::pin!(ended), std::pin::pin!(feeding));
        let mut is_fed = false;
        loop {
            let leaving = self.leaving;
            tokio::select! {
                result = &mut ended => {
                    let ended = Ended::read(result?.get()?.get_result()?)?;
                    return ended.finish(self.outlet.lost(), self.output);
                }
                error = self.outlet.broken() => return broken(&error),
                ending = endings.next() => self.pass_on(ending),
                Some(ending) = left(leaving) => return Ok(Exit::Remote(ending.status())),
                () = &mut feeding, if !is_fed => is_fed = true,
            }
        }
    }

    fn pass_on(&mut self, ending: Ending) {
        let now = Instant::now();
        let again = self.interrupted.is_some_and(|at| now.duration_since(at) < TWICE);
        match ending {
            Ending::Interrupt if again => {
                self.kill("SIGKILL");
                self.leaving = Some((now + KILLED, ending));
            }
            Ending::Interrupt => {
                self.kill(ending.name());
                self.interrupted = Some(now);
            }
            Ending::End | Ending::HangUp => {
                self.kill(ending.name());
                let grace = if self.leaving.is_some() { Duration::ZERO } else { ASKED };
                self.leaving = Some((now + grace, ending));
            }
        }
    }

    fn kill(&self, signal: &str) {
        let mut request = self.stream.kill_request();
        request.get().set_signal(signal);
        let told = request.send().promise;
        // One that has ended meanwhile tells so itself.
        tokio::task::spawn_local(async move { drop(told.await) });
    }
}

async fn ended(
    stream: &shell_stream::Client,
    told: Told,
    written: impl Future<Output = Result<(), Error>>,
) -> Result<Response<wait_results::Owned>, Error> {
    try_join_all(told).await?;
    let result = stream.wait_request().send().promise.await?;
    written.await?;
    Ok(result)
}

async fn left(leaving: Option<(Instant, Ending)>) -> Option<Ending> {
    let (at, ending) = leaving?;
    sleep_until(at).await;
    Some(ending)
}

/// Nobody reads what the command writes: it ends as if it had written there itself.
fn broken(error: &io::Error) -> Result<Exit, Failure> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(Exit::Remote(status_of("SIGPIPE"))),
        _ => Err(Failure::failed(format!("what the command writes could not be written: {error}"))),
    }
}

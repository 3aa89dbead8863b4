//! What a service holds of the person's place: `TerminalSession`.

use std::cell::Cell;
use std::rc::Rc;

use capnp::Error;
use capos_schema::terminal_capnp::{LineEcho, LineStatus, terminal_session};
use capos_schema::{Code, Denial};

use super::desk::{Answer, Desk};
use crate::terminal::draft::LONGEST;

/// Text that may wait to be shown.
const BEHIND: usize = 1 << 20;
/// The longest line that anybody may ask for.
const LONGEST_ASKED: u32 = 64 << 10;

/// Lends the place to a service.
pub(super) fn lend(desk: &Rc<Desk>) -> terminal_session::Client {
    capnp_rpc::new_client(Session { desk: Rc::clone(desk), behind: Rc::default() })
}

struct Session {
    desk: Rc<Desk>,
    /// Bytes that wait to be shown.
    behind: Rc<Cell<usize>>,
}

/// Some of the bytes that wait, until they are shown or given up.
struct Waiting(Rc<Cell<usize>>, usize);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(self.1));
    }
}

impl Session {
    async fn show(&self, text: &str) -> Result<(), Error> {
        let behind = self.behind.get().saturating_add(text.len());
        // One text alone is never too much: a message has its own bound.
        if behind > BEHIND && self.behind.get() > 0 {
            return Err(Denial::new(Code::QuotaExceeded, "the terminal is too far behind").into());
        }
        self.behind.set(behind);
        let _waiting = Waiting(Rc::clone(&self.behind), text.len());
        self.desk.shown.lock().await.write(text).await.map_err(|_| gone())
    }
}

fn gone() -> Error {
    Error::disconnected("the terminal has gone".to_owned())
}

fn no_text() -> Error {
    Denial::new(Code::BadRequest, "what is shown has to be UTF-8").into()
}

impl terminal_session::Server for Session {
    async fn write(
        self: Rc<Self>,
        params: terminal_session::WriteParams,
        _: terminal_session::WriteResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let text = std::str::from_utf8(params.get_data()?).map_err(|_| no_text())?;
        self.show(text).await
    }

    async fn write_line(
        self: Rc<Self>,
        params: terminal_session::WriteLineParams,
        _: terminal_session::WriteLineResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let text = params.get_text()?.to_str().map_err(|_| no_text())?;
        self.show(&format!("{text}\n")).await
    }

    async fn read_line(
        self: Rc<Self>,
        params: terminal_session::ReadLineParams,
        mut results: terminal_session::ReadLineResults,
    ) -> Result<(), Error> {
        let request = params.get()?.get_request()?;
        let prompt = request.get_prompt()?.to_str().map_err(|_| no_text())?;
        let most = match request.get_max_bytes().min(LONGEST_ASKED) {
            0 => LONGEST,
            most => usize::try_from(most).unwrap_or(LONGEST),
        };
        // What nobody here knows yet is not shown.
        let hidden = request.get_echo() != Ok(LineEcho::Visible);
        let busy = || Denial::new(Code::TooManyCalls, "another line is being asked for");
        let asking = self.desk.ask().ok_or_else(busy)?;
        let answer = asking.line(prompt, most, hidden, request.get_allow_empty()).await.map_err(|_| gone())?;
        let mut told = results.get();
        match answer {
            Answer::Line(line) => {
                let line = zeroize::Zeroizing::new(line);
                told.set_status(LineStatus::Submitted);
                told.set_line(&line);
            }
            Answer::Cancelled => told.set_status(LineStatus::Cancelled),
            Answer::Closed => told.set_status(LineStatus::Closed),
        }
        Ok(())
    }
}

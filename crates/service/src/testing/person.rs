//! A person at a terminal, for tests of programs that talk in lines.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use capos_schema::console_capnp::console;
use capos_schema::terminal_capnp::{LineEcho, LineStatus, terminal_session};

use crate::console::Answer;
use crate::error::bad_request;

/// Answers by a script, and then goes away. What is shown and asked is kept.
#[derive(Default)]
pub struct Person {
    answers: RefCell<VecDeque<Answer>>,
    shown: RefCell<String>,
    asked: RefCell<Vec<(String, bool)>>,
    most: Cell<u32>,
}

impl Person {
    /// One who types these lines.
    #[must_use]
    pub fn typing<'l>(lines: impl IntoIterator<Item = &'l str>) -> Rc<Self> {
        Self::answering(lines.into_iter().map(|line| Answer::Line(line.to_owned())))
    }

    /// One who answers so.
    #[must_use]
    pub fn answering(answers: impl IntoIterator<Item = Answer>) -> Rc<Self> {
        Rc::new(Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() })
    }

    /// Talks with a program to the end, and gives its status.
    ///
    /// # Errors
    ///
    /// What the program fails with.
    pub async fn talk_to(self: &Rc<Self>, console: &console::Client, arguments: &[&str]) -> Result<i32, capnp::Error> {
        let mut request = console.run_request();
        request.get().set_terminal(capnp_rpc::new_client_from_rc::<terminal_session::Client, _>(self.clone()));
        let mut words = request.get().init_arguments(u32::try_from(arguments.len()).unwrap_or(u32::MAX));
        for (index, word) in (0..words.len()).zip(arguments) {
            words.set(index, word);
        }
        Ok(request.send().promise.await?.get()?.get_exit_code())
    }

    /// Everything that was shown so far.
    #[must_use]
    pub fn shown(&self) -> String {
        self.shown.borrow().clone()
    }

    /// Every prompt so far, and whether the answer to it was hidden.
    #[must_use]
    pub fn asked(&self) -> Vec<(String, bool)> {
        self.asked.borrow().clone()
    }

    /// The longest line that the last question allowed.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most.get()
    }

    fn show(&self, text: &str) {
        self.shown.borrow_mut().push_str(text);
    }
}

impl terminal_session::Server for Person {
    async fn write(
        self: Rc<Self>,
        params: terminal_session::WriteParams,
        _: terminal_session::WriteResults,
    ) -> Result<(), capnp::Error> {
        let text = std::str::from_utf8(params.get()?.get_data()?).map(str::to_owned);
        self.show(&text.map_err(|_| bad_request("what is shown is UTF-8"))?);
        Ok(())
    }

    async fn write_line(
        self: Rc<Self>,
        params: terminal_session::WriteLineParams,
        _: terminal_session::WriteLineResults,
    ) -> Result<(), capnp::Error> {
        self.show(&format!("{}\n", params.get()?.get_text()?.to_str()?));
        Ok(())
    }

    async fn read_line(
        self: Rc<Self>,
        params: terminal_session::ReadLineParams,
        mut results: terminal_session::ReadLineResults,
    ) -> Result<(), capnp::Error> {
        let request = params.get()?.get_request()?;
        let prompt = request.get_prompt()?.to_str()?.to_owned();
        self.show(&prompt);
        self.asked.borrow_mut().push((prompt, request.get_echo()? == LineEcho::Hidden));
        self.most.set(request.get_max_bytes());
        let answer = self.answers.borrow_mut().pop_front().unwrap_or(Answer::Closed);
        let mut told = results.get();
        match answer {
            Answer::Line(line) => {
                self.show(&format!("{line}\n"));
                told.set_status(LineStatus::Submitted);
                told.set_line(line.as_bytes());
            }
            Answer::Cancelled => told.set_status(LineStatus::Cancelled),
            Answer::Closed => told.set_status(LineStatus::Closed),
        }
        Ok(())
    }
}

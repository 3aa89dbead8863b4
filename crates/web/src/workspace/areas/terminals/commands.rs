//! What windows have done with terminals.

use std::rc::Rc;

use capos_schema::terminals_capnp::terminal_size;
use serde::Deserialize;

use super::TerminalsArea;
use super::lines::{most_runs, read_line};
use super::list::{Asked, Info};
use super::screen::LineView;
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, shown};

/// Columns and rows.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Size {
    columns: u16,
    rows: u16,
}

impl Size {
    fn tell(self, mut to: terminal_size::Builder<'_>) {
        to.set_columns(self.columns);
        to.set_rows(self.rows);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Open {
    /// Program and arguments; empty for the login shell.
    command: Vec<String>,
    #[serde(default)]
    title: String,
    size: Size,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Which {
    terminal: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Resize {
    terminal: Key,
    size: Size,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Input {
    terminal: Key,
    /// Who types, and the number of this among what it types: what is known already is not typed again.
    from: Key,
    number: u64,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Scrollback {
    terminal: Key,
    from: u32,
    count: u32,
}

shown! {
    /// The terminal that was opened.
    struct Opened {
        /// What windows call it by.
        terminal: Key,
    }

    /// Lines that have left a screen.
    struct ScrollbackView {
        /// The first is the newest of them.
        lines: Vec<LineView>,
        /// How many there are altogether.
        total: u32,
    }
}

pub(super) async fn act(area: Rc<TerminalsArea>, command: Command) -> Outcome {
    match command.name.as_str() {
        "open" => area.open(command.read::<Open>()?).await,
        "reopen" => area.reopen(command.read::<Resize>()?).await,
        "close" => area.close(command.read::<Which>()?.terminal).await,
        "resize" => area.resize(command.read::<Resize>()?).await,
        "input" => area.input(command.read::<Input>()?).await,
        "scrollback" => area.scrollback(command.read::<Scrollback>()?).await,
        _ => Err(command.unknown()),
    }
}

impl TerminalsArea {
    async fn open(&self, open: Open) -> Outcome {
        let asked = Asked { command: open.command, title: open.title };
        let terminal = self.open_one(asked, open.size).await?;
        Ok(Reply::of(&Opened { terminal }))
    }

    async fn open_one(&self, asked: Asked, size: Size) -> Result<Key, Problem> {
        let mut request = self.terminals().await?.open_request();
        let mut options = request.get().init_options();
        size.tell(options.reborrow().init_size());
        options.set_title(&*asked.title);
        let count = u32::try_from(asked.command.len()).unwrap_or(u32::MAX);
        let mut words = options.init_command(count);
        for (index, word) in (0..).zip(&asked.command) {
            words.set(index, word);
        }
        let answer = request.send().promise.await.map_err(|error| self.judge(&error))?;
        let read = || {
            let answer = answer.get()?;
            Ok((Info::read(answer.get_info()?)?, answer.get_terminal()?))
        };
        let (info, terminal) = read().map_err(|error: capnp::Error| self.judge(&error))?;
        let key = self.list.borrow_mut().add(info, terminal, asked).key;
        self.changed();
        Ok(key)
    }

    /// The same anew, in the place of one that has ended.
    async fn reopen(&self, reopen: Resize) -> Outcome {
        let before = self.find(reopen.terminal)?;
        let asked = before.asked.get().cloned();
        let elsewhere = || Problem::bad_request("This terminal was opened elsewhere: open one anew instead.");
        let terminal = self.open_one(asked.ok_or_else(elsewhere)?, reopen.size).await?;
        // The new one is there, whatever becomes of the old one.
        let _ = self.close(before.key).await;
        Ok(Reply::of(&Opened { terminal }))
    }

    async fn close(&self, key: Key) -> Outcome {
        let kept = self.find(key)?;
        if kept.is_there() {
            let terminal = self.terminal(&kept).await?;
            terminal.close_request().send().promise.await.map_err(|error| self.judge_of(&kept, &error))?;
        }
        self.list.borrow_mut().remove(key);
        self.changed();
        Ok(Reply::done())
    }

    async fn resize(&self, resize: Resize) -> Outcome {
        let kept = self.find(resize.terminal)?;
        let mut request = self.terminal(&kept).await?.resize_request();
        resize.size.tell(request.get().init_size());
        request.send().promise.await.map_err(|error| self.judge_of(&kept, &error))?;
        Ok(Reply::done())
    }

    /// Its place is settled before anything is awaited that others could pass.
    async fn input(&self, input: Input) -> Outcome {
        let kept = self.find(input.terminal)?;
        let terminal = self.terminal(&kept).await?;
        if kept.typing.borrow_mut().is_new(input.from, input.number, self.limits.typists) {
            let mut request = terminal.input_request();
            request.get().set_data(input.text.as_bytes());
            request.send().await.map_err(|error| self.judge_of(&kept, &error))?;
        }
        Ok(Reply::done())
    }

    async fn scrollback(&self, asked: Scrollback) -> Outcome {
        let kept = self.find(asked.terminal)?;
        let mut request = self.terminal(&kept).await?.scrollback_request();
        let count = asked.count.min(self.limits.scrollback_lines);
        request.get().set_from(asked.from);
        request.get().set_count(count);
        let answer = request.send().promise.await.map_err(|error| self.judge_of(&kept, &error))?;
        let read = || {
            let answer = answer.get()?;
            let most = most_runs(u16::try_from(count).unwrap_or(u16::MAX), &self.limits);
            let lines = answer.get_lines()?.iter().take(usize::try_from(count).unwrap_or(usize::MAX));
            let lines = lines.map(|line| read_line(line, self.limits.columns, most)).collect::<Result<_, _>>()?;
            Ok(ScrollbackView { lines, total: answer.get_total() })
        };
        let view = read().map_err(|error: capnp::Error| self.judge_of(&kept, &error))?;
        Ok(Reply::of(&view))
    }

    fn changed(&self) {
        self.show_list();
        self.stale.notify_one();
    }
}

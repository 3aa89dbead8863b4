//! All tasks of a session as commands, for any client that draws controls for those.

use std::rc::Rc;

use capos_sandbox::tree::Exit;
use capos_schema::Denial;
use capos_service::commands::{self, Arguments, Commands, Menu};

use crate::commands::Outcome;
use crate::service::Seat;

/// The tasks, on behalf of one session.
pub(super) struct Surface(pub(super) Rc<Seat>);

impl Commands for Surface {
    fn menu(&self) -> Menu {
        let tasks = self.0.ground.tasks.values();
        tasks.fold(Menu::new("Tasks"), |menu, task| menu.with(task.command.clone()))
    }

    async fn invoke(&self, command: &str, arguments: &Arguments) -> commands::Outcome {
        let Some(task) = self.0.ground.tasks.get(command) else {
            return commands::Outcome::refused("there is no such task");
        };
        match task.run(&self.0, arguments).await {
            Ok(outcome) => told(&outcome),
            Err(error) => commands::Outcome::refused(sentence(&error)),
        }
    }
}

fn sentence(error: &capnp::Error) -> String {
    Denial::from_error(error).map_or_else(|| error.extra.clone(), |denial| denial.sentence.into_owned())
}

/// What it wrote, and how it ended where it did not end well.
fn told(outcome: &Outcome) -> commands::Outcome {
    let written = [&*outcome.output, &*outcome.errors].concat();
    let mut text = String::from_utf8_lossy(&written).trim_end().to_owned();
    let ending = match outcome.exit {
        _ if outcome.timed_out => Some("It took too long and was ended.".to_owned()),
        Exit::Code(0) => None,
        Exit::Code(code) => Some(format!("It ended with {code}.")),
        Exit::Signal(_) => Some(format!("It was ended by {}.", outcome.signal())),
    };
    let done = ending.is_none();
    if let Some(ending) = ending {
        text = if text.is_empty() { ending } else { format!("{ending}\n{text}") };
    } else if text.is_empty() {
        text = "Done.".to_owned();
    }
    commands::Outcome { done, text }
}

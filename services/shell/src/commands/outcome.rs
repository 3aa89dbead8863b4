//! What came of a command.

use std::time::Duration;

use capos_sandbox::tree::Exit;
use capos_schema::shell_capnp::shell_result;

use super::ending;
use crate::settings::values::MESSAGE_ROOM;

/// What came of a command, as its result tells it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) exit: Exit,
    pub(crate) output: Vec<u8>,
    pub(crate) errors: Vec<u8>,
    pub(crate) duration: Duration,
    pub(crate) truncated: bool,
    pub(crate) timed_out: bool,
}

/// A program that is not there, or cannot be run: what a shell says and answers then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    NotFound,
    NotExecutable,
}

impl Outcome {
    /// Of a command that never ran.
    pub(crate) fn unfit(program: &str, unfit: Unfit) -> Self {
        let (code, why) = match unfit {
            Unfit::NotFound => (127, "command not found"),
            Unfit::NotExecutable => (126, "cannot be executed"),
        };
        Self {
            exit: Exit::Code(code),
            output: Vec::new(),
            errors: format!("{program}: {why}\n").into_bytes(),
            duration: Duration::ZERO,
            truncated: false,
            timed_out: false,
        }
    }

    /// The name of the signal that ended it; empty where none did.
    pub(crate) fn signal(&self) -> std::borrow::Cow<'static, str> {
        ending::signal(self.exit)
    }

    /// Writes it, as bytes or as texts.
    pub(crate) fn write(&self, mut to: shell_result::Builder<'_>, bytes: bool) {
        to.set_exit_code(ending::code(self.exit));
        to.set_signal(&*self.signal());
        to.set_success(self.exit == Exit::Code(0));
        to.set_duration(u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX));
        to.set_timed_out(self.timed_out);
        if bytes {
            to.set_stdout_data(&self.output);
            to.set_stderr_data(&self.errors);
            to.set_truncated(self.truncated);
        } else {
            let (output, errors, cut) = texts(&self.output, &self.errors, MESSAGE_ROOM);
            to.set_stdout(&*output);
            to.set_stderr(&*errors);
            to.set_truncated(self.truncated || cut);
        }
    }
}

/// Both as texts that take so much room at most, and whether something had to be cut: what is no UTF-8 takes up to three
/// times as much as text. What is shorter stays whole where it can.
fn texts(output: &[u8], errors: &[u8], room: usize) -> (String, String, bool) {
    let (mut output, mut errors) = (lossy(output), lossy(errors));
    if output.len() + errors.len() <= room {
        return (output, errors, false);
    }
    let half = room / 2;
    let (for_output, for_errors) = match (output.len() <= half, errors.len() <= half) {
        (true, _) => (output.len(), room - output.len()),
        (_, true) => (room - errors.len(), errors.len()),
        _ => (half, half),
    };
    cut(&mut output, for_output);
    cut(&mut errors, for_errors);
    (output, errors, true)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn cut(text: &mut String, most: usize) {
    text.truncate(text.floor_char_boundary(most));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_the_room_and_the_shorter_one_stays_whole() {
        assert_eq!(texts(b"12345", b"678", 8), ("12345".into(), "678".into(), false));
        assert_eq!(texts(b"123456", b"678", 8), ("12345".into(), "678".into(), true));
        assert_eq!(texts(b"12", b"6789012", 8), ("12".into(), "678901".into(), true));
        assert_eq!(texts(b"12345", b"67890", 8), ("1234".into(), "6789".into(), true));
        assert_eq!(texts(b"\xff\xff\xff", b"", 8), ("\u{fffd}\u{fffd}".into(), "".into(), true));
    }
}

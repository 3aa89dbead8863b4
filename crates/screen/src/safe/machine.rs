//! Sequences told apart, in whatever pieces they come.

use super::{Policy, policy};
use crate::utf8::may_go_on;

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;
const CANCEL: u8 = 0x18;
const SUBSTITUTE: u8 = 0x1a;

/// Longer than any sequence that draws: a colour takes 20 bytes, and few put more than three in one.
const MOST_OF_A_SEQUENCE: usize = 256;
/// A title, or a link of the length that browsers take.
const MOST_OF_A_COMMAND: usize = 4 << 10;
/// What the clipboard is given, encoded.
const MOST_OF_A_CLIPBOARD: usize = 128 << 10;

/// Where in the bytes a filter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between sequences; a character may have begun.
    Ground,
    /// After ESC and perhaps intermediate bytes.
    Escape,
    /// After `ESC [`.
    Control,
    /// After `ESC ]`: a command for the terminal's surroundings.
    Command { escaped: bool },
    /// Within a string that never passes, up to its end.
    Refused { escaped: bool },
}

/// Lets pass what is safe; see [the module](super).
#[derive(Clone, Debug)]
pub struct Filter {
    policy: Policy,
    state: State,
    /// The sequence or character that has begun, from its first byte.
    held: Vec<u8>,
    /// What is held will not pass, however it goes on.
    spoiled: bool,
}

impl Filter {
    /// A filter at the beginning of a program's output.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, state: State::Ground, held: Vec::new(), spoiled: false }
    }

    /// Appends to `out` what of `bytes` may pass. A sequence that is not whole yet waits for its rest.
    pub fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while let [byte, after @ ..] = rest {
            if self.state == State::Ground && self.held.is_empty() && is_printable(*byte) {
                let plain = rest.iter().position(|byte| !is_printable(*byte)).unwrap_or(rest.len());
                let (text, more) = rest.split_at(plain);
                out.extend_from_slice(text);
                rest = more;
                continue;
            }
            self.step(*byte, out);
            rest = after;
        }
    }

    /// The sequence or character that has begun and not ended, from its first byte: with this before them, the bytes
    /// that come next mean to another filter or terminal what they mean here.
    #[must_use]
    pub fn begun(&self) -> Vec<u8> {
        let mut begun = self.held.clone();
        if self.state == (State::Refused { escaped: true }) {
            begun.push(ESCAPE);
        }
        begun
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.state {
            State::Ground => self.ground(byte, out),
            State::Escape => self.escape(byte, out),
            State::Control => self.control(byte, out),
            State::Command { escaped } => self.command(byte, escaped, out),
            State::Refused { escaped } => self.refused(byte, escaped, out),
        }
    }

    fn ground(&mut self, byte: u8, out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            return self.character(byte, out);
        }
        match byte {
            ESCAPE => self.begin(State::Escape),
            0x80.. => self.character(byte, out),
            _ if is_printable(byte) || policy::passes_control(byte) => out.push(byte),
            _ => {}
        }
    }

    /// A character beyond ASCII, or what is none: the terminal gets the sign for that, since a byte of it may be a
    /// control character to a terminal that reads otherwise.
    fn character(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.held.push(byte);
        if may_go_on(&self.held) {
            return;
        }
        let held = std::mem::take(&mut self.held);
        match std::str::from_utf8(&held) {
            Ok(text) => self.print(text, out),
            Err(_) => {
                self.print("\u{fffd}", out);
                // What broke it off begins something itself, unless it was broken from its first byte on.
                if held.len() > 1 {
                    self.ground(byte, out);
                }
            }
        }
    }

    fn print(&self, text: &str, out: &mut Vec<u8>) {
        match self.policy.unicode {
            _ if text.contains(char::is_control) => {}
            true => out.extend_from_slice(text.as_bytes()),
            false => out.push(b'?'),
        }
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'[' if self.held.len() == 1 => self.go_on(State::Control, byte),
            b']' if self.held.len() == 1 => self.go_on(State::Command { escaped: false }, byte),
            // `ESC k` begins a title in one family of terminals.
            b'P' | b'X' | b'^' | b'_' | b'k' if self.held.len() == 1 => {
                self.go_on(State::Refused { escaped: false }, byte);
            }
            b' '..=b'/' => self.hold(byte, MOST_OF_A_SEQUENCE),
            b'0'..=b'~' => {
                self.hold(byte, MOST_OF_A_SEQUENCE);
                self.end(out, policy::passes_escape);
            }
            _ => self.interrupted(byte, out),
        }
    }

    fn control(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b' '..=b'?' => self.hold(byte, MOST_OF_A_SEQUENCE),
            b'@'..=b'~' => {
                self.hold(byte, MOST_OF_A_SEQUENCE);
                self.end(out, policy::passes_control_sequence);
            }
            _ => self.interrupted(byte, out),
        }
    }

    /// What terminals do with a byte that no sequence has: a control character takes effect at once and the sequence
    /// goes on, unless it is one that breaks it off.
    fn interrupted(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            CANCEL | SUBSTITUTE => self.rest(),
            ESCAPE => self.begin(State::Escape),
            0x80.. => {
                self.rest();
                self.ground(byte, out);
            }
            _ if policy::passes_control(byte) => out.push(byte),
            _ => {}
        }
    }

    fn command(&mut self, byte: u8, escaped: bool, out: &mut Vec<u8>) {
        let most = if policy::sets_clipboard(&self.held) { MOST_OF_A_CLIPBOARD } else { MOST_OF_A_COMMAND };
        match byte {
            b'\\' if escaped => {
                self.hold(byte, most);
                self.end(out, policy::passes_command);
            }
            _ if escaped => {
                self.begin(State::Escape);
                self.step(byte, out);
            }
            BELL => {
                self.hold(byte, most);
                self.end(out, policy::passes_command);
            }
            ESCAPE => self.go_on(State::Command { escaped: true }, byte),
            CANCEL | SUBSTITUTE => self.rest(),
            0..=0x1f => self.spoil(),
            _ => self.hold(byte, most),
        }
    }

    fn refused(&mut self, byte: u8, escaped: bool, out: &mut Vec<u8>) {
        match byte {
            b'\\' if escaped => self.rest(),
            ESCAPE => self.state = State::Refused { escaped: true },
            _ if escaped => {
                self.begin(State::Escape);
                self.step(byte, out);
            }
            CANCEL | SUBSTITUTE => self.rest(),
            _ => {}
        }
    }

    /// A sequence is whole.
    fn end(&mut self, out: &mut Vec<u8>, passes: fn(&[u8], Policy) -> bool) {
        if !self.spoiled && passes(&self.held, self.policy) {
            out.extend_from_slice(&self.held);
        }
        self.rest();
    }

    fn begin(&mut self, state: State) {
        self.rest();
        self.state = state;
        self.held.push(ESCAPE);
    }

    fn go_on(&mut self, state: State, byte: u8) {
        self.state = state;
        self.held.push(byte);
    }

    fn hold(&mut self, byte: u8, most: usize) {
        if self.held.len() < most {
            self.held.push(byte);
        } else {
            self.spoil();
        }
    }

    /// Nothing of this sequence passes. What it began with is kept, for it says how it ends.
    fn spoil(&mut self) {
        self.spoiled = true;
    }

    fn rest(&mut self) {
        self.state = State::Ground;
        self.held.clear();
        self.held.shrink_to(MOST_OF_A_COMMAND);
        self.spoiled = false;
    }
}

fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

//! Keys that are meant for the command itself and not for the program in the terminal, as ssh has them: `~` at the
//! beginning of a line, and another one after it.

/// Told for `~?`.
pub(crate) const HELP: &str = "\
~.   leave; the terminal goes on, and can be attached again
~^Z  suspend this program
~?   this list
~~   a tilde
They count at the beginning of a line only.";

/// What keys come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// What was typed for the program.
    Send(Vec<u8>),
    Leave,
    Suspend,
    Help,
}

/// What stands between the keys and the program.
#[derive(Debug)]
pub(crate) struct Escapes {
    /// Nothing where every key is the program's.
    key: Option<u8>,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Beginning,
    Inside,
    Escaped,
}

impl Escapes {
    pub(crate) fn new(key: Option<u8>) -> Self {
        Self { key, at: At::Beginning }
    }

    /// Takes what a terminal sends.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Key> {
        let Some(escape) = self.key else { return vec![Key::Send(bytes.to_vec())] };
        let (mut keys, mut typed) = (Vec::new(), Vec::new());
        for &byte in bytes {
            match (self.at, byte) {
                (At::Beginning, byte) if byte == escape => self.at = At::Escaped,
                (At::Escaped, b'.') => self.command(&mut keys, &mut typed, Key::Leave),
                (At::Escaped, 0x1a) => self.command(&mut keys, &mut typed, Key::Suspend),
                (At::Escaped, b'?') => self.command(&mut keys, &mut typed, Key::Help),
                (At::Escaped, byte) => {
                    // What was held back was no command, unless it stands for itself.
                    typed.extend((byte != escape).then_some(escape));
                    self.plain(byte, &mut typed);
                }
                (At::Beginning | At::Inside, byte) => self.plain(byte, &mut typed),
            }
        }
        if !typed.is_empty() {
            keys.push(Key::Send(typed));
        }
        keys
    }

    fn plain(&mut self, byte: u8, typed: &mut Vec<u8>) {
        typed.push(byte);
        self.at = if matches!(byte, b'\r' | b'\n') { At::Beginning } else { At::Inside };
    }

    fn command(&mut self, keys: &mut Vec<Key>, typed: &mut Vec<u8>, command: Key) {
        if !typed.is_empty() {
            keys.push(Key::Send(std::mem::take(typed)));
        }
        keys.push(command);
        self.at = At::Beginning;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(bytes: &str) -> Key {
        Key::Send(bytes.as_bytes().to_vec())
    }

    fn keys(bytes: &str) -> Vec<Key> {
        Escapes::new(Some(b'~')).feed(bytes.as_bytes())
    }

    #[test]
    fn commands_stand_at_the_beginning_of_a_line() {
        for (typed, expected) in [
            ("~.", vec![Key::Leave]),
            ("ls\r~.", vec![send("ls\r"), Key::Leave]),
            ("ls ~.", vec![send("ls ~.")]),
            ("~\u{1a}x", vec![Key::Suspend, send("x")]),
            ("~?~.", vec![Key::Help, Key::Leave]),
            ("~~.", vec![send("~.")]),
            ("~/file\r", vec![send("~/file\r")]),
            ("~\r~.", vec![send("~\r"), Key::Leave]),
            ("", vec![]),
        ] {
            assert_eq!(keys(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn keys_come_one_by_one_too() {
        let mut escapes = Escapes::new(Some(b'~'));
        assert_eq!(escapes.feed(b"\r"), [send("\r")]);
        assert_eq!(escapes.feed(b"~"), []);
        assert_eq!(escapes.feed(b"x"), [send("~x")]);
        assert_eq!((escapes.feed(b"\n~"), escapes.feed(b".")), (vec![send("\n")], vec![Key::Leave]));
    }

    #[test]
    fn another_key_or_none_can_be_chosen() {
        assert_eq!(Escapes::new(Some(b'%')).feed(b"~.\r%."), [send("~.\r"), Key::Leave]);
        assert_eq!(Escapes::new(None).feed(b"~."), [send("~.")]);
    }
}

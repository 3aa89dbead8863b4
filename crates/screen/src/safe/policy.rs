//! The list of what passes.
//!
//! It has nothing that draws and that [`Screen`](crate::Screen) does not understand: a person's terminal shows what a
//! screen drawn anew would show.

use super::Policy;

/// Control characters that move the cursor, ring the bell or choose a character set. ENQ, which makes some terminals
/// type an answer, and the flow control are none of them.
pub(super) fn passes_control(byte: u8) -> bool {
    matches!(byte, 0x07..=0x0f)
}

/// `ESC`, intermediates, final byte.
pub(super) fn passes_escape(sequence: &[u8], _: Policy) -> bool {
    match sequence {
        // Cursor kept and put back, keypad, line feeds, tabulators, reset, and the question what kind of terminal it is.
        [_, b'7' | b'8' | b'=' | b'>' | b'D' | b'E' | b'H' | b'M' | b'c' | b'Z'] => true,
        // The test picture.
        [_, b'#', b'8'] => true,
        // ASCII, and lines and corners.
        [_, b'(' | b')', b'0' | b'B'] => true,
        // Neither `ESC % @`, which leaves UTF-8, nor `ESC SP G`, after which the terminal's answers have eight bits.
        [_, b'%', b'G'] => true,
        _ => false,
    }
}

/// `ESC [`, a mark, numbers, intermediates, final byte.
struct Control<'a> {
    mark: Option<u8>,
    numbers: &'a [u8],
    intermediates: &'a [u8],
    last: u8,
}

impl<'a> Control<'a> {
    /// Nothing where the parts are not in their order: terminals differ in what they make of that.
    fn parse(sequence: &'a [u8]) -> Option<Self> {
        let (last, body) = sequence.get(2..)?.split_last()?;
        let (mark, body) = match body {
            [mark @ b'<'..=b'?', body @ ..] => (Some(*mark), body),
            _ => (None, body),
        };
        let end = body.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':')).unwrap_or(body.len());
        let (numbers, intermediates) = body.split_at(end);
        let proper = intermediates.iter().all(|byte| (b' '..=b'/').contains(byte));
        proper.then_some(Self { mark, numbers, intermediates, last: *last })
    }

    /// The numbers; one that is left out is nothing, as is one too large to mean anything.
    fn numbers(&self) -> impl Iterator<Item = Option<u16>> {
        let numbers = self.numbers.split(|byte| *byte == b';' || *byte == b':');
        numbers.map(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
    }

    fn all_of(&self, allowed: fn(u16) -> bool) -> bool {
        self.numbers().all(|number| number.is_some_and(allowed))
    }

    fn first(&self) -> u16 {
        self.numbers().next().flatten().unwrap_or(0)
    }
}

pub(super) fn passes_control_sequence(sequence: &[u8], policy: Policy) -> bool {
    let Some(control) = Control::parse(sequence) else {
        return false;
    };
    match (control.mark, control.intermediates) {
        (None, []) => passes_plain(&control, policy),
        (Some(b'?'), []) => passes_private(&control),
        // What version of which kind the terminal is.
        (Some(b'>'), []) => control.last == b'c' && control.first() == 0,
        // The cursor's form, and which mode is on.
        (None, b" ") => control.last == b'q',
        (None | Some(b'?'), b"$") => control.last == b'p',
        _ => false,
    }
}

fn passes_plain(control: &Control<'_>, policy: Policy) -> bool {
    match control.last {
        b'@' | b'A'..=b'M' | b'P' | b'S' | b'X' | b'Z' | b'`' | b'a' | b'd'..=b'g' | b'm' | b'r' | b's' | b'u' => true,
        // The last character again, as often as a line has places: more is only work for whoever shows it.
        b'b' => control.numbers.is_empty() || control.all_of(|count| count <= crate::Size::MOST),
        // With more numbers it follows the mouse, and types what it sees.
        b'T' => control.numbers().count() == 1,
        b'c' => control.first() == 0,
        // Insertion and new line: the others lock the keyboard and echo what is typed.
        b'h' | b'l' => control.all_of(|mode| matches!(mode, 4 | 20)),
        b'n' => control.all_of(|question| matches!(question, 5 | 6)),
        b't' => passes_window(control, policy),
        _ => false,
    }
}

/// Sizes may be asked for, and a title put aside and back: all else moves the window or types what it is called.
fn passes_window(control: &Control<'_>, policy: Policy) -> bool {
    match control.first() {
        14 | 16 | 18 => control.numbers().count() == 1,
        22 | 23 => policy.title,
        _ => false,
    }
}

fn passes_private(control: &Control<'_>) -> bool {
    match control.last {
        b'h' | b'l' => control.all_of(is_safe_mode),
        b'n' => control.all_of(|question| question == 6),
        _ => false,
    }
}

/// Modes that change how things are drawn, what a mouse sends, and which screen is shown. Those that resize, leave the
/// terminal's own language, or change what a key sends beyond the cursor's and the number pad's are none of them.
fn is_safe_mode(mode: u16) -> bool {
    matches!(mode, 1 | 5..=7 | 12 | 25 | 47 | 66 | 1000 | 1002..=1007 | 1015 | 1034 | 1047..=1049 | 2004 | 2026)
}

/// Whether a command that has begun is one for the clipboard, which may be longer than others.
pub(super) fn sets_clipboard(begun: &[u8]) -> bool {
    begun.starts_with(b"\x1b]52;")
}

/// `ESC ]`, a number, text, and BEL or `ESC \`.
pub(super) fn passes_command(sequence: &[u8], policy: Policy) -> bool {
    let body = sequence.strip_prefix(b"\x1b]").unwrap_or_default();
    let body = body.strip_suffix(b"\x07").or_else(|| body.strip_suffix(b"\x1b\\"));
    let Some(body) = body.and_then(|body| std::str::from_utf8(body).ok()) else {
        return false;
    };
    if body.contains(char::is_control) || (!policy.unicode && !body.is_ascii()) {
        return false;
    }
    let (number, text) = body.split_once(';').unwrap_or((body, ""));
    match number {
        "0" | "1" | "2" => policy.title,
        "4" | "10" | "11" | "12" | "104" | "110" | "111" | "112" => asks_for_colours(text),
        "8" => is_link(text),
        "52" => policy.clipboard && is_clipboard(text),
        _ => false,
    }
}

/// Which colour is which, and the end of what was changed. A program that set colours could hide what it writes, and
/// they would stay when it has gone.
fn asks_for_colours(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'?' | b';'))
}

/// A link to somewhere that a browser or a mail program opens, or the end of one.
fn is_link(text: &str) -> bool {
    let Some((_, address)) = text.split_once(';') else {
        return false;
    };
    let known = ["http://", "https://", "mailto:"].iter().any(|scheme| address.starts_with(scheme));
    text.bytes().all(|byte| byte.is_ascii_graphic()) && (address.is_empty() || known)
}

/// Which clipboard, and what in base64; a `?` would ask for what is in it.
fn is_clipboard(text: &str) -> bool {
    let Some((which, data)) = text.split_once(';') else {
        return false;
    };
    which.bytes().all(|byte| matches!(byte, b'c' | b'p' | b'q' | b's' | b'0'..=b'7'))
        && data.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

//! What a line means.

/// What `/help` says.
pub(super) const HELP: &str = "\
/who [CHANNEL]      who is there
/join CHANNEL       enter a channel, and speak there
/leave [CHANNEL]    go out of it
/msg HANDLE WORDS   say something to one person; a name with blanks stands in quotation marks
/channels           what channels there are
/history [NUMBER]   what was said before
/quit               leave
//…                 say a line that begins with /";

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Nothing,
    Say(String),
    Who(Option<String>),
    Join(String),
    Leave(Option<String>),
    Direct {
        handle: String,
        text: String,
    },
    Channels,
    History(Option<u16>),
    Help,
    Quit,
    /// A command that is none.
    Unknown(String),
    /// A command without what it needs; how it is written.
    Incomplete(&'static str),
}

/// What the line means. Of a program's, which may begin with `/` for reasons of its own, what is no command is said.
pub(super) fn parse_line(line: &str, is_of_person: bool) -> Line {
    let line = line.trim_end();
    if line.trim().is_empty() {
        return Line::Nothing;
    }
    let Some(command) = line.strip_prefix('/') else { return Line::Say(line.to_owned()) };
    if command.starts_with('/') {
        return Line::Say(command.to_owned());
    }
    let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
    let rest = rest.trim();
    let one = || (!rest.is_empty()).then(|| rest.to_owned());
    match word {
        "who" => Line::Who(one()),
        "join" => one().map_or(Line::Incomplete("/join CHANNEL"), Line::Join),
        "leave" => Line::Leave(one()),
        "msg" => direct(rest).unwrap_or(Line::Incomplete("/msg HANDLE WORDS")),
        "channels" => Line::Channels,
        "history" if rest.is_empty() => Line::History(None),
        "history" => rest.parse().map_or(Line::Incomplete("/history [NUMBER]"), |most| Line::History(Some(most))),
        "help" => Line::Help,
        "quit" => Line::Quit,
        unknown if is_of_person => Line::Unknown(unknown.to_owned()),
        _ => Line::Say(line.to_owned()),
    }
}

fn direct(rest: &str) -> Option<Line> {
    let (handle, text) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => rest.split_once(' ')?,
    };
    let (handle, text) = (handle.trim(), text.trim());
    let is_whole = !handle.is_empty() && !text.is_empty();
    is_whole.then(|| Line::Direct { handle: handle.to_owned(), text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_said_and_commands_obeyed() {
        let said = |text: &str| Line::Say(text.to_owned());
        let some = |text: &str| Some(text.to_owned());
        let direct = |handle: &str| Line::Direct { handle: handle.to_owned(), text: "a b".to_owned() };
        for (line, meant) in [
            ("hello ", said("hello")),
            ("  ", Line::Nothing),
            ("//etc", said("/etc")),
            ("/who", Line::Who(None)),
            ("/who here", Line::Who(some("here"))),
            ("/join here", Line::Join("here".to_owned())),
            ("/join", Line::Incomplete("/join CHANNEL")),
            ("/leave", Line::Leave(None)),
            ("/msg ada a b", direct("ada")),
            ("/msg \"ada l\" a b", direct("ada l")),
            ("/msg \"ada a b", Line::Incomplete("/msg HANDLE WORDS")),
            ("/msg ada", Line::Incomplete("/msg HANDLE WORDS")),
            ("/history", Line::History(None)),
            ("/history 7", Line::History(Some(7))),
            ("/history many", Line::Incomplete("/history [NUMBER]")),
            ("/quit", Line::Quit),
            ("/quiet", Line::Unknown("quiet".to_owned())),
        ] {
            assert_eq!(parse_line(line, true), meant, "{line}");
        }
    }

    #[test]
    fn a_program_may_say_what_begins_with_a_stroke() {
        assert_eq!(parse_line("/usr/bin/cc: error", false), Line::Say("/usr/bin/cc: error".to_owned()));
        assert_eq!(parse_line("/quit", false), Line::Quit);
    }
}

//! The services that are compiled into this program.
//!
//! Each runs in a confined process of its own: this very executable, started by the node's runner with the hidden words
//! `bundled-service NAME`. Those are looked for before the command line is parsed, so that a service's process carries
//! nothing of a command's.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

/// The word that makes this program a service.
const WORD: &str = "bundled-service";

/// A service with a profile of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bundled {
    Chat,
    Adventure,
    Paperclips,
    Shell,
}

impl Bundled {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Chat, Self::Adventure, Self::Paperclips, Self::Shell];

    /// Its profile's id.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Adventure => "adventure",
            Self::Paperclips => "paperclips",
            Self::Shell => "shell",
        }
    }

    /// The service of that id.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }

    /// Its profile.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Chat => capos_chat::PROFILE,
            Self::Adventure => capos_adventure::PROFILE,
            Self::Paperclips => capos_paperclips::PROFILE,
            Self::Shell => capos_shell::PROFILE,
        }
    }
}

/// Runs the service that this process was started as, if it was.
pub(crate) fn run_if_service(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let _program = arguments.next()?;
    if arguments.next()? != OsStr::new(WORD) {
        return None;
    }
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let named: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match &named[..] {
        ["chat"] => capos_chat::run(),
        ["adventure"] => capos_adventure::run(),
        ["adventure-npc", ..] => capos_adventure::run_npc(words.get(1..).unwrap_or_default()),
        ["paperclips"] => capos_paperclips::run(),
        ["shell"] => capos_shell::run(),
        // A profile of somebody's own names what is not here: the runner sees the process end.
        _ => ExitCode::FAILURE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_commands_are_no_services() {
        for line in [&["capos"][..], &["capos", "up"], &["capos", "call", WORD]] {
            assert!(run_if_service(line.iter().map(OsString::from)).is_none(), "{line:?}");
        }
    }

    #[test]
    fn a_service_that_is_not_here_ends_at_once() {
        let exit = run_if_service(["capos", WORD, "nothing"].iter().map(OsString::from));
        assert_eq!(format!("{exit:?}"), format!("{:?}", Some(ExitCode::FAILURE)));
    }

    #[test]
    fn each_has_its_id() {
        assert!(Bundled::ALL.into_iter().all(|one| Bundled::parse(one.id()) == Some(one)));
        assert_eq!(Bundled::parse("greeter"), None);
    }
}

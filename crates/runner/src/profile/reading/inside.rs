//! What is said of a service's surroundings.

use std::path::{Path, PathBuf};

use capos_sandbox::{Network, Root};
use toml::de::DeValue;

use super::Reading;
use crate::profile::section::Section;
use crate::profile::values::{self, Value};
use crate::profile::{Dwelling, Inside, Isolation};

/// What a service is called inside unless its profile says otherwise.
const ACCOUNT: &str = "service";

impl Reading<'_> {
    pub(super) fn inside(&self, table: &Section<'_>, isolation: Isolation, home_bytes: Option<u64>) -> Inside {
        let longest = self.limits.text_bytes;
        let read = table.list("read", self.limits.list, |value| values::path(value, self.from, longest));
        let write = table.list("write", self.limits.list, |value| whole(value, longest));
        let networks = [("none", Network::None), ("host", Network::Host)];
        Inside {
            root: table.optional("root", |value| root(value, longest)).unwrap_or(Root::Libraries),
            read,
            write,
            home: dwelling(table, isolation),
            home_bytes,
            account: table.optional("account", account).unwrap_or_else(|| ACCOUNT.to_owned()),
            user: table.optional("user", user),
            network: table.optional("network", |value| values::word(value, &networks)).unwrap_or(Network::None),
            commands: table.optional("commands", values::switch).unwrap_or_default(),
        }
    }
}

fn dwelling(table: &Section<'_>, isolation: Isolation) -> Dwelling {
    let words = [Dwelling::Kept, Dwelling::Principal, Dwelling::Scratch].map(|home| (home.as_str(), home));
    let usual = match isolation {
        Isolation::Shared => Dwelling::Kept,
        Isolation::Session => Dwelling::Scratch,
    };
    let home = table.optional("home", |value| values::word(value, &words)).unwrap_or(usual);
    match (home, isolation) {
        (Dwelling::Principal, Isolation::Shared) => {
            table.fault("home", "can be \"principal\" only where each session has a process: isolation = \"session\"");
        }
        (Dwelling::Kept, Isolation::Session) => {
            table.fault("home", "cannot be \"kept\" where each session has a process: all would share it");
        }
        _ => {}
    }
    home
}

/// A path of the host's that says the same inside: it is seen at the same place.
fn whole(value: &DeValue<'_>, longest: usize) -> Value<'static, PathBuf> {
    let path = PathBuf::from(values::plain(value, longest)?);
    match path.is_absolute() && is_plain(&path) {
        true => Ok(path),
        false => Err("must be an absolute path without \"..\"".to_owned()),
    }
}

fn is_plain(path: &Path) -> bool {
    path.components().all(|part| !matches!(part, std::path::Component::ParentDir))
}

fn root(value: &DeValue<'_>, longest: usize) -> Value<'static, Root> {
    match values::text(value)? {
        "libraries" => Ok(Root::Libraries),
        "system" => Ok(Root::System),
        _ => whole(value, longest)
            .map(Root::Directory)
            .map_err(|_| "must be \"libraries\", \"system\" or the absolute path of a directory".to_owned()),
    }
}

/// A name for inside, which is the name of a directory there, too.
fn account(value: &DeValue<'_>) -> Value<'static, String> {
    match user(value)?.as_str() {
        "nobody" => Err("may not be \"nobody\", which means something else".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// The name of a user, as hosts write it.
fn user(value: &DeValue<'_>) -> Value<'static, String> {
    const LONGEST: usize = 32;
    let text = values::text(value)?;
    let begins = text.starts_with(|sign: char| sign.is_ascii_lowercase() || sign == '_');
    let known = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, '_' | '-');
    if !begins || text.len() > LONGEST || !text.chars().all(known) {
        return Err(format!("must be 1 to {LONGEST} of a-z, 0-9, _ and -, and begin with a letter or _"));
    }
    match text {
        "root" => Err("may not be \"root\"".to_owned()),
        name => Ok(name.to_owned()),
    }
}

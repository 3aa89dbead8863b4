//! Where things are on this machine, and what it and its user are called.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The file that is read where none is named, if it is there.
pub(crate) fn configuration_file() -> PathBuf {
    under("XDG_CONFIG_HOME", ".config").join("capos/capos.toml")
}

/// The data directory where none is named.
pub(crate) fn data_directory() -> PathBuf {
    under("XDG_STATE_HOME", ".local/state").join("capos")
}

/// The base directories' standard: relative paths in its variables do not count.
fn under(variable: &str, otherwise: &str) -> PathBuf {
    let absolute = |value: OsString| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    env::var_os(variable).and_then(absolute).unwrap_or_else(|| home().join(otherwise))
}

fn home() -> PathBuf {
    let said = env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    said.or_else(|| user().map(|user| user.home)).unwrap_or_else(|| PathBuf::from("/"))
}

/// What this machine calls itself.
pub(crate) fn host_name() -> String {
    let said = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    super::values::parse_name(said.trim()).unwrap_or_else(|_| "capos".to_owned())
}

/// Whoever runs this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    home: PathBuf,
}

/// The invoking user, as `/etc/passwd` has it.
pub(crate) fn user() -> Option<User> {
    let text = fs::read(Path::new("/etc/passwd")).ok()?;
    user_in(&String::from_utf8_lossy(&text), rustix::process::getuid().as_raw())
}

fn user_in(passwd: &str, uid: u32) -> Option<User> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, id, _, _, home, ..] = fields[..] else { return None };
        (id.parse() == Ok(uid)).then(|| User { name: name.to_owned(), home: PathBuf::from(home) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number_in_whatever_the_file_holds() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nada:x:1000:1000:Ada,,,:/home/ada:/bin/sh\n";
        assert_eq!(user_in(passwd, 1000).unwrap().name, "ada");
        assert_eq!(user_in(passwd, 0).unwrap().home, Path::new("/root"));
        assert_eq!(user_in(passwd, 7), None);
    }
}

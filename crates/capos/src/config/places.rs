//! Where things are on this machine, and what it and its user are called.

use std::env;
use std::fs;
use std::path::{Path, PathBuf, absolute as absolute_path};

/// The file that is read where none is named, if it is there.
pub(crate) fn configuration_file() -> PathBuf {
    under("XDG_CONFIG_HOME", ".config").join("capos/capos.toml")
}

/// Where the profiles of services are where that is not said: beside the configuration.
pub(crate) fn profiles(configuration: &Path) -> PathBuf {
    let file = absolute_path(configuration).unwrap_or_else(|_| configuration.to_owned());
    file.with_file_name("services")
}

/// The data directory where none is named.
pub(crate) fn data_directory() -> PathBuf {
    under("XDG_STATE_HOME", ".local/state").join("capos")
}

/// The nodes that this user has met; none where the user has no home.
pub(crate) fn known_nodes() -> Option<PathBuf> {
    Some(folder("XDG_CONFIG_HOME", ".config")?.join("capos/known_nodes"))
}

fn under(variable: &str, otherwise: &str) -> PathBuf {
    folder(variable, otherwise).unwrap_or_else(|| Path::new("/").join(otherwise))
}

/// The base directories' standard: relative paths in its variables do not count.
fn folder(variable: &str, otherwise: &str) -> Option<PathBuf> {
    absolute(variable).or_else(|| Some(home()?.join(otherwise)))
}

fn home() -> Option<PathBuf> {
    absolute("HOME").or_else(|| user().map(|user| user.home))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
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

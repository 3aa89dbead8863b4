//! Users of the host that profiles name.

use std::fs;
use std::path::Path;

use capos_sandbox::HostUser;

/// Where hosts keep them.
const USERS: &str = "/etc/passwd";

/// Whom a profile means by a user of the host, or why that cannot be. Nobody where it is the node's own user.
pub(crate) fn named(name: &str) -> Result<Option<HostUser>, String> {
    let found = find(name, Path::new(USERS))
        .ok_or_else(|| format!("its profile names the user {name}, who is not in {USERS}"))?;
    let own = rustix::process::geteuid();
    match own.is_root() {
        false if own.as_raw() == found.uid => Ok(None),
        false => Err(format!("its profile names the user {name}, and only a node that runs as root can be another")),
        true if found.uid == 0 || found.gid == 0 => {
            Err(format!("its profile names the user {name}, who has the rights of root"))
        }
        true => Ok(Some(found)),
    }
}

fn find(name: &str, file: &Path) -> Option<HostUser> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(name);
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        is_it.then_some(HostUser { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwd");
        fs::write(
            &file,
            "root:x:0:0::/root:/bin/sh\nalice2:x:1:1::/:/\n# alice\nbroken\nalice:x:1000:100:A:/home/a:/bin/sh\n",
        )
        .unwrap();
        assert_eq!(find("alice", &file), Some(HostUser { uid: 1000, gid: 100 }));
        assert_eq!(find("alic", &file), None);
        assert_eq!(find("", &file), None);
    }

    #[test]
    fn nobody_runs_as_root_whatever_root_is_called() {
        assert!(named("root").is_err());
        assert!(named("no-such-user-anywhere").unwrap_err().contains("is not in /etc/passwd"));
    }
}

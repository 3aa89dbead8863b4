//! The files that a sandbox has of its own, made for it.

use std::fs;
use std::io;
use std::path::Path;

use crate::{HostUser, Network, Plan};

const PROFILE: &str = include_str!("../../../etc/profile");
const INTERACTIVE: &str = include_str!("../../../etc/bash.bashrc");

/// Below the current directory, what `/etc` says of who and where the process is.
pub(super) fn configuration(plan: &Plan, user: HostUser) -> io::Result<()> {
    let HostUser { uid, gid } = user;
    let (account, host) = (&plan.account, plan.host_name());
    let (home, shell) = (plan.home_inside(), plan.shell());
    let home = home.display();
    fs::write(
        "etc/passwd",
        format!("{account}:x:{uid}:{gid}::{home}:{shell}\nnobody:x:65534:65534::/:/usr/sbin/nologin\n"),
    )?;
    fs::write("etc/group", format!("{account}:x:{gid}:\nnogroup:x:65534:\n"))?;
    fs::write("etc/hosts", format!("127.0.0.1 localhost {host}\n::1 localhost {host}\n"))?;
    let names = if plan.network == Network::Host { "files dns" } else { "files" };
    fs::write("etc/nsswitch.conf", format!("passwd: files\ngroup: files\nshadow: files\nhosts: {names}\n"))?;
    if plan.commands { commands(plan) } else { Ok(()) }
}

fn commands(plan: &Plan) -> io::Result<()> {
    fs::write("etc/profile", PROFILE)?;
    fs::write("etc/bash.bashrc", INTERACTIVE)?;
    fs::write("etc/shells", "/bin/sh\n/bin/bash\n/usr/bin/bash\n")?;
    fs::write("etc/hostname", format!("{}\n", plan.host_name()))
}

/// What is known under other names; the last few for programs of people.
pub(super) fn links(plan: &Plan) -> &'static [(&'static str, &'static str)] {
    if plan.commands { &LINKS } else { &[] }
}

const LINKS: [(&str, &str); 8] = [
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
    ("dev/ptmx", "pts/ptmx"),
    ("etc/mtab", "../proc/self/mounts"),
    ("var/tmp", "../tmp"),
    ("var/run", "../run"),
];

impl Plan {
    /// What a prompt calls the place; a service learns nothing by it.
    pub(crate) fn host_name(&self) -> &str {
        let known = |name: &&str| {
            let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            letters && !name.is_empty() && name.len() <= 63 && !name.starts_with('-')
        };
        let first = self.name.split('.').next().filter(known);
        first.filter(|_| self.commands).unwrap_or("service")
    }

    /// The shell of its account; whether it is there, the root decides.
    pub(crate) fn shell(&self) -> &'static str {
        match self.commands {
            true if Path::new("/bin/bash").exists() => "/bin/bash",
            true => "/bin/sh",
            false => "/usr/sbin/nologin",
        }
    }
}

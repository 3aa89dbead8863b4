//! The guest program, inside the sandbox and outside of it.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use capos_sandbox::{Descriptors, Error, Exit, HostUser, Plan, Process, ProcessLimits, Root, Zygote};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_capos-sandbox-guest");

/// Whom the host sees where the tests run as root.
pub(crate) const USER: HostUser = HostUser { uid: 61234, gid: 61234 };

pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

pub(crate) fn zygote() -> Zygote {
    Zygote::start(Path::new(PROGRAM)).unwrap()
}

pub(crate) fn plan(arguments: &[&str]) -> Plan {
    Plan {
        name: "guest".into(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        temporary_bytes: 16 << 20,
        limits: ProcessLimits {
            memory_bytes: 256 << 20,
            processes: 32,
            open_files: 64,
            cpu_weight: 100,
            file_bytes: 1 << 20,
        },
        user: is_root().then_some(USER),
        ..Plan::new(PROGRAM)
    }
}

/// The same as the first process of a place of commands.
pub(crate) fn place(arguments: &[&str]) -> Plan {
    let mut plan = plan(arguments);
    (plan.commands, plan.root, plan.account) = (true, Root::System, "alice".into());
    plan.limits.file_bytes = 64 << 20;
    plan
}

/// Both outputs in one pipe, and its other end.
pub(crate) fn descriptors(sockets: Vec<OwnedFd>) -> (Descriptors, std::io::PipeReader) {
    let (read, write) = std::io::pipe().unwrap();
    let err = OwnedFd::from(write.try_clone().unwrap());
    (Descriptors { sockets, out: write.into(), err }, read)
}

pub(crate) async fn start(zygote: &Zygote, plan: &Plan) -> Result<(Process, std::io::PipeReader), Error> {
    let (descriptors, read) = descriptors(Vec::new());
    zygote.spawn(plan, descriptors).await.map(|process| (process, read))
}

/// What it says inside until it has ended, and how it ended.
pub(crate) async fn run(zygote: &Zygote, plan: &Plan) -> (String, Exit) {
    let (process, read) = start(zygote, plan).await.unwrap();
    let exit = process.ended().await;
    (read_all(read), exit)
}

pub(crate) fn read_all(mut read: std::io::PipeReader) -> String {
    let mut text = String::new();
    read.read_to_string(&mut text).unwrap();
    text
}

/// What it says outside, as whoever runs the tests.
pub(crate) fn outside(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A directory that other users can enter.
pub(crate) fn directory() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

/// A home that belongs to the service's user.
pub(crate) fn home(directory: &Path, name: &str) -> PathBuf {
    let home = directory.join(name);
    std::fs::create_dir(&home).unwrap();
    if is_root() {
        std::os::unix::fs::chown(&home, Some(USER.uid), Some(USER.gid)).unwrap();
    }
    home
}

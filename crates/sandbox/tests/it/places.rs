//! Places of commands: how they begin and end, and what a plan opens in any place.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use capos_sandbox::{Error, Exit, Plan, Root};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::guest::{PROGRAM, USER, directory, home, is_root, place, plan, read_all, run, start, zygote};
use crate::life::{parent_of, until};

fn script(text: &str) -> Plan {
    let mut plan = place(&["-c", text]);
    plan.program = PathBuf::from("/bin/sh");
    plan
}

#[tokio::test]
async fn the_program_is_the_first_process_and_its_code_is_told() {
    for code in [0, 3] {
        let (said, exit) = run(&zygote(), &script(&format!("echo $$; exit {code}"))).await;
        assert_eq!((said.as_str(), exit), ("1\n", Exit::Code(code)));
    }
    // A first process cannot be ended by a signal of its own; that it goes on nowhere ends it.
    let (_, exit) = run(&zygote(), &place(&["abort"])).await;
    assert!(matches!(exit, Exit::Signal(_)), "{exit:?}");
}

#[tokio::test]
async fn the_wish_to_end_reaches_a_first_process_that_listens_for_it() {
    let zygote = zygote();
    let listening = script("trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done");
    let (process, out) = start(&zygote, &listening).await.unwrap();
    until(out, "ready");
    process.terminate();
    assert_eq!(process.ended().await, Exit::Code(5));
    let (process, out) = start(&zygote, &place(&["sleep"])).await.unwrap();
    until(out, "asleep");
    process.kill();
    assert_eq!(process.ended().await, Exit::Signal(libc::SIGKILL));
}

/// The pipe closes when the last process that holds it is gone.
#[tokio::test]
async fn what_commands_leave_behind_ends_with_the_first_process() {
    let leaving = script("(setsid sleep 1000 &); setsid sleep 1000 & exit 0");
    let (process, out) = start(&zygote(), &leaving).await.unwrap();
    assert_eq!(process.ended().await, Exit::Code(0));
    read_all(out);
}

#[tokio::test]
async fn when_the_helper_dies_a_place_does() {
    let zygote = zygote();
    let (process, out) = start(&zygote, &script("sleep 1000 & sleep 1000")).await.unwrap();
    kill(Pid::from_raw(parent_of(process.host_pid())), Signal::SIGKILL).unwrap();
    assert_eq!(process.ended().await, Exit::Signal(libc::SIGKILL));
    read_all(out);
}

#[tokio::test]
async fn what_cannot_be_started_is_said() {
    let mut absent = place(&[]);
    absent.program = "/usr/bin/no-such-program".into();
    assert!(matches!(start(&zygote(), &absent).await, Err(Error::NoProgram(_))));
}

#[tokio::test]
async fn an_account_has_its_name_everywhere() {
    let tried = "echo $USER $LOGNAME $HOME $SHELL; pwd; id -un; id -gn; hostname; umask; stat -c %a ~";
    let mut plan = script(tried);
    plan.name = "shell.0f3a".into();
    let (said, _) = run(&zygote(), &plan).await;
    assert_eq!(said, "alice alice /home/alice /bin/bash\n/home/alice\nalice\nalice\nshell\n0022\n700\n");
    for wrong in ["", "root", "nobody", "../x", "a b", "Alice", "1st", "a:b", "-a", &"a".repeat(33)] {
        let mut wrongly = script("exit 0");
        wrongly.account = wrong.into();
        assert!(matches!(start(&zygote(), &wrongly).await, Err(Error::Plan(_))), "{wrong:?}");
    }
    let mut longest = script("exit 0");
    longest.account = "a".repeat(32);
    assert_eq!(run(&zygote(), &longest).await.1, Exit::Code(0));
}

#[tokio::test]
async fn a_home_of_a_place_is_kept_and_built_in() {
    let data = directory();
    let own = home(data.path(), "home");
    let mut building = script("printf '#!/bin/sh\\necho built' > tool; chmod 755 tool; ./tool");
    building.home = Some(own.clone());
    assert_eq!(run(&zygote(), &building).await.0, "built\n");
    let made = std::fs::metadata(own.join("tool")).unwrap();
    let expected = if is_root() { USER.uid } else { nix::unistd::geteuid().as_raw() };
    assert_eq!((made.uid(), made.mode() & 0o777), (expected, 0o755));
}

#[tokio::test]
async fn what_is_writable_is_the_hosts_own_and_executable_for_commands_alone() {
    let data = directory();
    let open = home(data.path(), "open");
    let write = format!("write={}/written", open.display());
    let exec = format!("exec-from={}", open.display());
    let mut service = plan(&[&write, &exec]);
    (service.writable, service.limits.file_bytes) = (vec![open.clone()], 64 << 20);
    let (said, _) = run(&zygote(), &service).await;
    assert!(said.contains(&format!("{write} REACHED")) && said.contains(&format!("{exec} refused")), "{said}");
    assert_eq!(std::fs::read_to_string(open.join("written")).unwrap(), "evil");
    let mut commands = place(&[&exec]);
    commands.writable = vec![open];
    assert!(run(&zygote(), &commands).await.0.contains("REACHED"));
}

#[tokio::test]
async fn a_home_of_the_host_can_be_what_is_writable() {
    let data = directory();
    let own = home(data.path(), "alice");
    let mut plan = script("echo hello > file");
    plan.home = Some(own.clone());
    plan.writable = vec!["/home/alice".into()];
    assert!(matches!(start(&zygote(), &plan).await, Err(Error::Plan(_))), "there cannot be two");
    plan.writable = vec![];
    plan.read_only = vec!["/home/alice".into()];
    assert!(matches!(start(&zygote(), &plan).await, Err(Error::Plan(_))));
    for reserved in ["/", "/proc", "/sys/fs", "/dev/sda", "/etc", "/tmp", "relative", "/srv/../etc"] {
        let mut reserving = script("exit 0");
        reserving.writable = vec![reserved.into()];
        assert!(matches!(start(&zygote(), &reserving).await, Err(Error::Plan(_))), "{reserved}");
    }
}

#[tokio::test]
async fn what_is_read_only_within_what_is_writable_stays_so() {
    let data = directory();
    let open = home(data.path(), "open");
    let sealed = home(&open, "sealed");
    let (write, evil) = (format!("write={}/a", open.display()), format!("write={}/a", sealed.display()));
    let mut plan = place(&[&write, &evil]);
    (plan.writable, plan.read_only) = (vec![open.clone()], vec![sealed.clone()]);
    let (said, _) = run(&zygote(), &plan).await;
    assert!(said.contains(&format!("{write} REACHED")) && said.contains(&format!("{evil} refused")), "{said}");
    // A link put in its place by whoever can write there shows nothing more of the host, nor is anything made by it.
    let elsewhere = home(data.path(), "elsewhere");
    std::fs::remove_dir(&sealed).unwrap();
    for target in [Path::new("/etc"), &elsewhere, &elsewhere.join("made")] {
        symlink(target, &sealed).unwrap();
        assert!(start(&zygote(), &plan).await.is_err(), "{}", target.display());
        std::fs::remove_file(&sealed).unwrap();
    }
    assert_eq!(std::fs::read_dir(elsewhere).unwrap().count(), 0);
}

/// A root with the guest, what it is linked with, and links that lead out of it.
fn small_root(directory: &Path) -> PathBuf {
    let root = directory.join("root");
    std::fs::create_dir_all(root.join("usr/bin")).unwrap();
    std::fs::copy(PROGRAM, root.join("usr/bin/guest")).unwrap();
    let linked = Command::new("ldd").arg(PROGRAM).output().unwrap().stdout;
    let linked = String::from_utf8(linked).unwrap();
    for library in linked.split_whitespace().filter(|word| word.starts_with('/')) {
        let copy = root.join(library.trim_start_matches('/'));
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(library, copy).unwrap();
    }
    std::fs::set_permissions(root.join("usr/bin/guest"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir(root.join("etc")).unwrap();
    symlink("/etc", root.join("etc/alternatives")).unwrap();
    symlink("usr/bin", root.join("bin")).unwrap();
    root
}

#[tokio::test]
async fn another_root_is_seen_instead_of_the_hosts() {
    let data = directory();
    let root = small_root(data.path());
    let attempts =
        ["names=/usr/bin", "read=/bin/guest", "write=/usr/bin/evil", "read=/usr/bin/id", "names=/etc/alternatives"];
    for commands in [false, true] {
        let mut inside = place(&attempts);
        (inside.root, inside.commands) = (Root::Directory(root.clone()), commands);
        inside.program = "/usr/bin/guest".into();
        let (said, _) = run(&zygote(), &inside).await;
        assert!(said.contains("names=/usr/bin REACHED guest\n"), "{said}");
        assert!(said.contains("read=/bin/guest REACHED"), "{said}");
        assert!(said.contains("write=/usr/bin/evil refused") && said.contains("read=/usr/bin/id refused"), "{said}");
        // Which points out of that root: what is found is its own.
        assert!(!said.contains("shadow"), "{said}");
        // A program that is not of that root is put beside it.
        inside.program = PROGRAM.into();
        assert!(run(&zygote(), &inside).await.0.contains("names=/usr/bin REACHED guest\n"));
    }
    let mut absent = place(&[]);
    absent.root = Root::Directory(data.path().join("absent"));
    assert!(matches!(start(&zygote(), &absent).await, Err(Error::Plan(_))));
}

//! A hostile guest tries everything; each attempt is first seen to succeed outside, so that the refusal inside says something.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::guest::{self, PROGRAM, directory, home, is_root, outside, plan, run, zygote};
use capos_sandbox::Root;

/// All of them are reached outside, and none inside.
async fn assert_confined(attempts: &[&str], adjust: impl FnOnce(&mut capos_sandbox::Plan)) {
    let control = outside(attempts);
    for attempt in attempts {
        assert!(control.contains(&format!("{attempt} REACHED")), "outside, {attempt} should be reached:\n{control}");
    }
    assert_refused(attempts, adjust).await;
}

async fn assert_refused(attempts: &[&str], adjust: impl FnOnce(&mut capos_sandbox::Plan)) {
    let mut plan = plan(attempts);
    adjust(&mut plan);
    let (said, exit) = run(&zygote(), &plan).await;
    for attempt in attempts {
        assert!(
            said.contains(&format!("{attempt} refused")),
            "inside, {attempt} should be refused ({exit:?}):\n{said}"
        );
    }
}

fn words(attempts: &[String]) -> Vec<&str> {
    attempts.iter().map(String::as_str).collect()
}

pub(crate) struct Sleeper(Child);

impl Sleeper {
    pub(crate) fn start() -> Sleeper {
        Sleeper(Command::new(PROGRAM).arg("sleep").env("MARK", "secret").stdout(Stdio::null()).spawn().unwrap())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn files_of_the_host_are_not_there() {
    let data = directory();
    let secret = data.path().join("node.db");
    std::fs::write(&secret, "secret").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let other = home(data.path(), "other-service");
    std::fs::write(other.join("state"), "theirs").unwrap();
    let mut attempts = vec![
        format!("read={}", secret.display()),
        format!("list={}", data.path().display()),
        format!("read={}", other.join("state").display()),
        "read=/etc/debian_version".into(),
        "read=/etc/fstab".into(),
        "list=/sys".into(),
        "read=/sys/kernel/uevent_seqnum".into(),
        "read=/proc/cmdline".into(),
        "read=/proc/meminfo".into(),
        "read=/proc/sys/kernel/hostname".into(),
        "list=/var/lib".into(),
        "list=/run".into(),
        "list=/usr/bin".into(),
    ];
    if is_root() {
        attempts.extend(["read=/etc/shadow", "list=/root", "read=/proc/kallsyms"].map(String::from));
    }
    assert_confined(&words(&attempts), |plan| plan.home = Some(home(data.path(), "own"))).await;
    assert_refused(
        &[
            "read=/dev/mem",
            "read=/dev/kmsg",
            "read=/proc/kcore",
            "read=/proc/1/environ",
            "list=/proc/1/fd",
            "list=/proc/1/root",
        ],
        |_| {},
    )
    .await;
}

#[tokio::test]
async fn nothing_is_written_but_home_and_temporary_files() {
    let data = directory();
    let open = data.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let program = data.path().join("guest");
    std::fs::copy(PROGRAM, &program).unwrap();
    let attempts = [
        format!("write={}/evil", open.display()),
        format!("chmod={}", program.display()),
        format!("exec-from={}", open.display()),
    ];
    let shown = data.path().to_owned();
    let own = home(data.path(), "own");
    let program_inside = program.clone();
    assert_confined(&words(&attempts), |plan| {
        plan.program = program_inside;
        plan.read_only = vec![shown.join("open")];
        plan.home = Some(own);
    })
    .await;
    let inside_only = [
        "write=/evil",
        "write=/etc/passwd",
        "write=/usr/evil",
        "write=/dev/evil",
        "write=/dev/shm/../evil",
        "exec-from=/home/service",
        "exec-from=/tmp",
        "exec-from=/dev/shm",
    ];
    assert_refused(&inside_only, |plan| plan.limits.file_bytes = 1 << 30).await;
    let (said, _) = run(
        &zygote(),
        &plan(&["write=/tmp/mine", "write=/home/service/mine", "write=/dev/shm/mine", "write=/dev/null"]),
    )
    .await;
    assert_eq!(said.matches("REACHED").count(), 4, "{said}");
}

#[tokio::test]
async fn there_is_no_network_and_no_socket_of_the_host() {
    let data = directory();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let path = data.path().join("socket");
    let _unix = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    let name = format!("capos-sandbox-test-{}", std::process::id());
    let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let mut attempts = vec![
        format!("tcp={}", tcp.local_addr().unwrap()),
        format!("udp={}", udp.local_addr().unwrap()),
        format!("unix={}", path.display()),
        format!("abstract={name}"),
        format!("family={}", libc::AF_INET),
        format!("family={}", libc::AF_INET6),
        format!("family={}", libc::AF_NETLINK),
    ];
    if is_root() {
        attempts.push(format!("family={}", libc::AF_PACKET));
    }
    assert_confined(&words(&attempts), |_| {}).await;
    let others = [libc::AF_VSOCK, libc::AF_ALG, libc::AF_BLUETOOTH, libc::AF_CAN, libc::AF_PACKET]
        .map(|family| format!("family={family}"));
    assert_refused(&words(&others), |_| {}).await;
}

#[tokio::test]
async fn other_processes_are_neither_seen_nor_signalled_nor_traced() {
    let sleeper = Sleeper::start();
    let pid = sleeper.0.id();
    let attempts = [
        format!("signal={pid}"),
        format!("read=/proc/{pid}/environ"),
        format!("read=/proc/{pid}/stat"),
        format!("read=/proc/{pid}/root/etc/passwd"),
        format!("list=/proc/{pid}/fd"),
        format!("trace={pid}"),
    ];
    assert_confined(&words(&attempts), |_| {}).await;
}

#[tokio::test]
async fn keys_of_the_kernel_are_out_of_reach() {
    let name = format!("capos-test-{}", std::process::id());
    let planted = outside(&[&format!("plant-key={name}")]);
    let number = planted.rsplit(' ').next().unwrap().trim().to_owned();
    let attempts = [format!("key={name}"), format!("key-number={number}"), format!("plant-key={name}-2")];
    assert_confined(&words(&attempts), |_| {}).await;
}

#[tokio::test]
async fn no_namespace_is_entered_or_made() {
    let attempts = [format!("namespace={}", libc::CLONE_NEWUSER)];
    assert_confined(&words(&attempts), |_| {}).await;
    let others = [libc::CLONE_NEWNS, libc::CLONE_NEWPID, libc::CLONE_NEWNET, libc::CLONE_NEWCGROUP]
        .map(|flag| format!("namespace={flag}"));
    assert_refused(&words(&others), |_| {}).await;
}

#[tokio::test]
async fn system_calls_that_are_not_listed_are_not_made() {
    let unprivileged = [
        libc::SYS_io_uring_setup,
        libc::SYS_process_vm_readv,
        libc::SYS_memfd_create,
        libc::SYS_personality,
        libc::SYS_name_to_handle_at,
        libc::SYS_pidfd_getfd,
        libc::SYS_add_key,
        libc::SYS_keyctl,
        libc::SYS_request_key,
        libc::SYS_seccomp,
        libc::SYS_clone3,
        libc::SYS_kcmp,
    ]
    .map(|number| format!("call={number}"));
    assert_confined(&words(&unprivileged), |_| {}).await;
    let privileged = [
        libc::SYS_bpf,
        libc::SYS_userfaultfd,
        libc::SYS_perf_event_open,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_setns,
        libc::SYS_open_tree,
        libc::SYS_move_mount,
        libc::SYS_fsopen,
        libc::SYS_mount_setattr,
        libc::SYS_open_by_handle_at,
        libc::SYS_mknodat,
        libc::SYS_swapon,
        libc::SYS_acct,
        libc::SYS_settimeofday,
        libc::SYS_kexec_load,
        libc::SYS_init_module,
        libc::SYS_delete_module,
        libc::SYS_ptrace,
        libc::SYS_fanotify_init,
        libc::SYS_quotactl,
        libc::SYS_setuid,
        libc::SYS_capset,
        libc::SYS_syslog,
    ]
    .map(|number| format!("call={number}"));
    assert_refused(&words(&privileged), |_| {}).await;
    let terminal = [libc::TIOCSTI, 0x541c, libc::TIOCSETD].map(|request| format!("ioctl={request}"));
    assert_confined(&words(&terminal), |_| {}).await;
}

#[tokio::test]
async fn no_program_gives_a_privilege() {
    let expected = [
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
        ("CapEff", "0000000000000000"),
        ("CapPrm", "0000000000000000"),
        ("CapBnd", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
        ("CapInh", "0000000000000000"),
        ("Uid", "1000\t1000\t1000\t1000"),
    ];
    let attempts: Vec<_> = expected.iter().map(|(field, _)| format!("status={field}")).collect();
    let (said, _) = run(&zygote(), &plan(&words(&attempts))).await;
    for (field, value) in expected {
        assert!(said.contains(&format!("status={field} REACHED {value}\n")), "{field} should be {value}:\n{said}");
    }
    if is_root() {
        let shown = directory();
        let copy = shown.path().join("id");
        std::fs::copy("/usr/bin/id", &copy).unwrap();
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o4755)).unwrap();
        let attempt = format!("setuid={}", copy.display());
        let control = as_somebody(&attempt);
        assert!(control.contains("REACHED 0"), "{control}");
        assert_refused(&[&attempt], |plan| {
            plan.root = Root::System;
            plan.read_only = vec![shown.path().to_owned()];
        })
        .await;
    }
}

pub(crate) fn as_somebody(attempt: &str) -> String {
    use std::os::unix::process::CommandExt;
    let output = Command::new(PROGRAM).arg(attempt).uid(guest::USER.uid).gid(guest::USER.gid).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn nothing_is_inherited_but_what_was_given() {
    assert_refused(&["descriptors=3"], |_| {}).await;
    let known = if Path::new("/proc").exists() && std::env::var("CARGO_MANIFEST_DIR").is_ok() {
        vec!["environment=CARGO_MANIFEST_DIR"]
    } else {
        vec![]
    };
    assert_confined(&known, |_| {}).await;
}

#[tokio::test]
async fn a_node_hands_down_neither_its_keys_nor_its_files() {
    let said = outside(&["handed-down-key=capos-test"]);
    assert!(said.contains("handed-down-key=capos-test refused"), "{said}");
    // A shell leaves the descriptors that it opens to whatever it starts.
    let script = format!("exec {PROGRAM} descriptors=3 handed-down=descriptors=3 9</dev/null");
    let output = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("descriptors=3 REACHED") && said.contains("handed-down=descriptors=3 refused"), "{said}");
}

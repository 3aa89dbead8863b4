//! Hostile commands of people: each attempt is first seen to succeed outside where it can, and then made inside, by what the first process starts.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use capos_sandbox::{Exit, Mechanism, Network, Plan};

use crate::guest::{PROGRAM, directory, home, is_root, outside, place, run, start, zygote};

/// What commands say of these attempts inside.
async fn inside(attempts: &[String], adjust: impl FnOnce(&mut Plan)) -> String {
    let attempts: Vec<_> = attempts.iter().map(|attempt| format!("command={attempt}")).collect();
    let mut plan = place(&attempts.iter().map(String::as_str).collect::<Vec<_>>());
    adjust(&mut plan);
    run(&zygote(), &plan).await.0
}

async fn assert_refused(attempts: &[String], adjust: impl FnOnce(&mut Plan)) {
    let said = inside(attempts, adjust).await;
    for attempt in attempts {
        assert!(said.contains(&format!("command={attempt} refused")), "{attempt} should be refused:\n{said}");
    }
}

/// All of them are reached outside, and none inside.
async fn assert_confined(attempts: &[String], adjust: impl FnOnce(&mut Plan)) {
    let control = outside(&attempts.iter().map(String::as_str).collect::<Vec<_>>());
    for attempt in attempts {
        assert!(control.contains(&format!("{attempt} REACHED")), "outside, {attempt} should be reached:\n{control}");
    }
    assert_refused(attempts, adjust).await;
}

async fn assert_reached(attempts: &[String], adjust: impl FnOnce(&mut Plan)) {
    let said = inside(attempts, adjust).await;
    for attempt in attempts {
        assert!(said.contains(&format!("command={attempt} REACHED")), "{attempt} should be reached:\n{said}");
    }
}

fn each<const N: usize>(name: &str, values: [impl ToString; N]) -> Vec<String> {
    values.iter().map(|value| format!("{name}={}", value.to_string())).collect()
}

#[tokio::test]
async fn a_fork_bomb_leaves_the_first_process_what_it_needs() {
    let (said, _) = run(&zygote(), &place(&["besieged"])).await;
    // 32 of commands, of which one is the first process and one the bomb itself.
    assert!(said.contains("besieged REACHED full after 30; 8 threads"), "{said}");
}

#[tokio::test]
async fn a_memory_bomb_ends_the_command_and_not_the_first_process() {
    let zygote = zygote();
    let (said, exit) = run(&zygote, &place(&["command=memory=1073741824", "command=memory=33554432"])).await;
    assert!(said.contains("command=memory=1073741824 refused: signal: "), "{said}");
    assert!(said.contains("command=memory=33554432 REACHED") && exit == Exit::Code(0), "{said}{exit:?}");
    let killed = said.contains("signal: 9 (SIGKILL)");
    let counted = zygote.survey().has(Mechanism::CgroupMemory);
    assert!(killed || !counted, "{said}");
    let (process, out) = start(&zygote, &place(&["command=memory=1073741824", "sleep"])).await.unwrap();
    crate::life::until(out, "asleep");
    assert_eq!(process.usage().killed_for_memory, u64::from(counted));
}

#[tokio::test]
async fn killing_everybody_leaves_the_first_process() {
    let (said, exit) = run(&zygote(), &place(&["command=kill-all", "command=kill-all", "command=signal=1"])).await;
    // There is nobody but the first process, which is not meant.
    assert!(said.matches("command=kill-all refused").count() == 2 && exit == Exit::Code(0), "{said}{exit:?}");
    assert!(said.contains("command=signal=1 REACHED"), "{said}");
}

#[tokio::test]
async fn disks_in_memory_are_held_to_their_size() {
    for directory in ["/tmp", "/dev/shm", "/home/alice"] {
        let (within, past) = (15 << 20, 17 << 20);
        let said =
            inside(&each("fill", [format!("{directory}:{within}"), format!("{directory}:{past}")]), |_| {}).await;
        assert!(said.contains(&format!("{directory}:{within} REACHED")), "{said}");
        assert!(said.contains(&format!("{directory}:{past} refused")), "{said}");
    }
}

#[tokio::test]
async fn the_memory_and_the_files_of_the_first_process_are_closed_to_commands() {
    let paths = ["environ", "maps", "root/etc/passwd"].map(|name| format!("/proc/1/{name}"));
    let mut attempts = each("read", paths);
    attempts.extend(["list=/proc/1/fd", "overwrite=/proc/1/mem", "trace=1"].map(String::from));
    assert_refused(&attempts, |_| {}).await;
}

#[tokio::test]
async fn of_the_kernel_only_what_tells_of_the_machine_is_read() {
    let closed = ["cmdline", "interrupts", "partitions", "diskstats", "zoneinfo", "swaps"];
    assert_confined(&each("read", closed.map(|name| format!("/proc/{name}"))), |_| {}).await;
    let more = ["kallsyms", "keys", "key-users", "kcore", "kmsg", "timer_list", "config.gz", "modules", "iomem"];
    let mut attempts = each("read", more.map(|name| format!("/proc/{name}")));
    attempts.extend(each("list", ["/proc/scsi", "/proc/bus", "/proc/irq", "/proc/fs", "/proc/tty", "/sys"]));
    let written = ["sysrq-trigger", "sys/kernel/hostname", "sys/kernel/core_pattern", "sys/kernel/ns_last_pid"];
    attempts.extend(each("overwrite", written.map(|name| format!("/proc/{name}"))));
    attempts.extend(each("chmod", ["/proc/cmdline", "/proc/bus"]));
    assert_refused(&attempts, |_| {}).await;
    let open = ["stat", "meminfo", "uptime", "loadavg", "cpuinfo", "version", "sys/kernel/pid_max", "self/stat"];
    assert_reached(&each("read", open.map(|name| format!("/proc/{name}"))), |_| {}).await;
}

#[tokio::test]
async fn system_calls_that_reach_beyond_a_command_are_not_made() {
    let unprivileged = [
        libc::SYS_io_uring_setup,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_name_to_handle_at,
        libc::SYS_pidfd_getfd,
        libc::SYS_add_key,
        libc::SYS_keyctl,
        libc::SYS_request_key,
        libc::SYS_clone3,
        libc::SYS_kcmp,
        libc::SYS_mbind,
        libc::SYS_shmget,
        libc::SYS_msgget,
        libc::SYS_vmsplice,
    ];
    assert_confined(&each("call", unprivileged), |_| {}).await;
    let privileged = [
        libc::SYS_ptrace,
        libc::SYS_bpf,
        libc::SYS_userfaultfd,
        libc::SYS_perf_event_open,
        libc::SYS_open_by_handle_at,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_setns,
        libc::SYS_open_tree,
        libc::SYS_move_mount,
        libc::SYS_fsopen,
        libc::SYS_mount_setattr,
        libc::SYS_swapon,
        libc::SYS_acct,
        libc::SYS_settimeofday,
        libc::SYS_sethostname,
        libc::SYS_kexec_load,
        libc::SYS_init_module,
        libc::SYS_fanotify_init,
        libc::SYS_quotactl,
        libc::SYS_setgroups,
        libc::SYS_syslog,
    ];
    assert_refused(&each("call", privileged), |_| {}).await;
    #[cfg(target_arch = "x86_64")]
    assert_confined(&each("call", [libc::SYS_modify_ldt]), |_| {}).await;
    // Without address randomisation.
    assert_confined(&each("personality", [0x0004_0000]), |_| {}).await;
    assert_confined(&each("ioctl", [libc::TIOCSTI, 0x541c, libc::TIOCSETD]), |_| {}).await;
    assert_refused(&["typing".into()], |_| {}).await;
}

#[tokio::test]
async fn commands_make_no_namespaces() {
    assert_confined(&each("namespace", [libc::CLONE_NEWUSER]), |_| {}).await;
    assert_confined(&each("copy", [libc::CLONE_NEWUSER]), |_| {}).await;
    let others = [libc::CLONE_NEWNS, libc::CLONE_NEWPID, libc::CLONE_NEWNET, libc::CLONE_NEWIPC];
    assert_refused(&each("copy", others), |_| {}).await;
    assert_reached(&["copy=0".into()], |_| {}).await;
}

#[tokio::test]
async fn keys_and_processes_of_others_are_out_of_reach() {
    let name = format!("capos-commands-{}", std::process::id());
    let planted = outside(&[&format!("plant-key={name}")]);
    let number = planted.rsplit(' ').next().unwrap().trim().to_owned();
    let sleeper = crate::hostile::Sleeper::start();
    let pid = sleeper.pid();
    let attempts = [
        format!("key={name}"),
        format!("key-number={number}"),
        format!("signal={pid}"),
        format!("read=/proc/{pid}/environ"),
        format!("list=/proc/{pid}/fd"),
        format!("trace={pid}"),
    ];
    assert_confined(&attempts, |_| {}).await;
}

struct Listening {
    tcp: TcpListener,
    udp: UdpSocket,
    _abstract: UnixListener,
    name: String,
}

fn listening(what: &str) -> Listening {
    let name = format!("capos-{what}-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    Listening {
        tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
        udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
        _abstract: UnixListener::bind_addr(&address).unwrap(),
        name,
    }
}

impl Listening {
    fn over_ip(&self) -> Vec<String> {
        vec![
            format!("tcp={}", self.tcp.local_addr().unwrap()),
            format!("udp={}", self.udp.local_addr().unwrap()),
            format!("family={}", libc::AF_INET),
            format!("family={}", libc::AF_INET6),
            format!("family={}", libc::AF_NETLINK),
        ]
    }
}

#[tokio::test]
async fn without_a_network_commands_reach_nobody() {
    let there = listening("none");
    let mut attempts = there.over_ip();
    attempts.push(format!("abstract={}", there.name));
    assert_confined(&attempts, |_| {}).await;
    let others = [libc::AF_VSOCK, libc::AF_ALG, libc::AF_BLUETOOTH, libc::AF_CAN, libc::AF_PACKET];
    assert_refused(&each("family", others), |_| {}).await;
}

#[tokio::test]
async fn with_the_hosts_network_commands_reach_what_is_on_ip_and_nothing_else() {
    let there = listening("host");
    assert_reached(&there.over_ip(), |plan| plan.network = Network::Host).await;
    let mut attempts = each("family", [libc::AF_VSOCK, libc::AF_ALG, libc::AF_BLUETOOTH, libc::AF_PACKET]);
    attempts.extend([format!("abstract={}", there.name), "raw=".into(), "port=".into()]);
    if is_root() {
        assert!(outside(&["raw=", "port="]).matches("REACHED").count() == 2);
    }
    assert_refused(&attempts, |plan| plan.network = Network::Host).await;
}

#[tokio::test]
async fn a_service_with_the_hosts_network_reaches_it_without_commands_too() {
    let there = listening("service");
    let attempts = there.over_ip();
    let mut plan = crate::guest::plan(&attempts.iter().map(String::as_str).collect::<Vec<_>>());
    plan.network = Network::Host;
    let (process, out) = start(&zygote(), &plan).await.unwrap();
    assert!(!process.confinement().contains(&Mechanism::NetworkNamespace));
    process.ended().await;
    let said = crate::guest::read_all(out);
    assert_eq!(said.matches("REACHED").count(), attempts.len(), "{said}");
}

#[tokio::test]
async fn no_file_is_written_or_reached_outside_of_what_is_shown() {
    let data = directory();
    let (shown, secret) = (home(data.path(), "shown"), data.path().join("secret"));
    std::fs::write(&secret, "secret").unwrap();
    std::fs::write(shown.join("file"), "theirs").unwrap();
    let open = data.path().join("open");
    std::fs::create_dir(&open).unwrap();
    for (path, mode) in [(&open, 0o777), (&shown, 0o777), (&secret, 0o666), (&shown.join("file"), 0o666)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let (shown, open) = (shown.display().to_string(), open.display().to_string());
    let attempts = [
        format!("read={}", secret.display()),
        format!("read={shown}/../secret"),
        format!("overwrite={}", secret.display()),
        format!("through-link={}:{shown}/link", secret.display()),
        format!("through-link=../secret:{shown}/link"),
        format!("link={shown}/file:{open}/out"),
        format!("write={open}/evil"),
    ];
    let writable = shown.clone().into();
    assert_confined(&attempts, |plan| {
        plan.writable = vec![writable];
        plan.read_only = vec![open.into()];
    })
    .await;
    let own = ["/usr/evil", "/bin/evil", "/etc/passwd", "/evil", "/dev/evil", "/run/evil", "/var/evil", "/proc/evil"];
    assert_refused(&each("write", own), |_| {}).await;
    assert_refused(&["link=/usr/bin/true:/tmp/true".into(), "chmod=/usr/bin/true".into()], |_| {}).await;
    // What is its own it links, of course.
    let link = [format!("link={shown}/file:{shown}/other"), format!("through-link=file:{shown}/link")];
    assert_reached(&link, |plan| plan.writable = vec![shown.into()]).await;
}

#[tokio::test]
async fn terminals_are_of_the_place_alone() {
    let _hosts = std::fs::OpenOptions::new().read(true).write(true).open("/dev/ptmx").unwrap();
    let said = inside(&["names=/dev/pts".into(), "terminal".into(), "read=/dev/pts/0".into()], |_| {}).await;
    assert!(said.contains("names=/dev/pts REACHED REACHED ptmx\n"), "{said}");
    assert!(said.contains("terminal REACHED REACHED /dev/pts/0\n"), "{said}");
    assert!(said.contains("read=/dev/pts/0 refused"), "a terminal ends with who made it: {said}");
    let devices = ["/dev/mem", "/dev/kmsg", "/dev/console", "/dev/tty0", "/dev/vda", "/dev/fuse"];
    assert_refused(&each("read", devices), |_| {}).await;
}

#[tokio::test]
async fn devices_and_set_user_id_programs_are_nothing_there() {
    assert_refused(&each("device", ["/tmp/null", "/home/alice/null", "/dev/shm/null"]), |_| {}).await;
    assert_reached(&each("fifo", ["/tmp/fifo", "/home/alice/fifo"]), |_| {}).await;
    if !is_root() {
        return;
    }
    let data = directory();
    let copy = data.path().join("id");
    std::fs::copy("/usr/bin/id", &copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o4755)).unwrap();
    outside(&[&format!("device={}/null", data.path().display())]);
    let attempt = format!("setuid={}", copy.display());
    let control = crate::hostile::as_somebody(&attempt);
    assert!(control.contains("REACHED 0"), "{control}");
    let device = format!("read={}/null", data.path().display());
    let shown = data.path().to_owned();
    assert_confined(&[device], |plan| plan.writable = vec![shown.clone()]).await;
    let shown = data.path().to_owned();
    assert_refused(&[attempt], |plan| plan.writable = vec![shown]).await;
}

/// Nothing that could be run so could not be written to `/tmp` and be run from there.
#[tokio::test]
async fn programs_run_from_where_commands_write_and_from_memory() {
    let run = [format!("run-memory={PROGRAM}"), "exec-from=/tmp".into(), "exec-from=/home/alice".into()];
    assert_reached(&run, |_| {}).await;
    let confined = ["NoNewPrivs", "Seccomp", "CapEff"].map(|field| format!("status={field}"));
    let said = inside(&confined, |_| {}).await;
    for value in
        ["NoNewPrivs REACHED REACHED 1", "Seccomp REACHED REACHED 2", "CapEff REACHED REACHED 0000000000000000"]
    {
        assert!(said.contains(value), "{said}");
    }
}

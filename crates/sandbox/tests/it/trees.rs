//! Commands in trees: what they are given, and what is told of them.

use std::future::Future;
use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use capos_sandbox::tree::{Command, Ends, Exit, Fault, Signal, Tree, TreeLimits, Trees};

use crate::guest::{PROGRAM, directory};

/// As a service does it: one thread, and a bound for the whole.
pub(crate) fn local(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(Duration::from_secs(60), test).await };
    tokio::task::LocalSet::new().block_on(&runtime, bounded).unwrap();
}

pub(crate) async fn trees() -> Trees {
    Trees::start(Path::new(PROGRAM), TreeLimits::default()).await.unwrap()
}

pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    Command {
        program: program.into(),
        arguments: arguments.iter().map(Into::into).collect(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        directory: "/".into(),
    }
}

pub(crate) fn bash(script: &str) -> Command {
    command("bash", &["-c", script])
}

/// Both outputs in one pipe, and its other end.
pub(crate) fn ends() -> (Ends, PipeReader) {
    let (read, write) = std::io::pipe().unwrap();
    let errors = OwnedFd::from(write.try_clone().unwrap());
    let input = std::fs::File::open("/dev/null").unwrap().into();
    (Ends::Pipes { input, output: write.into(), errors }, read)
}

pub(crate) async fn plant(trees: &Trees, command: Command) -> Result<(Tree, PipeReader), Fault> {
    let (ends, read) = ends();
    trees.plant(command, ends).await.map(|tree| (tree, read))
}

/// What it says until everybody who could say something is gone, without holding up this thread.
pub(crate) async fn all_of(mut read: PipeReader) -> String {
    let reading = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        read.read_to_string(&mut said).map(|_| said)
    });
    reading.await.unwrap().unwrap()
}

async fn run(trees: &Trees, command: Command) -> (String, Exit) {
    let (tree, read) = plant(trees, command).await.unwrap();
    (all_of(read).await, tree.ended().await)
}

async fn fault(trees: &Trees, command: Command) -> Fault {
    plant(trees, command).await.expect_err("it cannot start")
}

#[test]
fn codes_and_signals_are_told_as_they_are() {
    local(async {
        let trees = trees().await;
        for code in [0, 1, 42, 255] {
            assert_eq!(run(&trees, bash(&format!("exit {code}"))).await.1, Exit::Code(code));
        }
        // 34 is a real-time signal, of which libraries know no name.
        for number in [9, 15, 10, 34] {
            assert_eq!(run(&trees, bash(&format!("kill -{number} $$"))).await.1, Exit::Signal(number));
        }
    });
}

#[test]
fn a_command_is_what_was_asked_for_and_where() {
    local(async {
        let trees = trees().await;
        let mut command = bash("echo $0 $1 $A; pwd; umask; echo $(compgen -e | wc -l)");
        command.arguments.extend(["zero".into(), "one two".into()]);
        command.environment.push(("A".into(), "b=c".into()));
        command.directory = "/usr".into();
        // With PATH, A, and what bash adds: PWD, SHLVL, OLDPWD where it has it, and _.
        let (said, _) = run(&trees, command).await;
        let (head, variables) = said.trim_end().rsplit_once('\n').unwrap();
        assert_eq!(head, "zero one two b=c\n/usr\n0022");
        assert!(variables.parse::<usize>().unwrap() <= 6, "{variables}");
    });
}

#[test]
fn a_command_has_three_descriptors_its_own_session_and_fresh_signals() {
    local(async {
        let trees = trees().await;
        let said = run(&trees, command("ls", &["/proc/self/fd"])).await.0;
        // The fourth is the directory that is listed.
        assert_eq!(said, "0\n1\n2\n3\n");
        let said = run(&trees, command("grep", &["-E", "^Sig(Blk|Ign)", "/proc/self/status"])).await.0;
        for line in said.lines() {
            let set = u64::from_str_radix(line.split_whitespace().last().unwrap(), 16).unwrap();
            // 32 and 33 are the C library's own, which nobody else may touch.
            assert_eq!(set & !(3 << 31), 0, "{said}");
        }
        let (tree, read) =
            plant(&trees, bash("read -r -a f < <(cat /proc/$$/stat); echo $$ ${f[4]} ${f[5]}")).await.unwrap();
        let pid = tree.pid();
        assert_eq!(all_of(read).await, format!("{pid} {pid} {pid}\n"));
    });
}

#[test]
fn programs_are_found_as_every_shell_finds_them() {
    local(async {
        let (trees, place) = (trees().await, directory());
        let [first, second] = ["first", "second"].map(|name| place.path().join(name));
        for (folder, mode) in [(&first, 0o644), (&second, 0o755)] {
            std::fs::create_dir(folder).unwrap();
            let script = folder.join("tool");
            // Without a first line that names an interpreter: the shell's.
            std::fs::write(&script, "echo tool $1").unwrap();
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut tool = command("tool", &["x"]);
        let path = format!("{}:/nowhere:{}", first.display(), second.display());
        tool.environment = vec![("PATH".into(), path.into())];
        assert_eq!(run(&trees, tool.clone()).await, ("tool x\n".to_owned(), Exit::Code(0)));
        tool.environment = vec![("PATH".into(), first.display().to_string().into())];
        let why = fault(&trees, tool.clone()).await;
        assert!(matches!(&why, Fault::NotExecutable(why) if why.raw_os_error() == Some(libc::EACCES)), "{why:?}");
        tool.environment = Vec::new();
        assert!(matches!(fault(&trees, tool.clone()).await, Fault::NotFound));
        tool.program = "./tool".into();
        tool.directory = second;
        assert_eq!(run(&trees, tool).await.0, "tool x\n");
    });
}

#[test]
fn what_cannot_start_says_why_and_the_next_one_starts() {
    local(async {
        let (trees, place) = (trees().await, directory());
        assert!(matches!(fault(&trees, command("no-such-program", &[])).await, Fault::NotFound));
        assert!(matches!(fault(&trees, command("/no/such/program", &[])).await, Fault::NotFound));
        assert!(matches!(fault(&trees, command("", &[])).await, Fault::NotFound));
        assert!(matches!(fault(&trees, command("/usr", &[])).await, Fault::NotExecutable(_)));
        let orphan = place.path().join("orphan");
        std::fs::write(&orphan, "#!/no/such/interpreter\n").unwrap();
        std::fs::set_permissions(&orphan, std::fs::Permissions::from_mode(0o755)).unwrap();
        let why = fault(&trees, command(orphan.to_str().unwrap(), &[])).await;
        assert!(matches!(&why, Fault::NotExecutable(why) if why.kind() == std::io::ErrorKind::NotFound), "{why:?}");
        let mut lost = command("true", &[]);
        lost.directory = "/no/such/place".into();
        assert!(matches!(fault(&trees, lost.clone()).await, Fault::Directory(_)));
        lost.directory = "/usr\0".into();
        assert!(matches!(fault(&trees, lost).await, Fault::Host(_)));
        let mut nameless = command("true", &[]);
        nameless.environment.push(("A=B".into(), "C".into()));
        assert!(matches!(fault(&trees, nameless).await, Fault::Host(_)));
        assert_eq!(run(&trees, command("true", &[])).await.1, Exit::Code(0));
    });
}

#[test]
fn long_commands_pass_up_to_the_bound_and_not_one_byte_past_it() {
    local(async {
        let limits = TreeLimits { command_bytes: 300_000, ..TreeLimits::default() };
        let trees = Trees::start(Path::new(PROGRAM), limits).await.unwrap();
        let filled = |more: usize| {
            let mut long = command("/bin/sh", &["-c", "echo $#", "sh"]);
            // The kernel takes 128 KiB a word; each is ended by one more byte.
            long.arguments.extend((0..2).map(|_| "x".repeat(120_000).into()));
            long.environment.clear();
            // The directory, the count and the words so far, and the name of what fills it up.
            let known = "/|5|/bin/sh|-c|echo $#|sh|".len() + 2 * 120_001;
            let rest = limits.command_bytes - known - "F=\0".len();
            long.environment.push(("F".into(), "y".repeat(rest + more).into()));
            long
        };
        assert_eq!(run(&trees, filled(0)).await, ("2\n".to_owned(), Exit::Code(0)));
        let why = fault(&trees, filled(1)).await;
        assert!(matches!(&why, Fault::Host(why) if why.raw_os_error() == Some(libc::E2BIG)), "{why:?}");
    });
}

#[test]
fn more_than_the_kernel_takes_is_refused_by_the_kernel_and_the_keeper_stays() {
    local(async {
        let trees = trees().await;
        let why = fault(&trees, command("true", &["x".repeat(200_000).as_str()])).await;
        assert!(matches!(&why, Fault::Host(why) if why.raw_os_error() == Some(libc::E2BIG)), "{why:?}");
        assert_eq!(run(&trees, command("true", &[])).await.1, Exit::Code(0));
    });
}

#[test]
fn a_terminal_controls_its_command() {
    local(async {
        let trees = trees().await;
        let pair = nix::pty::openpty(None, None).unwrap();
        let script = "echo begun > /dev/tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && sleep 100";
        let tree = trees.plant(bash(script), Ends::Terminal(pair.slave)).await.unwrap();
        let mut master = std::fs::File::from(pair.master);
        let mut begun = [0; 5];
        master.read_exact(&mut begun).unwrap();
        assert_eq!(&begun, b"begun");
        // Ctrl-C goes to whoever has the terminal.
        std::io::Write::write_all(&mut master, b"\x03").unwrap();
        assert_eq!(tree.ended().await, Exit::Signal(libc::SIGINT));
        tree.gone().await;
    });
}

#[test]
fn a_shell_at_a_terminal_that_ignores_the_wish_to_end_hears_it_hang_up() {
    local(async {
        let trees = trees().await;
        let pair = nix::pty::openpty(None, None).unwrap();
        let shell = command("bash", &["--norc", "-i"]);
        let tree = trees.plant(shell, Ends::Terminal(pair.slave)).await.unwrap();
        let mut master = std::fs::File::from(pair.master);
        assert!(master.read(&mut [0; 512]).unwrap() > 0, "no prompt");
        tree.end(Duration::from_secs(50));
        tree.gone().await;
    });
}

fn is_stopped(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().any(|line| line.starts_with("State:\tT"))
}

#[test]
fn signals_reach_the_process_group_and_have_names() {
    local(async {
        let trees = trees().await;
        let script = "trap 'echo usr1; exit 4' USR1; echo begun; while :; do sleep 0.01; done";
        let (tree, read) = plant(&trees, bash(script)).await.unwrap();
        let read = crate::trees_end::begun(read).await;
        tree.signal(Signal::Stop);
        // A child that is being forked between both gets the stop and not the end of it: Linux does not pass on what its
        // parent ignores.
        while !is_stopped(tree.pid()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tree.signal(Signal::Cont);
        tree.signal(Signal::Usr1);
        // Bash may have said of its own child what it died of.
        assert!(all_of(read).await.ends_with("usr1\n"));
        assert_eq!(tree.ended().await, Exit::Code(4));
        // There is nobody any more to hear it, and the keeper may have another command.
        tree.signal(Signal::Kill);
        assert_eq!(run(&trees, bash("sleep 0.02; echo on")).await, ("on\n".to_owned(), Exit::Code(0)));
    });
    assert_eq!(Signal::parse("SIGTERM"), Some(Signal::Term));
    assert_eq!(Signal::parse("WINCH"), Some(Signal::Winch));
    assert_eq!((Signal::parse("SIGSIGTERM"), Signal::parse("term"), Signal::parse("")), (None, None, None));
    assert_eq!(Signal::Tstp.as_str(), "SIGTSTP");
}

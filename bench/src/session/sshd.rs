//! A private sshd on a loopback port, with keys and a configuration of its own, and clients of it.

use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::key::Key;
use crate::machine;
use crate::process::tethered;

const SERVER: &str = "/usr/sbin/sshd";
/// Where it wants an empty directory when it runs as root; started by the system, it finds one.
const EMPTY: &str = "/run/sshd";
/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server, ended on drop.
pub(crate) struct Sshd {
    child: Child,
    port: u16,
    home: PathBuf,
}

/// A signed-in connection that does nothing, ended on drop.
pub(crate) struct Idle {
    child: Child,
    /// Open for as long as the session is to last.
    input: Option<ChildStdin>,
}

/// A connection that commands share, ended on drop.
pub(crate) struct Master {
    child: Child,
    /// How commands reach it.
    socket: PathBuf,
}

impl Sshd {
    /// Starts it in this directory, letting in whoever has this key as the user who runs this.
    pub(crate) fn start(home: &Path, key: &Key) -> anyhow::Result<Self> {
        ensure!(Path::new(SERVER).exists(), "there is no sshd on this machine");
        ensure!(
            Command::new("ssh").arg("-V").stderr(Stdio::null()).status().is_ok(),
            "there is no ssh on this machine"
        );
        let host = Key::make(home, "host")?;
        fs::write(home.join("authorized_keys"), format!("{}\n", key.public))?;
        // A port that was free a moment ago: sshd cannot choose one and say which.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        fs::write(home.join("known_hosts"), format!("[127.0.0.1]:{port} {}\n", host.public))?;
        fs::write(home.join("config"), configuration(home, port))?;
        if rustix::process::getuid().is_root() {
            fs::create_dir_all(EMPTY)?;
        }
        let mut server = Self { child: spawn(home)?, port, home: home.to_owned() };
        server.wait_until_it_listens()?;
        Ok(server)
    }

    fn wait_until_it_listens(&mut self) -> anyhow::Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let end = Instant::now() + PATIENCE;
        let mut asked = loop {
            if let Ok(asked) = TcpStream::connect(address) {
                break asked;
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("sshd ended with {status}: {}", fs::read_to_string(self.home.join("log"))?.trim());
            }
            ensure!(Instant::now() < end, "sshd does not listen");
            std::thread::sleep(Duration::from_millis(5));
        };
        // Whoever asks has a process there, whose first word this is; it is not to be weighed.
        asked.read_exact(&mut [0])?;
        drop(asked);
        while machine::family(self.child.id())?.len() > 1 {
            ensure!(Instant::now() < end, "sshd does not let go of who asked for it");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn client(&self, key: &Key) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]);
        command.args(["-o", "StrictHostKeyChecking=yes", "-o", "KexAlgorithms=curve25519-sha256"]);
        command.arg("-o").arg(format!("UserKnownHostsFile={}", self.home.join("known_hosts").display()));
        command.arg("-i").arg(&key.file).arg("-p").arg(self.port.to_string());
        command.stdin(Stdio::null());
        command
    }

    /// `ssh host true` on a connection of its own.
    pub(crate) fn visit(&self, key: &Key) -> anyhow::Result<()> {
        let output = self.client(key).args(["127.0.0.1", "true"]).output()?;
        ensure!(output.status.success(), "ssh: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }

    /// Signs in, and returns once the session is there: a command in it has answered, and waits.
    pub(crate) fn idle(&self, key: &Key) -> anyhow::Result<Idle> {
        let mut command = self.client(key);
        // The shell replaces itself by nothing but a wait for its input, and is not counted.
        command.args(["127.0.0.1", "echo && exec cat"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        let mut idle = Idle { child, input };
        let mut answer = [0];
        idle.child.stdout.as_mut().context("its output is a pipe")?.read_exact(&mut answer).context("ssh ended")?;
        Ok(idle)
    }

    /// Signs in once, for any number of commands, with the cipher that is quickest here.
    pub(crate) fn master(&self, key: &Key) -> anyhow::Result<Master> {
        let socket = self.home.join("master");
        let mut command = self.client(key);
        command.args(["-M", "-N", "-o", "ControlPersist=no", "-c", "aes128-gcm@openssh.com", "-S"]).arg(&socket);
        let master = Master { child: command.arg("127.0.0.1").spawn()?, socket };
        let end = Instant::now() + PATIENCE;
        while master.run(&["true"]).is_err() {
            ensure!(Instant::now() < end, "ssh does not share its connection");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(master)
    }

    /// A command line on a terminal of the server's, for a terminal here.
    pub(crate) fn on_terminal(&self, key: &Key, line: &str) -> Command {
        let mut command = self.client(key);
        command.args(["-tt", "127.0.0.1", line]).env("TERM", "xterm-256color");
        command
    }

    /// Memory of the server and its sessions, without what runs in them.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let is_server = |process: &u32| {
            let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
            name.trim().starts_with("sshd")
        };
        let memory = |process: u32| match machine::memory_of(process) {
            // A session that ended meanwhile weighs nothing.
            Err(_) if !Path::new(&format!("/proc/{process}")).exists() => Ok(0),
            known => known,
        };
        machine::family(self.child.id())?.into_iter().filter(is_server).map(memory).sum()
    }

    /// Processor time of all sessions that have ended.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let process = self.child.id().to_string();
        Ok(machine::cpu_of(&process)? + machine::cpu_of_ended_children(&process)?)
    }
}

impl Master {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-F", "none", "-o", "ControlMaster=no", "-S"]).arg(&self.socket).arg("127.0.0.1").args(words);
        command.stdin(Stdio::null());
        command
    }

    /// A command, to its end.
    pub(crate) fn run(&self, words: &[&str]) -> anyhow::Result<()> {
        let output = self.command(words).output()?;
        ensure!(output.status.success(), "ssh: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }

    /// How much a command wrote, and how many seconds it took.
    pub(crate) fn read(&self, words: &[&str]) -> anyhow::Result<(u64, f64)> {
        let start = Instant::now();
        let mut child = self.command(words).stdout(Stdio::piped()).spawn()?;
        let mut output = child.stdout.take().context("its output is a pipe")?;
        let (mut buffer, mut bytes) = (vec![0; 256 << 10], 0);
        loop {
            match output.read(&mut buffer)? {
                0 => break,
                length => bytes += length as u64,
            }
        }
        ensure!(child.wait()?.success(), "ssh failed");
        Ok((bytes, start.elapsed().as_secs_f64()))
    }
}

fn configuration(home: &Path, port: u16) -> String {
    let home = home.display();
    format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {home}/host\nAuthorizedKeysFile {home}/authorized_keys\n\
         PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n\
         MaxStartups 100\nPrintMotd no\nPrintLastLog no\n"
    )
}

fn spawn(home: &Path) -> anyhow::Result<Child> {
    let log = File::create(home.join("log"))?;
    let mut command = tethered(Path::new(SERVER));
    command.args(["-D", "-e", "-f"]).arg(home.join("config"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("starting sshd")
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_private_sshd_lets_its_key_in_and_is_weighed() {
    let directory = tempfile::tempdir().unwrap();
    let key = Key::make(directory.path(), "key").unwrap();
    let sshd = match Sshd::start(directory.path(), &key) {
        Ok(sshd) => sshd,
        // As the rows do where there is none.
        Err(reason) => return assert!(reason.to_string().contains("on this machine"), "{reason:#}"),
    };
    // Before anybody was there: a session that has just ended may still be weighed.
    let before = sshd.memory().unwrap();
    sshd.visit(&key).unwrap();
    let _idle = sshd.idle(&key).unwrap();
    assert!(sshd.memory().unwrap() > before);
    assert!(sshd.cpu().unwrap() > Duration::ZERO);
    let stranger = Key::make(directory.path(), "stranger").unwrap();
    assert!(sshd.visit(&stranger).is_err());
}

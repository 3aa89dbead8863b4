//! The service manager's side: sockets handed over, readiness, reload, watchdog, stop.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::ground::*;

/// Hears what a node tells its service manager.
struct Manager {
    socket: UnixDatagram,
    path: String,
}

impl Manager {
    fn new(directory: &std::path::Path) -> Self {
        let path = directory.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { socket, path: path.display().to_string() }
    }

    fn hear(&self) -> String {
        let mut said = [0; 4096];
        let length = self.socket.recv(&mut said).unwrap();
        String::from_utf8_lossy(&said[..length]).into_owned()
    }

    fn wait_for(&self, said: &str) -> String {
        loop {
            let heard = self.hear();
            if heard.lines().any(|line| line == said) {
                return heard;
            }
        }
    }
}

#[test]
fn the_service_manager_is_told_of_readiness_reload_and_stop() {
    let plan = plan();
    let manager = Manager::new(plan.directory());
    let node = plan.environment("NOTIFY_SOCKET", &manager.path).start();
    let heard = manager.wait_for("READY=1");
    assert!(heard.contains(&format!("STATUS=listening on {}", node.address())), "{heard}");
    node.reconfigure("node.motd = 'news'");
    let heard = manager.wait_for("RELOADING=1");
    assert!(heard.contains("MONOTONIC_USEC="), "{heard}");
    manager.wait_for("READY=1");
    node.signal(Signal::TERM);
    manager.wait_for("STOPPING=1");
    assert!(node.stop().0.success());
}

/// Sockets and the watchdog's variables name a process, which is known only once it runs: a shell says its own number
/// and becomes the node.
#[test]
fn sockets_that_are_handed_over_take_the_place_of_the_configured_ones() {
    let plan = plan().arguments(&["--rpc", "192.0.2.1:1"]).web("192.0.2.1:2");
    let manager = Manager::new(plan.directory());
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let web = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let web_address = web.local_addr().unwrap();
    let password = plan.directory().join("password");
    fs::write(&password, "long enough to be a password").unwrap();
    let up = plan.up();
    let mut shell = plan.command_of("sh");
    let words = "export LISTEN_PID=$$ WATCHDOG_PID=$$; exec 3<&0 4<&1 <\"$1\" >&2; shift; exec \"$@\"";
    shell.args(["-c", words, "sh"]).arg(&password).arg(up.get_program()).args(up.get_args());
    shell.envs([
        ("LISTEN_FDS", "2"),
        ("LISTEN_FDNAMES", "capos.socket:web"),
        ("WATCHDOG_USEC", "60000"),
        ("NOTIFY_SOCKET", &manager.path),
    ]);
    shell.stdin(Stdio::from(OwnedFd::from(socket))).stdout(Stdio::from(OwnedFd::from(web))).stderr(Stdio::null());
    let mut child = shell.spawn().unwrap();
    manager.wait_for("READY=1");
    manager.wait_for("WATCHDOG=1");
    let ready = fs::read_to_string(plan.directory().join("ready")).unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(ready["rpc"], serde_json::json!([address.to_string()]));
    assert_eq!(ready["web"], serde_json::json!([web_address.to_string()]), "by its name");
    assert!(exchange(web_address, "GET /healthz HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 200"));
    on_vat(async {
        let client = Client::connect(address).await;
        client.gateway.auth_methods_request().send().promise.await.unwrap();
    });
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

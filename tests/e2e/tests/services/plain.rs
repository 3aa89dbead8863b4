//! The example as a plain process, with the sockets that a runner would give it.

use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;

use capnp::capability::Client;
use capos_schema::{Limits, Registry};
use capos_service::testing::{Bench, Visitor, run};
use capos_service::{Disclosure, Given, Health};

use crate::object::Greeter;
use capos_e2e::greeter::{greeter, interpreter, schemas};

/// Puts two sockets where they are looked for, and says whose they are.
const LAUNCHER: &str =
    "exec 3<&0 4<&1 </dev/null >&2; LISTEN_FDS=2 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec \"$@\"";

/// Kills the service however the test ends.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(home: &Path, listening: UnixListener, connected: UnixStream) -> Service {
    let mut command = Command::new("sh");
    command.args(["-c", LAUNCHER, "sh"]).arg(interpreter()).arg(greeter().join("greeter.py"));
    command.env_clear().env("HOME", home).env("CAPOS_SCHEMA", schemas()).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(OwnedFd::from(listening)).stdout(OwnedFd::from(connected));
    Service(command.spawn().expect("there is a shell"))
}

fn connect(stream: UnixStream) -> Bench {
    stream.set_nonblocking(true).expect("a socket");
    Bench::connect(tokio::net::UnixStream::from_std(stream).expect("a runtime"))
}

fn registry() -> Arc<Registry> {
    let compiled = std::fs::read(greeter().join("compiled/request.bin")).expect("it is committed");
    Arc::new(Registry::load(&compiled, &Limits::default()).expect("a sound schema"))
}

async fn greet(bench: &Bench, visitor: &Visitor) -> (Greeter, (String, String)) {
    let facet: Client = bench.open(visitor, "greeter").await.expect("it is exported");
    let greeter = Greeter::new(facet, registry());
    let told = greeter.hello().await;
    (greeter, told)
}

pub(crate) fn greeter_serves_over_inherited_sockets() {
    run(async {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("service.sock");
        let listening = UnixListener::bind(&path).expect("a fresh path");
        let (ours, theirs) = UnixStream::pair().expect("sockets");
        let mut service = start(home.path(), listening, theirs);

        let mut bench = connect(ours);
        bench.give(Given::default()).await.expect("it begins");
        assert_eq!(bench.wants(), [Disclosure::DisplayName, Disclosure::Pseudonym]);
        assert_eq!(bench.health().await.expect("it answers"), Health::Good);
        let (ann, said) = greet(&bench, &Visitor::named("Ann")).await;
        assert_eq!(said, ("Hello, Ann!".to_owned(), "1".to_owned()));
        ann.does_all_the_rest().await;

        let mut second = connect(UnixStream::connect(&path).expect("it listens"));
        second.give(Given::default()).await.expect("it says the same again");
        let (_, said) = greet(&second, &Visitor::named("Ann").in_session(2)).await;
        assert_eq!(said.1, "2", "another session of the same person");
        for _ in 0..2 {
            let (_, said) = greet(&second, &Visitor::guest("Gus")).await;
            assert_eq!(said, ("Hello, Gus!".to_owned(), "1".to_owned()), "a guest is forgotten with its session");
        }
        assert!(second.open::<Client>(&Visitor::named("Ann"), "another").await.is_err());

        bench.drain().await.expect("it drains");
        let told = Command::new("kill").arg(service.0.id().to_string()).status().expect("there is kill");
        assert!(told.success() && service.0.wait().expect("it is ours").success(), "SIGTERM is a good end");
    });
}

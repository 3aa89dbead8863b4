//! A program in another language, written from the published schemas, against a real node process.

use std::path::{Path, PathBuf};
use std::process::Command;

use capos_e2e::greeter;
use capos_testkit::node::{Node, NodePlan, program};
use serde_json::json;

use crate::python::Client;

const ACCOUNT: &str = "alice";
const PASSWORD: &str = "a password that alice has";
const ONE_TIME: &str = "good for one time";

/// How the program speaks to the node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Over {
    /// Plain TCP, as loopback allows.
    Plain,
    /// The TLS of Python's standard library, which does not tell what a key's challenge is bound to.
    Ssl,
    /// A TLS that does.
    OpenSsl,
}

impl Over {
    const ALL: [Self; 3] = [Self::Plain, Self::Ssl, Self::OpenSsl];

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Ssl => "ssl",
            Self::OpenSsl => "openssl",
        }
    }

    /// An account for this way alone: its password can be replaced once.
    fn account(self) -> String {
        format!("once-{}", self.name())
    }
}

/// A node with accounts, and the keys of one of them.
pub(crate) struct World {
    node: Node,
    key: PathBuf,
    other_key: PathBuf,
}

impl World {
    pub(crate) fn start() -> Self {
        let plan = NodePlan::new(program());
        plan.make_data();
        let key = make_key(plan.directory(), "ed25519");
        let other_key = make_key(plan.directory(), "ecdsa");
        plan.admin(&["account", "add", ACCOUNT, "--profile", "user", "--password-stdin"], PASSWORD);
        plan.admin(&["key", "add", ACCOUNT, "--file", text(&key.with_extension("pub"))], "");
        for over in Over::ALL {
            let account = over.account();
            let add = ["account", "add", &account, "--profile", "user", "--password-stdin", "--one-time"];
            plan.admin(&add, ONE_TIME);
        }
        Self { node: plan.start(), key, other_key }
    }

    pub(crate) async fn run(&self, over: Over) {
        let address = self.node.address();
        let settings = json!({
            "schemas": greeter::schemas(),
            "host": address.ip().to_string(),
            "port": address.port(),
            "node": self.node.ready()["nodeId"],
            "over": over.name(),
            "operator": self.node.operator(),
            "operatorPassword": self.node.password(),
            "account": ACCOUNT,
            "password": PASSWORD,
            "once": over.account(),
            "oncePassword": ONE_TIME,
            "key": self.key,
            "otherKey": self.other_key,
        });
        Client::with("node.py", &settings).expect_success().await;
    }

    pub(crate) fn stop(self) {
        self.node.end_well();
    }
}

pub(crate) fn make_key(folder: &Path, kind: &str) -> PathBuf {
    let path = folder.join(kind);
    let made = Command::new("ssh-keygen").args(["-q", "-N", "", "-t", kind, "-f"]).arg(&path).status();
    assert!(made.is_ok_and(|status| status.success()), "ssh-keygen makes a key");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is text")
}

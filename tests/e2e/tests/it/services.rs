//! Confined services of a real node, used by a program in another language.

use std::fs;
use std::path::PathBuf;

use capos_e2e::greeter;
use capos_testkit::node::{Node, NodePlan, program};
use serde_json::json;

use crate::python::Client;

const PASSWORD: &str = "the same for all of them";
/// A grant by which the game may be told to skip time.
const ACCELERATOR: &str = "
[[grants]]
name = \"proof_accelerator\"
interface = \"ProofAccelerator\"
object = \"builtin:proof_accelerator\"
";

/// A node with the bundled services and the example, and accounts that may start them.
pub(crate) struct Services {
    node: Node,
}

impl Services {
    pub(crate) fn start() -> Self {
        let request = fs::read(greeter::greeter().join("compiled/request.bin")).expect("it is committed");
        let plan = NodePlan::new(program())
            .service_file("greeter.toml", greeter::profile("best-effort"))
            .service_file("compiled/request.bin", request);
        plan.make_data();
        let profile = with_accelerator(&plan);
        plan.admin(&["profile", "set", "user", "--file", profile.to_str().expect("a temporary path is text")], "");
        for account in ["alice", "bob", "prover"] {
            plan.admin(&["account", "add", account, "--profile", "user", "--password-stdin"], PASSWORD);
        }
        Self { node: plan.start() }
    }

    pub(crate) async fn run(&self) {
        let address = self.node.address();
        let settings = json!({
            "schemas": greeter::schemas(),
            "greeter": greeter::greeter().join("greeter.capnp"),
            "host": address.ip().to_string(),
            "port": address.port(),
            "node": self.node.ready()["nodeId"],
            "password": PASSWORD,
            "alice": "alice",
            "bob": "bob",
            "prover": "prover",
            "adventure": greeter::repository().join("services/adventure/tests/playthrough.txt"),
            "paperclips": greeter::repository().join("services/paperclips/tests/playthrough.json"),
        });
        Client::with("services.py", &settings).expect_success().await;
    }

    pub(crate) fn stop(self) {
        self.node.end_well();
    }
}

/// The profile `user` as it is, with one more grant.
fn with_accelerator(plan: &NodePlan) -> PathBuf {
    let mut command = plan.command();
    let shown = command.args(["admin", "profile", "show", "user", "--data"]).arg(plan.data()).output();
    let shown = shown.expect("the program is there");
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let text = String::from_utf8(shown.stdout).expect("a profile is text") + ACCELERATOR;
    let file = plan.directory().join("user.toml");
    fs::write(&file, text).expect("the directory is ours");
    file
}

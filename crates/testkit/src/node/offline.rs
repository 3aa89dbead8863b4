//! A node's data while the node is stopped.

use std::io::Write as _;
use std::process::Stdio;

use super::NodePlan;

impl NodePlan {
    /// Makes the data directory, as the first start of a node does, and nothing else.
    ///
    /// # Panics
    ///
    /// Where the node does not come up and go as it should.
    pub fn make_data(&self) {
        let (status, log) = self.start().stop();
        assert!(status.success(), "{status}: {log}");
    }

    /// Runs `capos admin` on the data, with one line of input.
    ///
    /// # Panics
    ///
    /// Where it fails, with what it said.
    pub fn admin(&self, arguments: &[&str], input: &str) {
        let mut command = self.command();
        command.args(["admin", "--data"]).arg(self.data()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program is there");
        // A verb that takes no input may be gone already.
        let _ = writeln!(child.stdin.take().expect("it was asked for"), "{input}");
        let output = child.wait_with_output().expect("it is our child");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes sure that the journal is whole.
    ///
    /// # Panics
    ///
    /// Where it is not.
    pub fn verify_journal(&self) {
        let mut command = self.command();
        let output = command.args(["audit", "--data"]).arg(self.data()).arg("verify").output();
        let output = output.expect("the program is there");
        assert!(output.status.success(), "the journal: {}", String::from_utf8_lossy(&output.stderr));
    }
}

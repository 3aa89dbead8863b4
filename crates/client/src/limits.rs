//! How much of a node's a client takes, and how long it waits.

use std::time::Duration;

/// Bounds of what a client keeps, and of what a node may say to it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Grants in one bundle: a longer list of a node's is refused whole, since a part would look like all.
    pub grants: u32,
    /// Ways of signing in that a node may list. The contract knows nine.
    pub methods: u32,
    /// Profile hints of one way of signing in.
    pub profile_hints: u32,
    /// The principal's other sessions, and the profiles it may have, as the contract bounds them.
    pub own_entries: u32,
    /// Bytes of a name: of a grant, a profile, a policy.
    pub name_bytes: usize,
    /// Bytes of a label, prompt or refusal's sentence; a longer one is cut.
    pub text_bytes: usize,
    /// Bytes of a session's or principal's handle.
    pub handle_bytes: usize,
    /// Bytes of a challenge: three names and about 200 bytes.
    pub challenge_bytes: usize,
    /// Questions of one sign-in: a node must not keep a person answering for ever.
    pub steps: u32,
    /// Rows of a transcript; the oldest make room.
    pub transcript_rows: usize,
    /// Bytes of a transcript as it is exported; the oldest rows make room.
    pub transcript_bytes: usize,
    /// Schemas loaded beside the built-in contract.
    pub schemas: usize,
    /// Bytes of all of these as they came: what is kept of them is a small multiple.
    pub schemas_bytes: usize,
    /// Capabilities kept by number in a `Handle`.
    pub kept: usize,
    /// Calls of a `Handle` under way; one more waits its turn.
    pub calls: usize,
    /// Bytes of the known-nodes file: thousands of nodes.
    pub known_nodes_bytes: u64,
    /// Bytes of a private key file. An RSA key of 16,384 bits takes 13 KiB.
    pub key_file_bytes: u64,
    /// Bytes of one message of an ssh-agent, as OpenSSH's own bound is.
    pub agent_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            grants: 64,
            methods: 32,
            profile_hints: 32,
            own_entries: 64,
            name_bytes: 128,
            text_bytes: 1 << 10,
            handle_bytes: 64,
            challenge_bytes: 1 << 10,
            steps: 16,
            transcript_rows: 4096,
            transcript_bytes: 1 << 20,
            schemas: 64,
            schemas_bytes: 16 << 20,
            kept: 4096,
            calls: 1024,
            known_nodes_bytes: 1 << 20,
            key_file_bytes: 64 << 10,
            agent_bytes: 256 << 10,
        }
    }
}

/// How long a client waits. None of these cuts a call for being slow, as long as the node answers at all.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// For a TCP connection.
    pub connect: Duration,
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For the first answer of the bootstrap object.
    pub bootstrap: Duration,
    /// Nothing was heard for so long while a call waits: the node is asked whether it is there.
    pub quiet: Duration,
    /// For the answer to that question; without one the connection counts as gone.
    pub probe: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            bootstrap: Duration::from_secs(10),
            quiet: Duration::from_secs(15),
            probe: Duration::from_secs(10),
        }
    }
}

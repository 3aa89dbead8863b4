//! What the operator decides about a node's sign-in.

use crate::{Limits, MethodKind};

/// SHA-256 of the node's TLS key, as its certificate holds it.
pub type NodeId = [u8; 32];

/// How an authority is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node that challenges are made for.
    pub node: NodeId,
    /// The ways of signing in that are on.
    pub methods: MethodSettings,
    /// What it may cost.
    pub limits: Limits,
}

impl Settings {
    /// The defaults, for a node.
    #[must_use]
    pub fn new(node: NodeId) -> Self {
        Self { node, methods: MethodSettings::default(), limits: Limits::default() }
    }
}

/// The ways of signing in that the operator has on. Those that are not built are never on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodSettings {
    /// By password.
    pub password: bool,
    /// By public key.
    pub public_key: bool,
    /// As a guest, which also needs an active account of kind guest.
    pub guest: bool,
    /// Without identity.
    pub anonymous: bool,
}

impl Default for MethodSettings {
    fn default() -> Self {
        Self { password: true, public_key: true, guest: true, anonymous: false }
    }
}

impl MethodSettings {
    /// Whether a way is built and on.
    #[must_use]
    pub fn allow(&self, kind: MethodKind) -> bool {
        match kind {
            MethodKind::Password => self.password,
            MethodKind::PublicKey => self.public_key,
            MethodKind::Guest => self.guest,
            MethodKind::Anonymous => self.anonymous,
            _ => false,
        }
    }
}

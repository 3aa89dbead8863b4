//! Ways of signing in.

use serde::{Deserialize, Serialize};

/// A way of signing in, in the order and with the names of the wire's `RemoteAuthKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MethodKind {
    /// Something known.
    Password,
    /// A signature by a registered key.
    PublicKey,
    /// An OpenID provider, on a second device.
    OidcDeviceCode,
    /// An OpenID provider, in a browser on this device.
    OidcAuthorizationCodePkce,
    /// A WebAuthn authenticator.
    Passkey,
    /// The certificate of the TLS connection itself.
    MtlsClientCert,
    /// The node's guest account.
    Guest,
    /// No identity.
    Anonymous,
    /// A program's signed assertion.
    ServiceCredential,
}

impl MethodKind {
    /// All of them, in the wire's order.
    pub const ALL: [Self; 9] = [
        Self::Password,
        Self::PublicKey,
        Self::OidcDeviceCode,
        Self::OidcAuthorizationCodePkce,
        Self::Passkey,
        Self::MtlsClientCert,
        Self::Guest,
        Self::Anonymous,
        Self::ServiceCredential,
    ];

    /// Its name on the wire and in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PublicKey => "publicKey",
            Self::OidcDeviceCode => "oidcDeviceCode",
            Self::OidcAuthorizationCodePkce => "oidcAuthorizationCodePkce",
            Self::Passkey => "passkey",
            Self::MtlsClientCert => "mtlsClientCert",
            Self::Guest => "guest",
            Self::Anonymous => "anonymous",
            Self::ServiceCredential => "serviceCredential",
        }
    }

    /// Its name for a person.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::PublicKey => "Public key",
            Self::OidcDeviceCode => "OpenID Connect, on another device",
            Self::OidcAuthorizationCodePkce => "OpenID Connect, in a browser",
            Self::Passkey => "Passkey",
            Self::MtlsClientCert => "Client certificate",
            Self::Guest => "Guest",
            Self::Anonymous => "Anonymous",
            Self::ServiceCredential => "Service credential",
        }
    }

    /// Whether a person takes part.
    pub(crate) fn is_interactive(self) -> bool {
        use MethodKind::{OidcAuthorizationCodePkce, OidcDeviceCode, Passkey, Password};
        matches!(self, Password | OidcDeviceCode | OidcAuthorizationCodePkce | Passkey)
    }
}

/// A way of signing in as the node advertises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Which one.
    pub kind: MethodKind,
    /// Its name for a person.
    pub label: &'static str,
    /// Profiles worth asking for with it.
    pub profile_hints: Vec<String>,
    /// Whether a person takes part.
    pub interactive: bool,
    /// Whether policy has it on.
    pub enabled: bool,
}

//! The contract's vocabularies, with room for words that this build does not know.

use std::fmt;

use capnp::NotInSchema;
use capos_schema::gateway_capnp::RemoteAuthKind;
use capos_schema::identity_capnp;
use serde::{Serialize, Serializer};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident from $source:path { $($variant:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the wire contract's vocabulary; its schema says what each means")]
        pub enum $name {
            $($variant,)*
            /// One that this build does not know.
            Unknown(u16),
        }

        impl $name {
            /// The word as the schema has it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(_) => "unknown",
                }
            }
        }

        impl From<Result<$source, NotInSchema>> for $name {
            fn from(value: Result<$source, NotInSchema>) -> Self {
                match value {
                    $(Ok(<$source>::$variant) => Self::$variant,)*
                    Err(NotInSchema(number)) => Self::Unknown(number),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// A way of signing in.
    MethodKind from RemoteAuthKind {
        Password "password",
        PublicKey "publicKey",
        OidcDeviceCode "oidcDeviceCode",
        OidcAuthorizationCodePkce "oidcAuthorizationCodePkce",
        Passkey "passkey",
        MtlsClientCert "mtlsClientCert",
        Guest "guest",
        Anonymous "anonymous",
        ServiceCredential "serviceCredential",
    }
}

words! {
    /// What kind of actor stands behind a session.
    PrincipalKind from identity_capnp::PrincipalKind {
        Human "human",
        Operator "operator",
        Service "service",
        Guest "guest",
        Anonymous "anonymous",
        Pseudonymous "pseudonymous",
    }
}

words! {
    /// The strongest proof that a session rests on.
    AuthStrength from identity_capnp::AuthStrength {
        None "none",
        LocalPresence "localPresence",
        Password "password",
        HardwareKey "hardwareKey",
        MultiParty "multiParty",
        PublicKey "publicKey",
    }
}

/// Whether a grant may be passed on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Transfer {
    /// It dies with the session and may not be passed on.
    Session,
    /// It may be passed on within the node, narrowed.
    Delegable,
    /// It is listed to explain, and never given.
    Local,
    /// A policy that this build does not know, as plain text.
    Other(String),
}

impl Transfer {
    /// The word as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Session => "session",
            Self::Delegable => "delegable",
            Self::Local => "local",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for Transfer {
    fn from(word: String) -> Self {
        match word.as_str() {
            "session" => Self::Session,
            "delegable" => Self::Delegable,
            "local" => Self::Local,
            _ => Self::Other(word),
        }
    }
}

impl fmt::Display for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Transfer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

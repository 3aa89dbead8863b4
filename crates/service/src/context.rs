//! Those whom a service serves, as far as it is told.

use std::fmt;

use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};
use capos_schema::service_capnp::{Disclosure, session_context};

use crate::error::bad_request;

/// For whom a facet is.
#[derive(Clone, Debug)]
pub struct Context {
    /// Stands for the session.
    pub reference: Reference,
    /// When the session began, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// When it ends unless it is renewed.
    pub expires_at_ms: u64,
    /// What kind of principal it is.
    pub class: Option<PrincipalKind>,
    /// How strongly it proved who it is.
    pub strength: Option<AuthStrength>,
    /// The profile that its session runs under.
    pub profile: Option<String>,
    /// What to call it. Whoever it is chose it: it names nobody.
    pub display_name: Option<String>,
    /// Who it is, to this service alone. Guests and anonymous sessions have none.
    pub pseudonym: Option<Pseudonym>,
}

impl Context {
    pub(crate) fn parse(message: session_context::Reader<'_>) -> Result<Self, capnp::Error> {
        let told = message.get_disclosed()?;
        let is_told = |fact: Disclosure| told.iter().any(|told| told == Ok(fact));
        let mut context = Self {
            reference: Reference(thirty_two(message.get_reference()?)?),
            created_at_ms: message.get_created_at_ms(),
            expires_at_ms: message.get_expires_at_ms(),
            class: None,
            strength: None,
            profile: None,
            display_name: None,
            pseudonym: None,
        };
        if is_told(Disclosure::PrincipalClass) {
            context.class = Some(message.get_principal_class()?);
        }
        if is_told(Disclosure::AuthStrength) {
            context.strength = Some(message.get_auth_strength()?);
        }
        if is_told(Disclosure::ProfileClass) {
            context.profile = Some(message.get_profile_class()?.to_string()?);
        }
        if is_told(Disclosure::DisplayName) {
            context.display_name = Some(message.get_display_name()?.to_string()?);
        }
        if is_told(Disclosure::Pseudonym) && !message.get_pseudonym()?.is_empty() {
            context.pseudonym = Some(Pseudonym(thirty_two(message.get_pseudonym()?)?));
        }
        Ok(context)
    }
}

fn thirty_two(bytes: &[u8]) -> Result<[u8; 32], capnp::Error> {
    bytes.try_into().map_err(|_| bad_request("a name of a session or a principal has 32 bytes"))
}

/// Stands for one session to one service. It says nothing, and another service gets another for the same session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference([u8; 32]);

/// Stands for one principal to one service: the same each time it comes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym([u8; 32]);

macro_rules! opaque {
    ($name:ident) => {
        impl $name {
            /// One from its bytes: for tests, and for what a service kept.
            #[must_use]
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// As 64 hexadecimal digits: safe as a part of a file's name.
            #[must_use]
            pub fn hex(&self) -> String {
                self.0.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        }

        // A log is read by more people than the service is.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

opaque!(Reference);
opaque!(Pseudonym);

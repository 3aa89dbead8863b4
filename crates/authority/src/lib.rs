//! Who may sign in, what they may hold, and what is written down about it.
//!
//! An [`Authority`] keeps accounts, roles and profiles in a store, proves identities, and gives a [`Session`] to whom
//! policy admits. It deliberately knows no wires and no objects: a [`Grant`] names what stands behind it, and whether
//! it stands is its liveness; to build the object, and to call it, is for others.
//!
//! Start with [`decide`], the one function that says who gets what, then `admission` for the one path from a claim to
//! a session, and `core` for what the parts share.
//!
//! **Invariants**
//!
//! - Whoever is refused cannot tell why, in words or in time; the journal can.
//! - A session is in the journal before it is handed over, and holds what its profile names and nothing else.
//! - A change of policy has reached every live session when it is answered.
//! - A session ends once, for one reason, and what has ended never stands again.
//! - Secrets are wiped, compared in constant time, and in no log, record or `Debug`.

#![forbid(unsafe_code)]

mod account;
mod admin;
mod admission;
mod attempts;
mod audit;
mod authority;
pub mod challenge;
mod claim;
mod clock;
mod core;
mod directory;
mod error;
mod flow;
mod hashing;
mod limits;
mod method;
mod name;
mod password;
mod places;
mod policy;
mod profile;
mod proof;
mod pseudonym;
pub mod public_key;
mod random;
mod secret;
mod session;
mod settings;
mod source;
pub mod sshsig;

pub use account::{Account, AccountDraft, AccountKey, AccountState, AuthStrength, PrincipalKind, Role};
pub use admin::{AccountPage, Actor, Admin};
pub use audit::{Audit, CallRecord, CallSlot, Event};
pub use authority::{Authority, Figures};
pub use clock::{Clock, SystemClock};
pub use error::Error;
pub use flow::{Flow, Prompt, Selector, Start, Step};
pub use limits::Limits;
pub use method::{Method, MethodKind};
pub use policy::{Admission, Decision, Facts, Occasion, ProfileFacts, Reason, Request, decide};
pub use profile::{AuditLevel, CallLimits, GrantDefinition, Profile, ProfileDefinition, Transfer};
pub use secret::Secret;
pub use session::{Changes, Context, EndReason, Grant, Handle, ProfileChoice, Session};
pub use settings::{MethodSettings, NodeId, Settings};
pub use source::Source;

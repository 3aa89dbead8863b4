//! Who may sign in, what they may hold, and what is written down about it.
#![forbid(unsafe_code)]

mod account;
mod admin;
mod admission;
mod attempts;
mod audit;
mod authority;
pub mod challenge;
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
pub use session::{Context, EndReason, Grant, Handle, Session};
pub use settings::{MethodSettings, NodeId, Settings};
pub use source::Source;

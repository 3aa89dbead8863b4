//! The other side of a node: connect, sign in, hold a session, call what was granted.
//!
//! Start with [`connect`], which gives a [`Connection`]; signing in on it gives a [`Session`].
//! A host with many threads takes a [`Handle`], which keeps both on a thread of its own.
//!
//! The crate deliberately does not know which interface a person has before them: whoever embeds it supplies
//! [`Confirm`] for a node seen for the first time, [`Answers`] for what a node asks, and [`Signer`] for keys.
//! Nor does it know the node's insides: everything a node says is hostile until it is parsed.
//!
//! **Invariants**
//!
//! * No proof leaves before the node's identity is confirmed, and no challenge is signed but one bound to this
//!   very connection.
//! * Text of a node reaches a caller through [`plain`], in errors, prompts and entries alike.
//! * Once a connection is over, a session's view is empty and every call on it says so, with what to do.
//! * An interface that a service brings is learned from the node when it is first needed, and cannot change one that was
//!   known before.
//! * No [`Transcript`] row carries an address, a text of the operating system, a secret or a session's id.
#![forbid(unsafe_code)]

mod ask;
mod connection;
mod diff;
mod endpoint;
mod error;
mod handle;
pub mod keys;
mod known_nodes;
mod limits;
mod options;
mod random;
mod schemas;
mod session;
mod sign_in;
mod text;
mod transcript;
mod view;

pub use ask::{Answers, Confirm, NoAnswers, NoConfirm, Prompt, Purpose, Secret, Stranger};
pub use capos_rpc::{Ending, Fingerprint, Peer};
pub use capos_schema::dynamic::{Kept, Object};
pub use connection::{Connection, connect};
pub use diff::{Field, FieldChange, SessionDiff, Snapshot, TermsChange};
pub use endpoint::{DEFAULT_PORT, Endpoint};
pub use error::{Cause, Error, IdentityProblem};
pub use handle::{Credentials, Handle, Target};
pub use keys::Signer;
pub use known_nodes::KnownNodes;
pub use limits::{Limits, Timeouts};
pub use options::{Identify, Options};
pub use schemas::{Schemas, fetch_schema};
pub use session::{Ended, News, Renewal, Session, Watch};
pub use sign_in::SignIn;
pub use text::{plain, plain_lines};
pub use transcript::{Added, Note, Row, Transcript};
pub use view::{
    AuthStrength, CapEntry, Method, MethodKind, OwnSession, PrincipalKind, ProfileChoice, SessionInfo, Transfer, View,
};

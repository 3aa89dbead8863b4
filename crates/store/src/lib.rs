//! Records with revisions, an append-only journal and a bus.
//!
//! A [`Store`] keeps *records* (bytes under a key, changed only by who knows their revision, and watched), a
//! *journal* (a SHA-256 chain of entries that nobody can change unseen), and carries small messages on a *bus*.
//! A change and the entry that tells of it are one commit: both are durable when it is answered, or neither is there.
//!
//! It deliberately does not know what the records mean: no accounts, no sessions, no policy, no clock.
//!
//! Start with [`Store`]; [`Engine`] and [`Bus`] are the seam below it. `sqlite` is the embedded engine, with `writer`
//! as the one thread that changes anything; `chain` is what makes the journal evident; `lane` keeps places in it for
//! calls that are still running.
//!
//! **Invariants**
//!
//! - What was acknowledged is durable, and whole or absent whenever the process ends.
//! - Once a commit has failed, nothing is admitted until writing is proven again.
//! - Whatever waits, waits within [`Limits`]; who is too slow is told so and loses its own place alone.

#![forbid(unsafe_code)]

mod bus;
mod chain;
mod directory;
mod engine;
mod error;
mod lane;
mod limits;
mod mailbox;
mod record;
mod sqlite;
mod store;

pub use bus::{Heard, LocalBus, Subscription};
pub use chain::{Breach, Checkpoint, Entry, Hash, Head, Row, Verdict, Verifier};
pub use engine::{Answer, Bus, Commit, Committed, Engine, Progress};
pub use error::{Conflict, Error, NoSlot, Unwritable};
pub use lane::Slot;
pub use limits::Limits;
pub use record::{Bucket, Change, Key, Page, Record, Value, Watched};
pub use store::Store;

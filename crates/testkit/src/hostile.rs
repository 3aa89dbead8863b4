//! A peer that says what it likes and reports what it hears.
//!
//! Everything said is bytes: [`message`], [`Call`] and [`frame`] make them, right or wrong, and a script is a list of them.
//! [`HostilePeer`] sends them over any stream and waits for what comes back, never longer than its patience.
//!
//! ```
//! use capos_testkit::hostile::{HostilePeer, Target, lab, message};
//!
//! # async fn script(stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin) {
//! let mut peer = HostilePeer::new(stream);
//! peer.send(&message::bootstrap(0)).await;
//! peer.send(&lab::echo(1, Target::answer(0), b"hello").frame()).await;
//! peer.send(&message::finish(77, true)).await; // never asked
//! peer.expect_abort().await;
//! peer.expect_closed().await;
//! # }
//! ```

mod call;
pub mod frame;
mod heard;
pub mod lab;
pub mod message;
mod peer;

pub use call::{Call, Cap, ResultsTo, Target, placeholder};
pub use heard::{Failure, Heard, Outcome, Reply};
pub use peer::{HostilePeer, NoReply};

//! The game as the node reaches it: through sessions, facets and files.
#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

mod keeping;
mod playing;
mod sitting;
mod surface;
mod talking;

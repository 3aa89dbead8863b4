//! The game as the node reaches it: through sessions, facets and files.

mod keeping;
mod playing;
mod sitting;
mod surface;

//! What a command runs against.

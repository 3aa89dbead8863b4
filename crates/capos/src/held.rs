//! The background process that holds a session.

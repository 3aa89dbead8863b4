//! Tells listeners.

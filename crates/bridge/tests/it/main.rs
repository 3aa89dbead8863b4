//! The bridge through its public surface.

mod typescript;

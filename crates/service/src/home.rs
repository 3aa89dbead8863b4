//! What a service keeps.

/// x
pub struct Home;

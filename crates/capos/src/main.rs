//! Planned.

fn main() {}

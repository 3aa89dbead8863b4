//! The membrane, tried from both sides, with the object here and behind connections.

mod admission;
mod crossing;
mod ending;
mod interleaving;
mod threads;
mod world;

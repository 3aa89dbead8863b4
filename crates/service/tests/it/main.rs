//! Services written with this crate, reached as the node reaches them.

mod disclosure;
mod probe;
mod process;
mod pushing;
mod saving;
mod seating;

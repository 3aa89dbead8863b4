//! The sandbox from outside: what it starts, what a hostile guest reaches in it, and what is left afterwards.

mod bounds;
mod guest;
mod hostile;
mod life;
mod missing;
mod user;

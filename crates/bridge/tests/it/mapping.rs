//! How objects and values look to a program, with a real server of Cap'n Proto at the other end.

mod arguments;
mod callbacks;
mod errors;
mod ground;
mod mirror;
mod pipelining;
mod shell;
mod streams;
mod values;

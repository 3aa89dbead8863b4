//! The files of a home as a client has them, over a connection like the node's.

mod bounds;
mod changing;
mod escapes;
mod ground;
mod listing;
mod reading;
mod writing;

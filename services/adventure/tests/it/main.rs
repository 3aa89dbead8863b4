//! The world, from outside.

mod route;

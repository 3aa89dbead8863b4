//! The parts that tests stand on, tested on a stock connection.

mod hostile;
mod lab;
mod link;

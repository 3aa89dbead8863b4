//! The parts that tests stand on, tested on a stock connection.

mod lab;
mod link;
mod stock;

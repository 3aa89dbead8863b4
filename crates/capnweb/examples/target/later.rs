//! Methods whose results come later.

use std::future::pending;
use std::time::Duration;

use capnweb::{Error, Methods, Outcome, Promise, Value};
use tokio::time::sleep;

use crate::main_object::Main;
use crate::values::{object, text};

pub(crate) fn methods() -> Methods<Main> {
    Methods::<Main>::new()
        .later("delay", |_, (delay, value): (f64, Value)| later(delay, Ok(value)))
        .later("never", |_, ()| pending::<Value>())
        .later("slowCounter", |main, (delay, start): (f64, f64)| async move {
            sleep(millis(delay)).await;
            main.kinds().counter(start)
        })
        .on("promiseField", |_, (delay, value): (f64, Value)| field(Promise::new(later(delay, Ok(value)))))
        .on("promiseFieldReject", |_, (delay, message): (f64, String)| {
            field(Promise::new(later(delay, Err(Error::range_error(message).into()))))
        })
}

pub(crate) async fn later(delay: f64, outcome: Outcome) -> Outcome {
    sleep(millis(delay)).await;
    outcome
}

fn field(later: Promise) -> Value {
    object([("now", text("now")), ("later", Value::Promise(later))])
}

/// A time as JavaScript has it; what is none is no time at all.
pub(crate) fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default().min(Duration::from_secs(3_600))
}

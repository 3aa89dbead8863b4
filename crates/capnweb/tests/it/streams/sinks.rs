//! What is asked of a sink.

use capnweb::{Sink, Thrown, Value, Writable};
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::join_all;
use std::future::Future;
use std::pin::Pin;

use super::parts::{Record, failure, number, thrown};

#[test]
fn writes_that_are_not_waited_for_are_done_one_after_the_other() {
    let record = Record::default();
    let gate = record.hold_next();
    let writable = Writable::new(record.clone());
    let mut first = Box::pin(writable.write(number(0)));
    let mut others = Box::pin(join_all((1..4).map(|each| writable.write(number(each)))));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(others.as_mut().now_or_never().is_none());
    assert!(record.events().is_empty());
    gate.send(()).unwrap();
    block_on(others);
    assert_eq!(record.events(), ["write 0", "write 1", "write 2", "write 3"]);
    assert!(first.now_or_never().unwrap().is_ok());
}

#[test]
fn a_write_that_is_given_up_is_done_and_the_next_one_moves_it() {
    let record = Record::default();
    let gate = record.hold_next();
    let writable = Writable::new(record.clone());
    let mut first = Box::pin(writable.write(number(0)));
    assert!(first.as_mut().now_or_never().is_none());
    let rest = async {
        let second = writable.write(number(1));
        let release = async {
            drop(first);
            gate.send(()).unwrap();
        };
        futures::future::join(second, release).await.0
    };
    block_on(rest).unwrap();
    assert_eq!(record.events(), ["write 0", "write 1"]);
}

#[test]
fn a_write_that_fails_fails_what_waits_and_what_follows_with_its_error() {
    let record = Record::failing_after(1);
    let gate = record.hold_next();
    let writable = Writable::new(record.clone());
    let mut writes = Box::pin(join_all((0..3).map(|each| writable.write(number(each)))));
    assert!(writes.as_mut().now_or_never().is_none());
    drop(gate);
    let results = block_on(writes);
    assert!(results[0].is_ok());
    for result in results.into_iter().skip(1).chain([block_on(writable.write(number(3))), block_on(writable.close())]) {
        assert_eq!(failure(result), "the sink is full");
    }
    drop(writable);
    assert_eq!(record.events(), ["write 0"], "it is neither closed nor aborted by anybody else");
}

#[test]
fn after_a_close_nothing_is_written() {
    let record = Record::default();
    let writable = Writable::new(record.clone());
    block_on(writable.close()).unwrap();
    assert_eq!(failure(block_on(writable.write(number(0)))), "The stream is closed.");
    assert_eq!(failure(block_on(writable.close())), "The stream is closed.");
    writable.abort(thrown("too late"));
    drop(writable);
    assert_eq!(record.events(), ["close"]);
}

#[test]
fn an_abort_lets_the_write_that_runs_finish_and_drops_the_others() {
    let record = Record::default();
    let gate = record.hold_next();
    let writable = Writable::new(record.clone());
    let mut first = Box::pin(writable.write(number(0)));
    let mut second = Box::pin(writable.write(number(1)));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    writable.abort(thrown("stop"));
    assert_eq!(failure(block_on(second)), "stop");
    assert!(record.events().is_empty());
    gate.send(()).unwrap();
    block_on(first).unwrap();
    assert_eq!(record.events(), ["write 0", "abort stop"]);
    assert_eq!(failure(block_on(writable.write(number(2)))), "stop");
}

#[test]
fn the_last_clone_that_is_dropped_aborts_at_once() {
    let record = Record::default();
    let gate = record.hold_next();
    let writable = Writable::new(record.clone());
    let mut write = Box::pin(writable.clone().into_write(number(0)));
    assert!(write.as_mut().now_or_never().is_none());
    drop(writable);
    assert!(record.events().is_empty());
    drop(write);
    assert_eq!(record.events(), ["abort The stream was given up before it was closed."]);
    assert!(gate.is_canceled());
}

trait IntoWrite {
    fn into_write(self, chunk: Value) -> impl Future<Output = Result<(), Thrown>>;
}

impl IntoWrite for Writable {
    async fn into_write(self, chunk: Value) -> Result<(), Thrown> {
        self.write(chunk).await
    }
}

/// A sink whose write drops the last reference to its own stream.
struct SelfDropping(Option<Writable>, Record);

impl Sink for SelfDropping {
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        self.0 = None;
        drop(chunk);
        Box::pin(std::future::pending())
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn abort(&mut self, reason: Thrown) {
        self.1.abort(reason);
    }
}

#[test]
fn a_stream_whose_chunk_is_itself_is_aborted_when_the_sink_drops_that() {
    let record = Record::default();
    let writable = Writable::new(SelfDropping(None, record.clone()));
    let chunk = Value::Writable(writable.clone());
    let write = async move {
        let write = writable.write(chunk);
        let mut write = Box::pin(write);
        assert!(write.as_mut().now_or_never().is_none());
        drop(write);
        drop(writable);
    };
    block_on(write);
    assert_eq!(record.events(), ["abort The stream was given up before it was closed."]);
}

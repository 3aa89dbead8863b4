//! What is written on one end and read on the other.

use capnweb::{Readable, Thrown, Value, Writable, pipe};
use futures::executor::block_on;
use futures::{FutureExt, StreamExt};

use super::parts::{Endless, Record, as_number, failure, number, thrown};

async fn written(writable: &Writable, count: u32) {
    for each in 0..count {
        writable.write(number(each)).await.unwrap();
    }
}

#[test]
fn a_write_is_done_when_its_chunk_is_taken() {
    let (writable, readable) = pipe();
    let mut write = Box::pin(writable.write(number(7)));
    assert!(write.as_mut().now_or_never().is_none());
    assert_eq!(as_number(&block_on(readable.next()).unwrap().unwrap()), 7);
    assert!(write.now_or_never().unwrap().is_ok());
}

#[test]
fn a_close_is_done_when_everything_is_taken() {
    let (writable, readable) = pipe();
    let mut write = Box::pin(writable.write(number(7)));
    assert!(write.as_mut().now_or_never().is_none());
    let mut close = Box::pin(writable.close());
    assert!(close.as_mut().now_or_never().is_none());
    block_on(readable.next()).unwrap().unwrap();
    assert!(close.now_or_never().unwrap().is_ok());
    assert!(block_on(readable.next()).is_none());
    assert_eq!(failure(block_on(writable.write(number(8)))), "The stream is closed.");
}

#[test]
fn an_abort_comes_after_what_was_written() {
    let (writable, readable) = pipe();
    let mut write = Box::pin(writable.write(number(7)));
    assert!(write.as_mut().now_or_never().is_none());
    writable.abort(thrown("stop"));
    assert_eq!(as_number(&block_on(readable.next()).unwrap().unwrap()), 7);
    assert_eq!(failure(block_on(readable.next()).unwrap()), "stop");
    assert!(block_on(write).is_ok());
    assert_eq!(failure(block_on(writable.write(number(8)))), "stop");
}

#[test]
fn a_writing_end_that_is_dropped_before_it_is_closed_is_an_error_for_the_reader() {
    let (writable, readable) = pipe();
    drop(writable.clone());
    assert!(readable.next().now_or_never().is_none());
    drop(writable);
    assert_eq!(failure(block_on(readable.next()).unwrap()), "The stream was given up before it was closed.");
}

#[test]
fn a_reader_that_cancels_fails_the_writes_that_wait_and_all_that_follow() {
    let (writable, readable) = pipe();
    let mut write = Box::pin(writable.write(number(7)));
    assert!(write.as_mut().now_or_never().is_none());
    readable.cancel(thrown("enough"));
    assert_eq!(failure(block_on(write)), "enough");
    assert_eq!(failure(block_on(writable.write(number(8)))), "enough");
    assert_eq!(failure(block_on(writable.close())), "enough");
}

#[test]
fn a_reading_end_that_is_dropped_fails_the_writes() {
    let (writable, readable) = pipe();
    let mut write = Box::pin(writable.write(number(7)));
    assert!(write.as_mut().now_or_never().is_none());
    drop(readable);
    assert_eq!(failure(block_on(write)), "The stream is not read.");
}

#[test]
fn what_is_piped_arrives_and_is_closed() {
    let record = Record::default();
    let source = Readable::new(futures::stream::iter((0..3).map(|each| Ok(number(each)))));
    block_on(source.pipe_to(&Writable::new(record.clone()))).unwrap();
    assert_eq!(record.events(), ["write 0", "write 1", "write 2", "close"]);
}

#[test]
fn a_source_that_fails_aborts_where_it_was_piped_to() {
    let record = Record::default();
    let source = Readable::new(futures::stream::iter([Ok(number(0)), Err(thrown("broke"))]));
    assert_eq!(failure(block_on(source.pipe_to(&Writable::new(record.clone())))), "broke");
    assert_eq!(record.events(), ["write 0", "abort broke"]);
}

#[test]
fn a_sink_that_fails_cancels_what_is_piped_to_it() {
    let endless = Endless::default();
    let record = Record::failing_after(2);
    let told = failure(block_on(endless.readable(number).pipe_to(&Writable::new(record.clone()))));
    assert_eq!((told.as_str(), endless.made.get()), ("the sink is full", 3));
    assert!(endless.dropped.get());
    assert_eq!(record.events(), ["write 0", "write 1"]);
}

#[test]
fn a_pipe_between_two_tasks_carries_everything() {
    let (writable, readable) = pipe();
    let write = async {
        written(&writable, 100).await;
        writable.close().await.unwrap();
    };
    let read = readable.clone().into_stream().map(|chunk| as_number(&chunk.unwrap())).collect::<Vec<_>>();
    let (read, ()) = block_on(futures::future::join(read, write));
    assert_eq!(read, (0..100).collect::<Vec<_>>());
}

#[test]
fn a_value_that_is_no_error_can_be_the_reason() {
    let (writable, readable) = pipe();
    writable.abort(Thrown(Value::String("just a text".into())));
    let Thrown(reason) = block_on(readable.next()).unwrap().unwrap_err();
    assert!(matches!(reason, Value::String(text) if text == "just a text"));
}

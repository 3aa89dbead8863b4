//! What a peer writes to streams here.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use futures::FutureExt;
use futures::executor::block_on;

use crate::error::{Error, Outcome, Thrown};
use crate::stream::{Custody, Readable, Sink, Writable, pipe_of_peer};
use crate::target::{Answer, Target};
use crate::value::Value;

/// A text that is charged as so many bytes.
fn text(charge: usize) -> Value {
    Value::String("x".repeat(charge - 16))
}

fn call(
    writable: &Writable,
    method: &str,
    argument: Value,
    custody: &Rc<Custody>,
) -> Pin<Box<dyn Future<Output = Outcome>>> {
    match Rc::new(writable.served(custody)).call(Some(method), vec![argument]) {
        Answer::Later(later) => later,
        Answer::Now(outcome) => Box::pin(std::future::ready(outcome)),
        Answer::Pipelined(_) => panic!("a stream has no parts"),
    }
}

fn write(writable: &Writable, chunk: Value, custody: &Rc<Custody>) -> Pin<Box<dyn Future<Output = Outcome>>> {
    call(writable, "write", chunk, custody)
}

fn gone() -> Thrown {
    Error::new("Error", "The session has ended.").into()
}

fn told(outcome: Outcome) -> String {
    outcome.unwrap_err().to_string()
}

#[test]
fn what_waits_in_all_pipes_is_held_up_to_the_limit_and_no_further() {
    let custody = Custody::new(100);
    let (first, second) = (pipe_of_peer(&custody), pipe_of_peer(&custody));
    let _waiting = (write(&first.0, text(60), &custody), write(&second.0, text(40), &custody));
    assert_eq!((custody.held(), custody.is_exceeded()), (100, false));
    let refused = write(&first.0, Value::Null, &custody);
    assert!(custody.is_exceeded());
    assert_eq!(told(block_on(refused)), "RangeError: More was written than is held for who reads it.");
}

#[test]
fn what_is_taken_or_dropped_is_held_no_longer() {
    let custody = Custody::new(100);
    let (writable, readable) = pipe_of_peer(&custody);
    let first = write(&writable, text(60), &custody);
    let second = write(&writable, text(40), &custody);
    block_on(readable.next()).unwrap().unwrap();
    assert_eq!(custody.held(), 40);
    block_on(first).unwrap();
    drop(readable);
    assert_eq!(custody.held(), 0);
    block_on(second).unwrap_err();
    assert!(!custody.is_exceeded());
}

#[test]
fn what_nobody_has_taken_from_the_session_is_dropped_with_both_ends() {
    let custody = Custody::new(100);
    let (writable, readable) = pipe_of_peer(&custody);
    let _write = write(&writable, text(60), &custody);
    drop((writable, readable));
    assert_eq!(custody.held(), 0);
}

#[test]
fn a_stream_has_three_methods_and_no_properties() {
    let custody = Custody::new(100);
    let (writable, _readable) = pipe_of_peer(&custody);
    let answer = call(&writable, "getWriter", Value::Undefined, &custody);
    assert_eq!(told(block_on(answer)), "TypeError: 'getWriter' is not a function.");
    match Rc::new(writable.served(&custody)).get("write") {
        Answer::Now(Ok(Value::Undefined)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pipe_that_holds_its_own_end_is_gone_when_the_session_is() {
    let custody = Custody::new(1_000);
    let (writable, readable) = pipe_of_peer(&custody);
    let guard = Rc::new(());
    let weak = Rc::downgrade(&guard);
    let chunk = Value::Array(vec![Value::Readable(readable), Value::Readable(guarded(guard))]);
    let answer = write(&writable, chunk, &custody);
    let close = call(&writable, "close", Value::Undefined, &custody);
    drop((writable, answer, close));
    assert_eq!(weak.strong_count(), 1);
    custody.peer_gone(&gone());
    assert_eq!((weak.strong_count(), custody.held()), (0, 0));
}

fn guarded(guard: Rc<()>) -> Readable {
    Readable::new(futures::stream::poll_fn(move |_| {
        let _ = &guard;
        std::task::Poll::Pending
    }))
}

#[test]
fn a_stream_that_was_closed_is_read_to_its_end_after_the_session() {
    let custody = Custody::new(1_000);
    let (writable, readable) = pipe_of_peer(&custody);
    let _answer = write(&writable, text(60), &custody);
    let _close = call(&writable, "close", Value::Undefined, &custody);
    custody.peer_gone(&gone());
    drop(writable);
    assert!(block_on(readable.next()).unwrap().is_ok());
    assert!(block_on(readable.next()).is_none());
}

#[test]
fn a_stream_that_was_not_closed_breaks_with_the_session() {
    let custody = Custody::new(1_000);
    let (writable, readable) = pipe_of_peer(&custody);
    let answer = write(&writable, text(60), &custody);
    custody.peer_gone(&gone());
    assert_eq!(block_on(readable.next()).unwrap().unwrap_err().to_string(), "Error: The session has ended.");
    assert_eq!(told(block_on(answer)), "Error: The session has ended.");
    assert_eq!(custody.held(), 0);
}

/// A sink that never takes anything, and tells of its abort.
#[derive(Clone, Default)]
struct Stuck {
    aborted: Rc<Cell<u32>>,
}

impl Sink for Stuck {
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        Box::pin(async move {
            let _chunk = chunk;
            std::future::pending().await
        })
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn abort(&mut self, _: Thrown) {
        self.aborted.set(self.aborted.get() + 1);
    }
}

#[test]
fn what_waits_for_a_sink_is_held_up_to_the_limit_and_no_further() {
    let custody = Custody::new(100);
    let writable = Writable::new(Stuck::default());
    let _waiting = (write(&writable, text(60), &custody), write(&writable, text(40), &custody));
    assert_eq!((custody.held(), custody.is_exceeded()), (100, false));
    let _refused = write(&writable, Value::Null, &custody);
    assert!(custody.is_exceeded());
    drop(writable);
}

#[test]
fn a_sink_that_holds_its_own_stream_is_gone_when_the_session_is() {
    for writes in 1..3 {
        let custody = Custody::new(1_000);
        let sink = Stuck::default();
        let writable = Writable::new(sink.clone());
        for _ in 0..writes {
            let mut answer = write(&writable, Value::Writable(writable.clone()), &custody);
            assert!(answer.as_mut().now_or_never().is_none());
        }
        drop(writable);
        assert_eq!(sink.aborted.get(), 0);
        custody.peer_gone(&gone());
        assert_eq!((sink.aborted.get(), custody.held()), (1, 0));
    }
}

#[test]
fn blobs_under_way_count_as_held_and_fail_alone() {
    let custody = Custody::new(1_000);
    let (writable, readable) = pipe_of_peer(&custody);
    let mut blob = Box::pin(readable.blob("text/plain".into(), 900));
    for _ in 0..7 {
        let bytes = Value::Bytes(crate::value::Bytes::new(vec![1; 100]));
        let mut answer = write(&writable, bytes, &custody);
        assert!(blob.as_mut().now_or_never().is_none());
        assert!(answer.as_mut().now_or_never().unwrap().is_ok());
    }
    assert_eq!(custody.held(), 700);
    let (other, end) = pipe_of_peer(&custody);
    let mut second = Box::pin(end.blob(String::new(), 900));
    let bytes = Value::Bytes(crate::value::Bytes::new(vec![1; 60]));
    let _answer = write(&other, bytes, &custody);
    assert_eq!(
        told(second.as_mut().now_or_never().unwrap()),
        "RangeError: The stream is longer than what is accepted."
    );
    assert!(!custody.is_exceeded());
    let _close = call(&writable, "close", Value::Undefined, &custody);
    assert!(matches!(blob.now_or_never().unwrap().unwrap(), Value::Blob(blob) if blob.data.len() == 700));
    assert_eq!(custody.held(), 0);
}

#[test]
fn a_long_chain_of_streams_in_streams_is_dropped_without_a_deep_stack() {
    let custody = Custody::new(usize::MAX);
    let chain = |link: fn(&Rc<Custody>, Value) -> Value| {
        let last = (0..20_000).fold(Value::Null, |inner, _| link(&custody, inner));
        drop(last);
        assert_eq!(custody.held(), 0);
    };
    chain(|custody, inner| {
        let (writable, readable) = pipe_of_peer(custody);
        drop(write(&writable, inner, custody));
        Value::Readable(readable)
    });
    chain(|custody, inner| {
        let writable = Writable::new(Stuck::default());
        drop(write(&writable, inner, custody));
        Value::Writable(writable)
    });
    chain(|custody, inner| {
        let writable = Writable::new(Stuck::default());
        drop(write(&writable, Value::Null, custody));
        drop(write(&writable, inner, custody));
        Value::Array(vec![Value::Stub(crate::stub::Stub::new(writable.served(custody)))])
    });
}

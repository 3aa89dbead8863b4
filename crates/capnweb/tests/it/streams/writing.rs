//! Streams that a peer writes to, in both directions.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Answer, Error, Sink, Stub, Thrown, Value, Writable};

use super::link::{Link, Methods};
use super::parts::{Dropped, Record, bytes, failure, number, thrown};

fn writable(value: Value) -> Writable {
    match value {
        Value::Writable(writable) => writable,
        other => panic!("no stream: {other:?}"),
    }
}

/// A server that gives a stream which ends in `record`.
fn opener(record: &Record) -> Link {
    let record = record.clone();
    Link::new(move |_, _| Answer::Now(Ok(Value::Writable(Writable::new(record.clone())))))
}

async fn open(link: &Link) -> Writable {
    writable(link.call("open", vec![]).await.unwrap())
}

#[test]
fn what_is_written_arrives_in_order_and_the_close_after_it() {
    let record = Record::default();
    let link = opener(&record);
    link.run(async {
        let writable = open(&link).await;
        for each in 0..3 {
            writable.write(number(each)).await.unwrap();
        }
        writable.close().await.unwrap();
    });
    assert_eq!(record.events(), ["write 0", "write 1", "write 2", "close"]);
    link.settle();
    assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1));
}

#[test]
fn a_server_writes_to_the_stream_it_is_given() {
    let record = Record::default();
    let link = Link::new(|_, mut arguments| {
        Answer::later(async move {
            let writable = writable(arguments.remove(0));
            for each in 0..3 {
                writable.write(number(each)).await?;
            }
            writable.close().await?;
            Ok(3.0.into())
        })
    });
    let stream = Value::Writable(Writable::new(record.clone()));
    link.run(link.call("fill", vec![stream]).into_future()).unwrap();
    assert_eq!(record.events(), ["write 0", "write 1", "write 2", "close"]);
    link.settle();
    assert_eq!((link.server.stats().imports, link.client.stats().exports), (1, 1));
}

#[test]
fn a_write_that_fails_there_fails_a_later_one_here_and_the_close() {
    let record = Record::failing_after(2);
    let link = opener(&record);
    let (written, refused, closed) = link.run(async {
        let writable = open(&link).await;
        let mut written = 0;
        let refused = loop {
            if let Err(reason) = writable.write(number(written)).await {
                break reason;
            }
            written += 1;
            link.settle();
        };
        (written, refused, writable.close().await)
    });
    assert_eq!((written, failure::<()>(Err(refused)).as_str()), (3, "the sink is full"));
    assert_eq!(failure(closed), "the sink is full");
    link.settle();
    assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1));
}

#[test]
fn a_close_fails_with_what_an_earlier_write_failed_with() {
    let record = Record::failing_after(1);
    let link = opener(&record);
    let closed = link.run(async {
        let writable = open(&link).await;
        writable.write(number(0)).await.unwrap();
        writable.write(number(1)).await.unwrap();
        writable.close().await
    });
    assert_eq!(failure(closed), "the sink is full");
    assert_eq!(record.events(), ["write 0"]);
}

#[test]
fn an_abort_arrives_with_its_reason_after_what_was_written() {
    let record = Record::default();
    let link = opener(&record);
    link.run(async {
        let writable = open(&link).await;
        writable.write(number(0)).await.unwrap();
        writable.write(number(1)).await.unwrap();
        writable.abort(thrown("stop"));
        assert_eq!(failure(writable.write(number(2)).await), "stop");
    });
    link.settle();
    assert_eq!(record.events(), ["write 0", "write 1", "abort stop"]);
    assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1));
}

#[test]
fn a_stream_that_is_dropped_before_it_is_closed_is_aborted_there() {
    let record = Record::default();
    let link = opener(&record);
    link.run(async {
        let writable = open(&link).await;
        writable.write(number(0)).await.unwrap();
    });
    link.settle();
    assert_eq!(record.events(), ["write 0", "abort The stream was given up before it was closed."]);
    assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1));
}

#[test]
fn a_sink_that_is_slow_holds_the_writer_up() {
    let record = Record::default();
    let gate = record.hold_next();
    let link = opener(&record);
    let chunk = || bytes(vec![7; 64 * 1024]);
    let count = Rc::new(RefCell::new(0));
    let written = count.clone();
    let writing = async {
        let writable = open(&link).await;
        while *written.borrow() < 100 {
            writable.write(chunk()).await.unwrap();
            *written.borrow_mut() += 1;
        }
    };
    let mut writing = Box::pin(writing);
    let stalled = link.run(std::future::poll_fn(|context| {
        let _ = writing.as_mut().poll(context);
        link.settle();
        let _ = writing.as_mut().poll(context);
        std::task::Poll::Ready(*count.borrow())
    }));
    assert!((1..=4).contains(&stalled), "{stalled}");
    drop((writing, gate));
}

#[test]
fn a_sink_gets_one_write_at_a_time_whoever_writes() {
    let record = Record::default();
    let gate = record.hold_next();
    let link = opener(&record);
    let writable = link.run(open(&link));
    link.run(async {
        writable.write(number(0)).await.unwrap();
        writable.write(number(1)).await.unwrap();
    });
    link.settle();
    assert!(record.events().is_empty());
    gate.send(()).unwrap();
    link.settle();
    assert_eq!(record.events(), ["write 0", "write 1"]);
}

/// A sink that calls what it is given.
struct Caller(Rc<RefCell<u32>>);

impl Sink for Caller {
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        let Value::Stub(stub) = chunk else { panic!("no stub: {chunk:?}") };
        let called = self.0.clone();
        Box::pin(async move {
            stub.call(Some("called"), vec![]).await?;
            *called.borrow_mut() += 1;
            Ok(())
        })
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn abort(&mut self, reason: Thrown) {
        panic!("{reason}");
    }
}

#[test]
fn stubs_in_a_chunk_are_released_after_its_write() {
    let called = Rc::new(RefCell::new(0));
    let calling = called.clone();
    let link = Link::new(move |_, _| Answer::Now(Ok(Value::Writable(Writable::new(Caller(calling.clone()))))));
    let guard = Dropped::default();
    let dropped = guard.0.clone();
    let stub = Stub::new(Methods(move |_: &str, _| {
        let _ = &guard;
        Answer::Now(Ok(Value::Null))
    }));
    link.run(async {
        let writable = open(&link).await;
        writable.write(Value::Stub(stub)).await.unwrap();
        writable.close().await.unwrap();
    });
    link.settle();
    assert_eq!(*called.borrow(), 1);
    assert!(dropped.get());
    assert_eq!((link.client.stats().exports, link.server.stats().imports), (1, 1));
}

#[test]
fn the_end_of_a_session_aborts_the_sinks_of_both_sides() {
    let (here, there) = (Record::default(), Record::default());
    let (gate, sink) = (there.hold_next(), there.clone());
    let kept = Rc::new(RefCell::new(None));
    let keep = kept.clone();
    let link = Link::new(move |_, mut arguments| {
        let given = writable(arguments.remove(0));
        let (sink, keep) = (sink.clone(), keep.clone());
        Answer::later(async move {
            given.write(number(7)).await?;
            *keep.borrow_mut() = Some(given);
            Ok(Value::Writable(Writable::new(sink)))
        })
    });
    let stream = Value::Writable(Writable::new(here.clone()));
    let remote = link.run(async {
        let remote = writable(link.call("swap", vec![stream]).await.unwrap());
        remote.write(number(0)).await.unwrap();
        remote
    });
    link.settle();
    link.client.disconnected(Error::new("Error", "the way is gone"));
    link.server.disconnected(Error::new("Error", "the way is gone"));
    assert_eq!(here.events().len(), 2);
    assert!(here.events()[1].starts_with("abort "));
    assert_eq!(there.events().len(), 1, "the write that ran is dropped");
    assert!(there.events()[0].starts_with("abort "));
    assert!(gate.is_canceled());
    let given = kept.take().unwrap();
    for stream in [remote, given] {
        assert_eq!(failure(link.run(stream.write(number(1)))), "the way is gone");
    }
}

#[test]
fn a_value_that_is_no_error_can_be_what_a_write_fails_with() {
    let link = Link::new(|_, _| {
        let (writable, readable) = capnweb::pipe();
        readable.cancel(Thrown(Value::from("no more")));
        Answer::Now(Ok(Value::Writable(writable)))
    });
    let reason = link.run(async {
        let writable = open(&link).await;
        writable.write(number(0)).await.unwrap();
        writable.close().await.unwrap_err()
    });
    assert!(matches!(reason.0, Value::String(text) if text == "no more"));
}

//! Streams that a peer reads, in both directions.

use std::cell::RefCell;
use std::rc::Rc;

use capnweb::{Answer, Blob, Body, Error, Readable, Request, Stub, Thrown, Value};
use futures::StreamExt;

use super::link::{Link, Methods};
use super::parts::{Dropped, Endless, as_number, bytes, failure, number, thrown};

const CHUNK: usize = 64 * 1024;

fn numbers(count: u32) -> Readable {
    Readable::new(futures::stream::iter((0..count).map(|each| Ok(number(each)))))
}

fn readable(mut arguments: Vec<Value>) -> Readable {
    match arguments.remove(0) {
        Value::Readable(readable) => readable,
        other => panic!("no stream: {other:?}"),
    }
}

fn now(value: impl Into<Value>) -> Answer {
    Answer::Now(Ok(value.into()))
}

async fn stream_of(answer: capnweb::Promise) -> Readable {
    readable(vec![answer.await.unwrap()])
}

/// A server that reads streams in several ways, and keeps the one it is given by `keep`.
fn reader() -> (Link, Rc<RefCell<Option<Readable>>>) {
    let kept = Rc::new(RefCell::new(None));
    let keep = kept.clone();
    let link = Link::new(move |name, arguments| match name {
        "all" => Answer::later(async move { Ok(Value::Array(readable(arguments).collect(usize::MAX).await?)) }),
        "bytes" => Answer::later(async move { Ok(readable(arguments).collect_bytes(usize::MAX).await?.into()) }),
        "two" => Answer::later(async move {
            let readable = readable(arguments);
            let two = [readable.next().await.unwrap()?, readable.next().await.unwrap()?];
            readable.cancel(thrown("enough"));
            Ok(Value::Array(two.into()))
        }),
        "ignore" => now("ignored"),
        "echo" => now(Value::Readable(readable(arguments))),
        "keep" => {
            *keep.borrow_mut() = Some(readable(arguments));
            now(Value::Null)
        }
        name => Answer::no_method(Some(name)),
    });
    (link, kept)
}

/// A server that gives a stream.
fn giver(give: impl Fn() -> Readable + 'static) -> Link {
    Link::new(move |_, _| now(Value::Readable(give())))
}

fn array(value: Value) -> Vec<u32> {
    match value {
        Value::Array(items) => items.iter().map(as_number).collect(),
        other => panic!("no list: {other:?}"),
    }
}

#[test]
fn a_stream_in_an_argument_is_read_to_its_end() {
    let (link, _) = reader();
    let answer = link.call("all", vec![Value::Readable(numbers(1_000))]);
    assert_eq!(array(link.run(answer.into_future()).unwrap()), (0..1_000).collect::<Vec<_>>());
    link.settle();
    assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1));
}

#[test]
fn a_stream_in_a_result_is_read_to_its_end() {
    let link = giver(|| numbers(1_000));
    let read = link.run(async {
        let readable = stream_of(link.call("give", vec![])).await;
        readable.into_stream().map(|chunk| as_number(&chunk.unwrap())).collect::<Vec<_>>().await
    });
    assert_eq!(read, (0..1_000).collect::<Vec<_>>());
    link.settle();
    assert_eq!((link.server.stats().imports, link.client.stats().exports), (1, 1));
}

#[test]
fn an_error_comes_after_the_chunks_before_it() {
    let chunks = || futures::stream::iter([Ok(number(1)), Ok(number(2)), Err(thrown("broke"))]);
    let link = giver(move || Readable::new(chunks()));
    let (read, error) = link.run(async {
        let readable = stream_of(link.call("give", vec![])).await;
        link.settle();
        let two = [readable.next().await.unwrap().unwrap(), readable.next().await.unwrap().unwrap()];
        (two, readable.next().await.unwrap())
    });
    assert_eq!((read.each_ref().map(as_number), failure(error).as_str()), ([1, 2], "broke"));
    let (link, _) = reader();
    let answer = link.call("all", vec![Value::Readable(Readable::new(chunks()))]);
    assert_eq!(failure(link.run(answer.into_future())), "broke");
}

#[test]
fn a_reader_that_has_enough_stops_the_source() {
    let (link, _) = reader();
    let endless = Endless::default();
    let answer = link.call("two", vec![Value::Readable(endless.readable(number))]);
    assert_eq!(array(link.run(answer.into_future()).unwrap()), [0, 1]);
    link.settle();
    assert!(endless.dropped.get());
    assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1));
}

#[test]
fn a_stream_that_is_not_read_is_cancelled_when_the_call_ends() {
    let (link, _) = reader();
    let endless = Endless::default();
    let answer = link.call("ignore", vec![Value::Readable(endless.readable(number))]);
    link.run(answer.into_future()).unwrap();
    link.settle();
    assert!(endless.dropped.get());
}

#[test]
fn a_source_is_stopped_when_a_client_drops_what_it_reads() {
    let endless = Endless::default();
    let given = endless.clone();
    let link = giver(move || given.readable(number));
    link.run(async {
        let readable = stream_of(link.call("give", vec![])).await;
        for each in 0..3 {
            assert_eq!(as_number(&readable.next().await.unwrap().unwrap()), each);
        }
        assert!(!endless.dropped.get());
    });
    link.settle();
    assert!(endless.dropped.get());
}

#[test]
fn a_reader_that_stalls_holds_the_source_up() {
    let (link, kept) = reader();
    let endless = Endless::default();
    let chunk = |_| bytes(vec![7; CHUNK]);
    let answer = link.call("keep", vec![Value::Readable(endless.readable(chunk))]);
    link.run(answer.into_future()).unwrap();
    link.settle();
    let stalled = endless.made.get();
    // 64 KiB are 85 KiB of base64: four of them fill 256 KiB.
    assert!((1..=4).contains(&stalled), "{stalled}");
    let readable = kept.take().unwrap();
    link.run(readable.next()).unwrap().unwrap();
    link.settle();
    assert!((stalled + 1..=stalled + 8).contains(&endless.made.get()));
    drop(readable);
    link.settle();
    assert!(endless.dropped.get());
}

#[test]
fn many_bytes_arrive_as_they_are() {
    let (link, _) = reader();
    let data: Vec<u8> = (0..3_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let answer = link.call("bytes", vec![Value::Readable(Readable::of_bytes(data.clone()))]);
    let arrived = link.run(answer.into_future()).unwrap();
    assert!(matches!(arrived, Value::Bytes(bytes) if bytes.data == data));
}

#[test]
fn a_stream_that_is_sent_back_carries_the_same_chunks() {
    let (link, _) = reader();
    let endless = Endless::default();
    let answer = link.call("echo", vec![Value::Readable(endless.readable(number))]);
    let read = link.run(async {
        let readable = stream_of(answer).await;
        readable.into_stream().take(500).map(|chunk| as_number(&chunk.unwrap())).collect::<Vec<_>>().await
    });
    assert_eq!(read, (0..500).collect::<Vec<_>>());
    link.settle();
    assert!(endless.dropped.get(), "the cancellation goes all the way back");
}

#[test]
fn stubs_in_a_stream_can_be_called_and_are_released_when_they_are_dropped() {
    let disposed = Rc::new(RefCell::new(Vec::new()));
    let record = disposed.clone();
    let link = giver(move || {
        let record = record.clone();
        Readable::new(futures::stream::iter((0..3).map(move |each| {
            let guard = Dropped::default();
            record.borrow_mut().push(guard.0.clone());
            Ok(Value::Stub(Stub::new(Methods(move |_: &str, _| {
                let _ = &guard;
                now(number(each))
            }))))
        })))
    });
    let sum = link.run(async {
        let readable = stream_of(link.call("give", vec![])).await;
        let mut sum = 0;
        while let Some(chunk) = readable.next().await {
            let Ok(Value::Stub(stub)) = chunk else { panic!("no stub") };
            sum += as_number(&stub.call(Some("value"), vec![]).await.unwrap());
        }
        sum
    });
    assert_eq!(sum, 3);
    link.settle();
    assert_eq!(disposed.borrow().iter().filter(|disposed| disposed.get()).count(), 3);
    assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1));
}

#[test]
fn the_end_of_a_session_drops_the_streams_in_both_directions() {
    for by_client in [false, true] {
        let (sent, given) = (Endless::default(), Endless::default());
        let (kept, give) = (Rc::new(RefCell::new(None)), given.clone());
        let keep = kept.clone();
        let link = Link::new(move |_, arguments| {
            *keep.borrow_mut() = Some(readable(arguments));
            now(Value::Readable(give.readable(number)))
        });
        let answer = link.call("swap", vec![Value::Readable(sent.readable(number))]);
        let received = link.run(stream_of(answer));
        link.settle();
        let (one, other) = if by_client { (&link.client, &link.server) } else { (&link.server, &link.client) };
        one.disconnected(Error::new("Error", "the way is gone"));
        other.disconnected(Error::new("Error", "the way is gone"));
        assert!(sent.dropped.get() && given.dropped.get());
        let kept = kept.take().unwrap();
        assert_eq!(failure(link.run(kept.next()).unwrap()), "the way is gone");
        assert_eq!(failure(link.run(received.next()).unwrap()), "the way is gone");
    }
}

#[test]
fn a_call_that_waits_for_a_chunk_fails_when_the_session_ends() {
    let (link, _) = reader();
    let pending = Readable::new(futures::stream::pending());
    let answer = link.call("all", vec![Value::Readable(pending)]);
    link.settle();
    link.server.disconnected(Error::new("Error", "the way is gone"));
    link.client.disconnected(Error::new("Error", "the way is gone"));
    assert_eq!(failure(link.run(answer.into_future())), "the way is gone");
}

#[test]
fn blobs_arrive_whole_in_both_directions() {
    let link = Link::new(|_, mut arguments| now(arguments.remove(0)));
    for size in [0, 1, CHUNK, CHUNK + 1, 1_000_000] {
        let blob = Blob::new("text/plain", vec![7; size]);
        let arrived = link.run(link.call("echo", vec![blob.clone().into()]).into_future()).unwrap();
        assert!(matches!(arrived, Value::Blob(arrived) if *arrived == blob), "{size}");
    }
    link.settle();
    assert_eq!((link.client.stats().imports, link.server.stats().imports), (1, 1));
}

#[test]
fn a_body_that_is_a_stream_is_read_where_it_arrives() {
    let link = Link::new(|_, mut arguments| match arguments.remove(0) {
        Value::Request(request) => Answer::later(async move { Ok(request.body.text(1_000).await?.into()) }),
        other => panic!("no request: {other:?}"),
    });
    let mut request = Request::new("POST", "https://example.com/");
    request.body = Body::Stream(Readable::of_bytes("hello body"));
    let text = link.run(link.call("read", vec![request.into()]).into_future()).unwrap();
    assert!(matches!(text, Value::String(text) if text == "hello body"));
}

#[test]
fn a_reason_that_is_no_error_arrives_as_it_is() {
    let link = giver(|| Readable::new(futures::stream::iter([Err(Thrown(Value::from("just a text")))])));
    let reason = link.run(async {
        let readable = stream_of(link.call("give", vec![])).await;
        readable.next().await.unwrap().unwrap_err()
    });
    assert!(matches!(reason.0, Value::String(text) if text == "just a text"));
}

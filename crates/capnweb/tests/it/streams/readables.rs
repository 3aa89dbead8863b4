//! Reading from a source that is here.

use capnweb::{Body, Readable, Value};
use futures::executor::block_on;
use futures::{FutureExt, StreamExt};

use super::parts::{Dropped, Endless, as_number, bytes, failure, number, thrown};

fn numbers(count: u32) -> Readable {
    Readable::new(futures::stream::iter((0..count).map(|each| Ok(number(each)))))
}

#[test]
fn chunks_come_in_order_and_then_the_end_again_and_again() {
    let readable = numbers(3);
    let read = block_on(readable.clone().into_stream().map(|chunk| as_number(&chunk.unwrap())).collect::<Vec<_>>());
    assert_eq!(read, [0, 1, 2]);
    assert!(block_on(readable.next()).is_none());
}

#[test]
fn an_error_is_told_once_and_drops_the_source() {
    let guard = Dropped::default();
    let dropped = guard.0.clone();
    let chunks = futures::stream::iter([Ok(number(1)), Err(thrown("broke")), Ok(number(2))]);
    let readable = Readable::new(chunks.inspect(move |_| _ = &guard));
    assert!(block_on(readable.next()).unwrap().is_ok());
    assert_eq!(failure(block_on(readable.next()).unwrap()), "broke");
    assert!(dropped.get());
    assert!(block_on(readable.next()).is_none());
}

#[test]
fn a_source_is_asked_only_for_what_is_read() {
    let endless = Endless::default();
    let readable = endless.readable(number);
    assert_eq!(endless.made.get(), 0);
    for count in 1..=3 {
        block_on(readable.next()).unwrap().unwrap();
        assert_eq!(endless.made.get(), count);
    }
}

#[test]
fn the_last_clone_that_is_dropped_drops_the_source() {
    let endless = Endless::default();
    let readable = endless.readable(number);
    let other = readable.clone();
    drop(readable);
    assert!(!endless.dropped.get());
    block_on(other.next()).unwrap().unwrap();
    drop(other);
    assert!(endless.dropped.get());
}

#[test]
fn a_cancelled_stream_ends_for_whoever_waits() {
    let guard = Dropped::default();
    let dropped = guard.0.clone();
    let readable = Readable::new(futures::stream::pending().inspect(move |_| _ = &guard));
    let other = readable.clone();
    let mut waiting = Box::pin(readable.next());
    assert!(waiting.as_mut().now_or_never().is_none());
    other.cancel(thrown("enough"));
    assert!(dropped.get());
    assert!(block_on(waiting).is_none());
}

#[test]
fn two_readers_of_one_stream_get_a_chunk_each() {
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    let readable = Readable::new(receiver);
    let both = futures::future::join(readable.next(), readable.next());
    let write = async {
        sender.unbounded_send(Ok(number(1))).unwrap();
        sender.unbounded_send(Ok(number(2))).unwrap();
    };
    let ((first, second), ()) = block_on(futures::future::join(both, write));
    assert_eq!([as_number(&first.unwrap().unwrap()), as_number(&second.unwrap().unwrap())], [1, 2]);
}

#[test]
fn bytes_are_collected_up_to_the_limit() {
    let data: Vec<u8> = (0..200_000_u32).map(|each| each.to_le_bytes()[0]).collect();
    let collected = block_on(Readable::of_bytes(data.clone()).collect_bytes(200_000)).unwrap();
    assert_eq!(collected, data);
    let chunks = block_on(Readable::of_bytes(data.clone()).collect(usize::MAX)).unwrap();
    assert_eq!(chunks.len(), 4);
    assert_eq!(
        failure(block_on(Readable::of_bytes(data).collect_bytes(199_999))),
        "The stream is longer than what is accepted."
    );
    assert!(block_on(Readable::of_bytes("").collect_bytes(0)).unwrap().is_empty());
}

#[test]
fn past_the_limit_the_stream_is_cancelled() {
    let endless = Endless::default();
    let readable = endless.readable(|_| bytes(vec![0; 10]));
    failure(block_on(readable.collect_bytes(55)));
    assert_eq!(endless.made.get(), 6);
    assert!(endless.dropped.get());
}

#[test]
fn values_are_collected_up_to_the_limit() {
    assert_eq!(block_on(numbers(10).collect(160)).unwrap().len(), 10);
    failure(block_on(numbers(11).collect(160)));
}

#[test]
fn a_stream_of_bytes_has_nothing_else_in_it() {
    let endless = Endless::default();
    let told = failure(block_on(endless.readable(number).collect_bytes(100)));
    assert_eq!(told, "A stream of bytes has a chunk that is not bytes.");
    assert!(endless.dropped.get());
}

#[test]
fn a_body_is_read_whatever_it_is() {
    let stream = Body::Stream(Readable::of_bytes("héllo"));
    assert_eq!(block_on(stream.text(6)).unwrap(), "héllo");
    let invalid = Readable::new(futures::stream::iter([Ok(bytes(vec![b'a', 0xff]))]));
    assert_eq!(block_on(invalid.collect_text(2)).unwrap(), "a\u{fffd}");
    for body in [Body::Text("text".into()), Body::Bytes("text".into())] {
        assert_eq!(block_on(body.text(4)).unwrap(), "text");
        assert_eq!(&block_on(body.bytes(4)).unwrap()[..], b"text");
    }
    assert_eq!(block_on(Body::None.text(0)).unwrap(), "");
}

#[test]
fn a_stream_may_cancel_itself_while_it_is_asked() {
    let cell = std::rc::Rc::new(std::cell::RefCell::new(None::<Readable>));
    let own = cell.clone();
    let guard = Dropped::default();
    let dropped = guard.0.clone();
    let readable = Readable::new(futures::stream::poll_fn(move |_| {
        let _ = &guard;
        own.borrow_mut().take().unwrap().cancel(thrown("by itself"));
        std::task::Poll::Ready(Some(Ok(Value::Null)))
    }));
    *cell.borrow_mut() = Some(readable.clone());
    assert!(block_on(readable.next()).is_none());
    assert!(dropped.get());
}

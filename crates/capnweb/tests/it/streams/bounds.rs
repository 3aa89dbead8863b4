//! A peer that writes without waiting, by hand.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Waker};

use capnweb::{Answer, Error, Limits, Options, Readable, Session, Stub, Value, Writable};

use super::link::Methods;
use super::parts::{Dropped, Record};

/// What a write counts for beside its text, in a session that may hold `HELD`: the write, and one value.
const WRITE: usize = 256 + 16;
const HELD: usize = 100 * WRITE;

/// A session whose main object keeps the stream that it is given, and gives a sink.
struct Server {
    session: Session,
    kept: Rc<RefCell<Option<Readable>>>,
}

impl Server {
    fn new(sink: &Record) -> Self {
        let kept = Rc::new(RefCell::new(None));
        let (keep, sink) = (kept.clone(), sink.clone());
        let limits = Limits { held_bytes: HELD, ..Limits::default() };
        let main = Methods(move |name: &str, mut arguments: Vec<Value>| match (name, arguments.pop()) {
            ("keep", Some(Value::Readable(readable))) => {
                *keep.borrow_mut() = Some(readable);
                Answer::Now(Ok(Value::Null))
            }
            ("open", None) => Answer::Now(Ok(Value::Writable(Writable::new(sink.clone())))),
            (name, _) => Answer::no_method(Some(name)),
        });
        let options = Options { limits, ..Options::default() };
        Self { session: Session::new(options, |_| Some(Stub::new(main))), kept }
    }

    /// Takes a message; what it answers.
    fn receive(&self, message: &str) -> Vec<String> {
        let _ = self.session.receive(message);
        self.answers()
    }

    fn answers(&self) -> Vec<String> {
        let _ = self.session.poll(&mut Context::from_waker(Waker::noop()));
        std::iter::from_fn(|| self.session.next_message()).collect()
    }

    fn write(&self, id: i64, text: &str) -> Vec<String> {
        self.receive(&format!(r#"["stream",["pipeline",{id},["write"],["{text}"]]]"#))
    }

    fn is_over(&self) -> bool {
        self.session.ended().is_some()
    }
}

fn pipe() -> Server {
    let server = Server::new(&Record::default());
    server.receive(r#"["pipe"]"#);
    server.receive(r#"["push",["pipeline",0,["keep"],[["readable",1]]]]"#);
    assert!(server.kept.borrow().is_some());
    server
}

#[test]
fn what_nobody_reads_is_held_up_to_the_limit_and_one_more_ends_the_session() {
    for bytes in [0, 1_000] {
        let server = pipe();
        let text = "x".repeat(bytes);
        for _ in 0..HELD / (WRITE + bytes) {
            assert!(server.write(1, &text).is_empty());
        }
        assert!(!server.is_over());
        let answers = server.write(1, &text);
        assert!(server.is_over());
        assert!(
            answers.last().is_some_and(|last| last.starts_with(r#"["abort",["error","RangeError""#)),
            "{answers:?}"
        );
    }
}

#[test]
fn what_is_taken_makes_room_again() {
    let server = pipe();
    let readable = server.kept.take().unwrap();
    for _ in 0..1_000 {
        server.write(1, "");
        let chunk = futures::executor::block_on(readable.next()).unwrap();
        assert!(chunk.is_ok());
        assert_eq!(server.answers().len(), 1, "the write is acknowledged");
    }
    assert!(!server.is_over());
}

#[test]
fn what_waits_for_a_sink_is_held_up_to_the_limit_and_one_more_ends_the_session() {
    let record = Record::default();
    let gate = record.hold_next();
    let server = Server::new(&record);
    let answers = [server.receive(r#"["push",["pipeline",0,["open"],[]]]"#), server.receive(r#"["pull",1]"#)].concat();
    assert_eq!(answers, [r#"["resolve",1,["writable",-1]]"#]);
    for _ in 0..100 {
        assert!(server.write(-1, "").is_empty());
    }
    assert!(!server.is_over());
    server.write(-1, "");
    assert!(server.is_over());
    assert!(gate.is_canceled(), "the write that ran is dropped");
}

#[test]
fn a_pipe_that_is_never_asked_for_holds_no_more_than_others() {
    let server = Server::new(&Record::default());
    server.receive(r#"["pipe"]"#);
    for _ in 0..100 {
        server.write(1, "");
    }
    assert!(!server.is_over());
    assert!(server.receive(r#"["release",1,1]"#).iter().all(|answer| answer.starts_with(r#"["reject","#)));
    assert_eq!(server.session.stats().exports, 1);
    server.receive(r#"["pipe"]"#);
    assert!(!server.is_over());
}

#[test]
fn a_stream_that_is_stalled_takes_thousands_of_small_chunks() {
    let main = Methods(|_: &str, _| Answer::Later(Box::pin(std::future::pending())));
    let session = Session::new(Options::default(), |_| Some(Stub::new(main)));
    session.receive(r#"["pipe"]"#).unwrap();
    session.receive(r#"["push",["pipeline",0,["stall"],[["readable",1]]]]"#).unwrap();
    // A first window of the smallest messages.
    let message = r#"["stream",["pipeline",1,["write"],[0]]]"#;
    for _ in 0..256 * 1024 / message.len() {
        session.receive(message).unwrap();
    }
    assert!(session.ended().is_none());
}

#[test]
fn a_pipe_that_the_peer_fills_with_its_own_end_is_gone_with_the_session() {
    let guard = Dropped::default();
    let dropped = guard.0.clone();
    let object = RefCell::new(Some(Stub::new(Methods(move |_: &str, _| {
        let _ = &guard;
        Answer::Now(Ok(Value::Null))
    }))));
    let main = Methods(move |_: &str, _| Answer::Now(Ok(object.take().map_or(Value::Null, Value::Stub))));
    let session = Session::new(Options::default(), |_| Some(Stub::new(main)));
    let receive = |message: &str| {
        session.receive(message).unwrap();
        let _ = session.poll(&mut Context::from_waker(Waker::noop()));
        while session.next_message().is_some() {}
    };
    receive(r#"["push",["pipeline",0,["object"],[]]]"#);
    receive(r#"["pull",1]"#);
    receive(r#"["pipe"]"#);
    receive(r#"["stream",["pipeline",2,["write"],[[[["readable",2],["import",-1]]]]]]"#);
    receive(r#"["stream",["pipeline",2,["close"],[]]]"#);
    receive(r#"["release",2,1]"#);
    receive(r#"["release",1,1]"#);
    receive(r#"["release",-1,1]"#);
    assert!(!dropped.get(), "the pipe holds it, and itself");
    session.disconnected(Error::new("Error", "the way is gone"));
    assert!(dropped.get());
}

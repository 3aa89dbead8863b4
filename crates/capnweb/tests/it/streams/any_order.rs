//! Whatever is done in whatever order: what is read is a prefix of what was written.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Answer, Readable, Thrown, Value, Writable, pipe};
use futures::FutureExt;
use proptest::prelude::*;

use super::link::Link;
use super::parts::{as_number, number, thrown};

#[derive(Clone, Debug)]
enum Step {
    Write,
    Read,
    /// Messages arrive.
    Carry,
    Close,
    Abort,
    Cancel,
    DropWriter,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => Just(Step::Write),
        8 => Just(Step::Read),
        4 => Just(Step::Carry),
        1 => Just(Step::Close),
        1 => Just(Step::Abort),
        1 => Just(Step::Cancel),
        1 => Just(Step::DropWriter),
    ];
    proptest::collection::vec(step, 0..60)
}

type Write = Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

/// A stream and what was done to it.
struct Model {
    writable: Option<Writable>,
    readable: Readable,
    link: Option<Link>,
    writes: Vec<Write>,
    written: u32,
    read: Vec<u32>,
    /// The reader was told so.
    is_over: bool,
    was_cancelled: bool,
    /// The writer did something after which it may be refused.
    was_ended: bool,
}

impl Model {
    fn new((writable, readable): (Writable, Readable), link: Option<Link>) -> Self {
        let (writes, read) = (Vec::new(), Vec::new());
        let (is_over, was_cancelled, was_ended) = (false, false, false);
        let writable = Some(writable);
        Self { writable, readable, link, writes, written: 0, read, is_over, was_cancelled, was_ended }
    }

    fn apply(&mut self, step: &Step) {
        match (step, self.writable.clone()) {
            (Step::Write, Some(writable)) => self.write(writable),
            (Step::Read, _) => self.read(),
            (Step::Carry, _) => self.carry(),
            (Step::Close, Some(writable)) => {
                let mut close: Write = Box::pin(async move { writable.close().await });
                if close.as_mut().now_or_never().is_none() {
                    self.writes.push(close);
                }
                self.was_ended = true;
            }
            (Step::Abort, Some(writable)) => {
                writable.abort(thrown("aborted"));
                self.was_ended = true;
            }
            (Step::DropWriter, Some(_)) => self.writable = None,
            (Step::Cancel, _) => {
                self.readable.cancel(thrown("cancelled"));
                self.was_cancelled = true;
            }
            (_, None) => {}
        }
    }

    fn write(&mut self, writable: Writable) {
        let chunk = number(self.written);
        let mut write: Write = Box::pin(async move { writable.write(chunk).await });
        match write.as_mut().now_or_never() {
            Some(Err(_)) => assert!(self.was_ended || self.was_cancelled, "refused for no reason"),
            Some(Ok(())) => {
                assert!(self.link.is_some(), "taken before it was read");
                self.written += 1;
            }
            None => {
                self.written += 1;
                self.writes.push(write);
            }
        }
    }

    fn read(&mut self) {
        match self.readable.next().now_or_never() {
            Some(Some(Ok(chunk))) => {
                assert!(!self.is_over && !self.was_cancelled, "a chunk after the end");
                self.read.push(as_number(&chunk));
            }
            Some(None | Some(Err(_))) => self.is_over = true,
            None => assert!(!self.is_over && !self.was_cancelled, "waiting after the end"),
        }
    }

    fn carry(&mut self) {
        self.link.iter().for_each(Link::settle);
        self.writes.retain_mut(|write| write.as_mut().now_or_never().is_none());
    }

    /// Reads what is left.
    fn finish(&mut self) {
        for _ in 0..=self.written {
            self.carry();
            self.read();
        }
    }

    fn check(mut self, steps: &[Step]) -> Result<(), TestCaseError> {
        steps.iter().for_each(|step| self.apply(step));
        if !self.was_cancelled {
            self.finish();
            prop_assert_eq!(self.read.len(), self.written as usize);
        }
        let prefix: Vec<u32> = (0..).take(self.read.len()).collect();
        prop_assert_eq!(&self.read, &prefix);
        if let Some(link) = self.link {
            drop((self.writable, self.readable, self.writes));
            link.settle();
            prop_assert_eq!((link.client.stats().imports, link.server.stats().exports), (1, 1), "nothing is left");
        }
        Ok(())
    }
}

/// The peer keeps the reading end of the stream that it gives.
fn written_to_the_peer() -> Model {
    let kept = Rc::new(RefCell::new(None));
    let keep = kept.clone();
    let link = Link::new(move |_, _| {
        let (writable, readable) = pipe();
        *keep.borrow_mut() = Some(readable);
        Answer::Now(Ok(Value::Writable(writable)))
    });
    let Ok(Value::Writable(writable)) = link.run(link.call("open", vec![]).into_future()) else { panic!("no stream") };
    let readable = kept.take().unwrap();
    Model::new((writable, readable), Some(link))
}

/// The peer keeps the stream that it is given.
fn read_by_the_peer() -> Model {
    let kept = Rc::new(RefCell::new(None));
    let keep = kept.clone();
    let link = Link::new(move |_, mut arguments| {
        let Some(Value::Readable(readable)) = arguments.pop() else { panic!("no stream") };
        *keep.borrow_mut() = Some(readable);
        Answer::Now(Ok(Value::Null))
    });
    let (writable, readable) = pipe();
    link.run(link.call("keep", vec![Value::Readable(readable)]).into_future()).unwrap();
    let readable = kept.take().unwrap();
    Model::new((writable, readable), Some(link))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn of_a_pipe(steps in steps()) {
        Model::new(pipe(), None).check(&steps)?;
    }

    #[test]
    fn of_a_stream_that_is_written_to_the_peer(steps in steps()) {
        written_to_the_peer().check(&steps)?;
    }

    #[test]
    fn of_a_stream_that_the_peer_reads(steps in steps()) {
        read_by_the_peer().check(&steps)?;
    }
}

//! Methods that take and give streams to write to.

use std::cell::RefCell;
use std::future::{Future, ready};
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Error, Methods, Sink, Thrown, Value, Writable};
use tokio::time::sleep;

use crate::later::millis;
use crate::main_object::Main;
use crate::records::{Sunk, message};
use crate::values::{object, text};

pub(crate) fn methods() -> Methods<Main> {
    writers()
        .on("openSink", |main, (key, delay): (String, Option<f64>)| {
            let record = Rc::<RefCell<Sunk>>::default();
            main.records().sinks.borrow_mut().insert(key, Rc::clone(&record));
            Writable::new(Recording { record, delay: delay.unwrap_or_default() })
        })
        .on("sinkStatus", |main, (key,): (String,)| {
            let sinks = main.records().sinks.borrow();
            let record = sinks.get(&key).ok_or_else(|| Error::range_error(format!("no sink {key}")))?;
            Ok::<_, Error>(status(&record.borrow()))
        })
        .on("openFailingSink", |_, (takes, message): (usize, String)| Writable::new(Failing { takes, message }))
}

fn writers() -> Methods<Main> {
    Methods::<Main>::new()
        .later("writeAll", |_, (writable, values): (Writable, Vec<Value>)| async move {
            let count = write_all(&writable, values).await?;
            writable.close().await?;
            Ok::<_, Thrown>(count)
        })
        .later("writeThenAbort", |_, (writable, values, message): (Writable, Vec<Value>, String)| async move {
            let count = write_all(&writable, values).await?;
            writable.abort(Error::new("Error", message).into());
            Ok::<_, Thrown>(count)
        })
        .later("writeUntilFail", |_, (writable, most): (Writable, usize)| async move {
            let failure = write_until_fail(&writable, most).await.err();
            object([("error", failure.map_or(Value::Null, |thrown| text(message(&thrown))))])
        })
}

async fn write_all(writable: &Writable, values: Vec<Value>) -> Result<usize, Thrown> {
    let count = values.len();
    for value in values {
        writable.write(value).await?;
    }
    Ok(count)
}

async fn write_until_fail(writable: &Writable, most: usize) -> Result<(), Thrown> {
    for time in 0..most {
        writable.write(time.into()).await?;
        sleep(millis(5.0)).await;
    }
    writable.close().await
}

fn status(record: &Sunk) -> Value {
    object([
        ("chunks", Value::Array(record.chunks.clone())),
        ("bytes", Value::Number(record.bytes)),
        ("closed", Value::Bool(record.closed)),
        ("aborted", record.aborted.as_ref().map_or(Value::Null, text)),
    ])
}

type Written = Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

/// Takes its time for each chunk, and keeps what came.
struct Recording {
    record: Rc<RefCell<Sunk>>,
    delay: f64,
}

impl Sink for Recording {
    fn write(&mut self, chunk: Value) -> Written {
        let (record, delay) = (Rc::clone(&self.record), self.delay);
        Box::pin(async move {
            if delay > 0.0 {
                sleep(millis(delay)).await;
            }
            let mut record = record.borrow_mut();
            match chunk {
                Value::Bytes(bytes) => record.bytes += f64::from(u32::try_from(bytes.data.len()).unwrap_or(u32::MAX)),
                chunk => record.chunks.push(chunk),
            }
            Ok(())
        })
    }

    fn close(&mut self) -> Written {
        self.record.borrow_mut().closed = true;
        Box::pin(ready(Ok(())))
    }

    fn abort(&mut self, reason: Thrown) {
        self.record.borrow_mut().aborted = Some(message(&reason));
    }
}

/// Takes some chunks, and then none.
struct Failing {
    takes: usize,
    message: String,
}

impl Sink for Failing {
    fn write(&mut self, _chunk: Value) -> Written {
        let outcome = match self.takes.checked_sub(1) {
            Some(left) => {
                self.takes = left;
                Ok(())
            }
            None => Err(Error::range_error(self.message.clone()).into()),
        };
        Box::pin(ready(outcome))
    }

    fn close(&mut self) -> Written {
        Box::pin(ready(Ok(())))
    }

    fn abort(&mut self, _reason: Thrown) {}
}

//! The laboratory's server objects.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use capnp::Error;
use capnp::capability::Client;

use super::LabState;
use crate::lab_capnp::{callback, lab};

/// What `many` gives at most: four bytes of a request would otherwise have it allocate gigabytes.
const MOST_CHILDREN: u32 = 1 << 16;

/// One object of a laboratory; its children are further ones on the same state.
pub(super) struct LabObject {
    state: LabState,
}

impl LabObject {
    pub(super) fn new(state: LabState) -> Self {
        state.inner.tally.object_made();
        Self { state }
    }

    /// Runs the body of a method under a record that tells a finished call from a cancelled one.
    async fn recorded(&self, body: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        let record = self.state.record_call();
        let outcome = body.await;
        record.finish();
        outcome
    }

    /// The same for a body that never waits.
    fn recorded_now(&self, body: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let record = self.state.record_call();
        let outcome = body();
        record.finish();
        outcome
    }
}

impl Drop for LabObject {
    fn drop(&mut self) {
        self.state.inner.tally.object_dropped();
    }
}

/// Calls `to` with `payload` and hands the answer's payload to `use_answer`.
async fn call(to: callback::Client, payload: &[u8], use_answer: impl FnOnce(&[u8])) -> Result<(), Error> {
    let mut request = to.call_request();
    request.get().set_payload(payload);
    let response = request.send().promise.await?;
    use_answer(response.get()?.get_payload()?);
    Ok(())
}

impl lab::Server for LabObject {
    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> Result<(), Error> {
        self.recorded_now(|| {
            results.get().set_payload(params.get()?.get_payload()?);
            Ok(())
        })
    }

    async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> Result<(), Error> {
        self.recorded_now(|| {
            results.get().set_lab(self.state.client());
            Ok(())
        })
    }

    async fn nested(self: Rc<Self>, _: lab::NestedParams, mut results: lab::NestedResults) -> Result<(), Error> {
        self.recorded_now(|| {
            let mut inner = results.get().init_inner();
            inner.set_note("outer");
            inner.reborrow().init_deeper().set_lab(self.state.client());
            let mut further = inner.init_next();
            further.set_note("inner");
            further.init_deeper().set_lab(self.state.client());
            Ok(())
        })
    }

    async fn call_back(
        self: Rc<Self>,
        params: lab::CallBackParams,
        mut results: lab::CallBackResults,
    ) -> Result<(), Error> {
        self.recorded(async {
            let params = params.get()?;
            call(params.get_to()?, params.get_payload()?, |answer| {
                results.get().set_payload(answer);
            })
            .await
        })
        .await
    }

    async fn keep(self: Rc<Self>, params: lab::KeepParams, _: lab::KeepResults) -> Result<(), Error> {
        self.recorded_now(|| {
            self.state.keep(params.get()?.get_to()?);
            Ok(())
        })
    }

    async fn ring(self: Rc<Self>, params: lab::RingParams, mut results: lab::RingResults) -> Result<(), Error> {
        self.recorded(async {
            let kept = self.state.kept().ok_or_else(|| Error::failed("no callback is kept".to_owned()))?;
            call(kept, params.get()?.get_payload()?, |answer| {
                results.get().set_payload(answer);
            })
            .await
        })
        .await
    }

    async fn loopback(
        self: Rc<Self>,
        params: lab::LoopbackParams,
        mut results: lab::LoopbackResults,
    ) -> Result<(), Error> {
        self.recorded_now(|| {
            let given: Client = params.get()?.get_cap().get_as_capability()?;
            results.get().init_cap().set_as_capability(given.hook);
            Ok(())
        })
    }

    async fn sink(self: Rc<Self>, params: lab::SinkParams) -> Result<(), Error> {
        self.recorded_now(|| {
            let chunk = params.get()?.get_chunk()?;
            if let Some(text) = chunk.strip_prefix(b"fail:") {
                return Err(Error::failed(String::from_utf8_lossy(text).into_owned()));
            }
            self.state.inner.tally.swallowed(chunk.len());
            Ok(())
        })
    }

    async fn total(self: Rc<Self>, _: lab::TotalParams, mut results: lab::TotalResults) -> Result<(), Error> {
        self.recorded_now(|| {
            let counts = self.state.counts();
            let mut total = results.get();
            total.set_chunks(counts.chunks);
            total.set_bytes(counts.bytes);
            Ok(())
        })
    }

    async fn hang(self: Rc<Self>, _: lab::HangParams, _: lab::HangResults) -> Result<(), Error> {
        self.recorded(std::future::pending()).await
    }

    async fn fail(self: Rc<Self>, params: lab::FailParams, _: lab::FailResults) -> Result<(), Error> {
        self.recorded_now(|| {
            let text = params.get()?.get_text()?.to_string()?;
            Err(Error::failed(text))
        })
    }

    async fn later(self: Rc<Self>, _: lab::LaterParams, mut results: lab::LaterResults) -> Result<(), Error> {
        self.recorded_now(|| {
            results.get().set_lab(self.state.promise());
            Ok(())
        })
    }

    async fn release(self: Rc<Self>, _: lab::ReleaseParams, _: lab::ReleaseResults) -> Result<(), Error> {
        self.recorded_now(|| {
            self.state.release();
            Ok(())
        })
    }

    async fn refuse(self: Rc<Self>, params: lab::RefuseParams, _: lab::RefuseResults) -> Result<(), Error> {
        self.recorded_now(|| {
            self.state.refuse(params.get()?.get_text()?.to_str()?);
            Ok(())
        })
    }

    async fn many(self: Rc<Self>, params: lab::ManyParams, mut results: lab::ManyResults) -> Result<(), Error> {
        self.recorded_now(|| {
            let count = params.get()?.get_count();
            if count > MOST_CHILDREN {
                return Err(Error::overloaded(format!("no more than {MOST_CHILDREN} children at once")));
            }
            let mut labs = results.get().init_labs(count);
            for index in 0..count {
                labs.set(index, self.state.client().client.hook);
            }
            Ok(())
        })
    }

    async fn tail(self: Rc<Self>, params: lab::TailParams, mut results: lab::TailResults) -> Result<(), Error> {
        // The library's own tail call panics (`unimplemented!`) where the callee is on another connection.
        self.recorded(async {
            let params = params.get()?;
            call(params.get_to()?, params.get_payload()?, |answer| {
                results.get().set_payload(answer);
            })
            .await
        })
        .await
    }

    async fn slow(self: Rc<Self>, params: lab::SlowParams, _: lab::SlowResults) -> Result<(), Error> {
        self.recorded(async {
            let wait = Duration::from_millis(params.get()?.get_milliseconds().into());
            tokio::time::sleep(wait).await;
            Ok(())
        })
        .await
    }
}

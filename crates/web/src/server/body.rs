//! Bodies: what comes, within bounds, and what goes out, with its end noticed.

use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use capos_rpc::Permit;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::server::answer::{AnswerBody, Broken};
use crate::server::exchange::{Exchange, Phase};
use crate::server::refusal::Refusal;

/// What a route takes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes.
    pub bytes: usize,
    /// From the head to the last of them.
    pub time: Duration,
}

/// A request's body. Past its allowance it ends with a [`Refusal`].
pub struct RequestBody {
    incoming: Incoming,
    left: usize,
    time: Duration,
    until: Option<Pin<Box<Sleep>>>,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, allowance: Allowance) -> Result<Self, Refusal> {
        let least = usize::try_from(incoming.size_hint().lower()).unwrap_or(usize::MAX);
        if least > allowance.bytes {
            return Err(Refusal::BODY_TOO_LARGE);
        }
        let until = (!incoming.is_end_stream()).then(|| Box::pin(sleep(allowance.time)));
        Ok(Self { incoming, left: allowance.bytes, time: allowance.time, until })
    }

    /// The most that it can be: what it says of itself, else all that it may.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        let said = self.incoming.size_hint().upper().and_then(|said| usize::try_from(said).ok());
        said.unwrap_or(self.left).min(self.left)
    }

    /// All of it.
    ///
    /// # Errors
    /// What to answer where it is too large, too slow or cut short.
    pub async fn whole(mut self) -> Result<Bytes, Refusal> {
        let mut whole = BytesMut::new();
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                whole.extend_from_slice(&data);
            }
        }
        Ok(whole.freeze())
    }

    fn take(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Refusal> {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.left = self.left.checked_sub(bytes).ok_or(Refusal::BODY_TOO_LARGE)?;
        Ok(frame)
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").field("left", &self.left).field("time", &self.time).finish_non_exhaustive()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(self.take(frame))),
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(Refusal::BODY_CUT_SHORT))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.until.as_mut().map(|until| until.as_mut().poll(cx)) {
                Some(Poll::Ready(())) => Poll::Ready(Some(Err(Refusal::TOO_SLOW))),
                _ => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// An answer's body, which tells the connection when all of it is there.
pub(crate) struct Outgoing {
    body: AnswerBody,
    exchange: Arc<Exchange>,
    /// The place of whoever a proxy asked for.
    _permit: Option<Permit>,
}

impl Outgoing {
    pub(crate) fn new(body: AnswerBody, exchange: Arc<Exchange>, permit: Option<Permit>) -> Self {
        Self { body, exchange, _permit: permit }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.exchange.enter(Phase::Answered);
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

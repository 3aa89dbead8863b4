//! The peer itself: sends bytes, waits for replies, and fails the test in one clear line.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::frame;
use super::{Failure, Heard, Outcome, Reply};

/// How long an answer may take before the test fails, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no reply.
#[derive(Debug)]
pub enum NoReply {
    /// Nothing came in time.
    Silence,
    /// The stream ended.
    Closed,
    /// The stream broke.
    Broken(io::Error),
    /// What came is no message.
    Garbage(capnp::Error),
}

/// A peer that follows a script instead of the protocol.
///
/// The `send…` methods do not fail when the other side has hung up already: that shows in what is expected next.
pub struct HostilePeer<S> {
    stream: S,
    patience: Duration,
    /// Bytes received, of which no whole frame has been taken yet.
    incoming: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> HostilePeer<S> {
    /// A peer at this end of a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, patience: PATIENCE, incoming: Vec::new() }
    }

    /// Waits this long for each reply.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The stream itself, for what no method here does.
    pub fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: &[u8]) {
        // A failure to send is what the test goes on to look for.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Sends a script, one frame after the other.
    pub async fn send_all<'a>(&mut self, script: impl IntoIterator<Item = &'a Vec<u8>>) {
        for bytes in script {
            self.send(bytes).await;
        }
    }

    /// Sends `step` bytes at a time with a pause after each.
    pub async fn dribble(&mut self, bytes: &[u8], step: usize, pause: Duration) {
        for few in bytes.chunks(step) {
            self.send(few).await;
            tokio::time::sleep(pause).await;
        }
    }

    /// Says that nothing more will be sent, and goes on listening.
    pub async fn stop_sending(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The next message, within the patience.
    ///
    /// # Errors
    ///
    /// When no message comes, and why.
    pub async fn receive(&mut self) -> Result<Reply, NoReply> {
        self.receive_by(Instant::now() + self.patience).await
    }

    /// The next message before that time. Nothing is lost when it does not come: a later call finds it.
    async fn receive_by(&mut self, deadline: Instant) -> Result<Reply, NoReply> {
        loop {
            if let Some(bytes) = self.take_frame() {
                return Reply::parse(&bytes).map_err(NoReply::Garbage);
            }
            let more = timeout_at(deadline, self.stream.read_buf(&mut self.incoming));
            match more.await {
                Err(_) => return Err(NoReply::Silence),
                Ok(Ok(0)) => return Err(NoReply::Closed),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(NoReply::Broken(error)),
            }
        }
    }

    fn take_frame(&mut self) -> Option<Vec<u8>> {
        let length = frame::length(&self.incoming)?;
        (length <= self.incoming.len()).then(|| self.incoming.drain(..length).collect())
    }

    /// The first reply that `wanted` takes; others before it are passed over.
    async fn expect<T>(&mut self, what: &str, wanted: impl Fn(&Heard) -> Option<T>) -> (Reply, T) {
        let deadline = Instant::now() + self.patience;
        let mut passed_over = Vec::new();
        loop {
            match self.receive_by(deadline).await {
                Ok(reply) => match wanted(&reply.heard) {
                    Some(found) => return (reply, found),
                    None => passed_over.push(reply.heard),
                },
                Err(none) => panic!("expected {what}, but {none:?} after {passed_over:?}"),
            }
        }
    }

    /// Waits for the answer to a question, whatever comes before it.
    ///
    /// # Panics
    ///
    /// When it does not come.
    pub async fn expect_return(&mut self, question: u32) -> (Reply, Outcome) {
        self.expect(&format!("an answer to {question}"), |heard| match heard {
            Heard::Return { answer, outcome } if *answer == question => Some(outcome.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for results, and gives them with the numbers of the objects they carry.
    ///
    /// # Panics
    ///
    /// When the question fails or is not answered.
    pub async fn expect_results(&mut self, question: u32) -> (Reply, Vec<super::Cap>) {
        match self.expect_return(question).await {
            (reply, Outcome::Results(caps)) => (reply, caps),
            (_, other) => panic!("expected results of {question}, but {other:?}"),
        }
    }

    /// Waits for a question to fail.
    ///
    /// # Panics
    ///
    /// When it succeeds or is not answered.
    pub async fn expect_failure(&mut self, question: u32) -> Failure {
        match self.expect_return(question).await {
            (_, Outcome::Failed(failure)) => failure,
            (_, other) => panic!("expected {question} to fail, but {other:?}"),
        }
    }

    /// Waits for a call on an object of ours, and gives its question.
    ///
    /// # Panics
    ///
    /// When none comes.
    pub async fn expect_call(&mut self) -> (Reply, u32) {
        self.expect("a call", |heard| match heard {
            Heard::Call { question, .. } => Some(*question),
            _ => None,
        })
        .await
    }

    /// Waits for the other side to give up the connection with a reason.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn expect_abort(&mut self) -> Failure {
        let abort = self.expect("an abort", |heard| match heard {
            Heard::Abort(failure) => Some(failure.clone()),
            _ => None,
        });
        abort.await.1
    }

    /// Waits for the stream to end, in order or not, whatever comes before.
    ///
    /// # Panics
    ///
    /// When it stays open.
    pub async fn expect_closed(&mut self) {
        let deadline = Instant::now() + self.patience;
        let mut passed_over = Vec::new();
        loop {
            match self.receive_by(deadline).await {
                Ok(reply) => passed_over.push(reply.heard),
                Err(NoReply::Closed | NoReply::Broken(_)) => return,
                Err(none) => panic!("expected the end, but {none:?} after {passed_over:?}"),
            }
        }
    }

    /// Makes sure that nothing is said and the stream stays open for a while.
    ///
    /// # Panics
    ///
    /// When something is said.
    pub async fn expect_silence(&mut self, length: Duration) {
        match self.receive_by(Instant::now() + length).await {
            Err(NoReply::Silence) => {}
            Err(none) => panic!("expected silence, but {none:?}"),
            Ok(reply) => panic!("expected silence, but {:?}", reply.heard),
        }
    }
}

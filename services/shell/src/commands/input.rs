//! What a command reads: written in the order in which it was given, and only as fast as it is read.

use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use capos_schema::shell_capnp::shell_stream::WriteParams;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe::Sender;
use tokio::sync::{mpsc, oneshot};

use super::output::{Output, Stage};
use crate::Error;

const CLOSED: Error = Error::BadRequest("the command's input is closed");

/// Bytes for a command, wherever they are.
pub(super) enum Bytes {
    /// In the message that brought them: they need not be copied.
    Call(WriteParams),
    Own(Vec<u8>),
}

impl Bytes {
    fn get(&self) -> Result<&[u8], capnp::Error> {
        match self {
            Self::Call(params) => params.get()?.get_data(),
            Self::Own(bytes) => Ok(bytes),
        }
    }
}

enum Order {
    Write(Bytes),
    Close,
}

type Answer = oneshot::Sender<Result<(), capnp::Error>>;

/// A command's input.
pub(super) struct Input(mpsc::UnboundedSender<(Order, Answer)>);

impl Input {
    pub(super) fn new(pipe: OwnedFd, output: Rc<Output>) -> io::Result<Self> {
        let pipe = Sender::from_owned_fd(pipe)?;
        let (orders, waiting) = mpsc::unbounded_channel();
        tokio::task::spawn_local(write_all(pipe, waiting, output));
        Ok(Self(orders))
    }

    /// Input that was closed from the start.
    pub(super) fn closed() -> Self {
        Self(mpsc::unbounded_channel().0)
    }

    /// Writes these bytes after all that were given before this call, which need not have been polled.
    pub(super) fn write(&self, bytes: Bytes) -> impl Future<Output = Result<(), capnp::Error>> + use<> {
        self.order(Order::Write(bytes), Err(CLOSED.into()))
    }

    /// Lets nothing more come, after all that was given before this call.
    pub(super) fn close(&self) -> impl Future<Output = Result<(), capnp::Error>> + use<> {
        self.order(Order::Close, Ok(()))
    }

    fn order(
        &self,
        order: Order,
        otherwise: Result<(), capnp::Error>,
    ) -> impl Future<Output = Result<(), capnp::Error>> + use<> {
        let (answer, answered) = oneshot::channel();
        let _ = self.0.send((order, answer));
        async move { answered.await.unwrap_or(otherwise) }
    }
}

/// Where it ends, the pipe is closed, and whoever still waits is told so by the loss of its answer.
async fn write_all(mut pipe: Sender, mut waiting: mpsc::UnboundedReceiver<(Order, Answer)>, output: Rc<Output>) {
    while let Some((order, answer)) = waiting.recv().await {
        let Order::Write(bytes) = order else {
            drop((pipe, waiting));
            let _ = answer.send(Ok(()));
            return;
        };
        let written = tokio::select! {
            biased;
            written = write(&mut pipe, &bytes) => written,
            () = output.reached(Stage::Ended) => Err(CLOSED.into()),
        };
        let over = written.is_err();
        let _ = answer.send(written);
        if over {
            return;
        }
    }
}

async fn write(pipe: &mut Sender, bytes: &Bytes) -> Result<(), capnp::Error> {
    pipe.write_all(bytes.get()?).await.map_err(|_| CLOSED.into())
}

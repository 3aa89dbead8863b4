//! `capos stdio`: the session for whoever started this process, in Cap'n Web.

use std::io;
use std::pin::pin;

use capnweb::drivers::{Ended, Timing, lines};
use capnweb::{Options, Session};
use futures::future::{Either, select};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use crate::args::stdio::Stdio;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::{Remote, within};
use crate::terminal::stream::Stream;

/// What is read or written at once.
const PIECE: usize = 64 << 10;

/// Speaks until one side or the session ends.
pub(crate) async fn run(arguments: Stdio, output: &Output) -> Result<Exit, Failure> {
    let mut target = arguments.target;
    target.node = target.node.or(arguments.held);
    if target.more.password_stdin {
        return Err(Failure::usage("standard input is the program's here")
            .advise("Sign in with a key, or beforehand with `capos connect`."));
    }
    within(&target, output, async |remote| speak(remote).await).await
}

async fn speak(remote: &Remote) -> Result<Exit, Failure> {
    let (input, to_session) = duplex(PIECE);
    let (output, from_session) = duplex(PIECE);
    let reading = tokio::task::spawn_local(read(to_session));
    let writing = tokio::task::spawn_local(write(from_session));
    let main = capos_bridge::session_object(remote.session().clone());
    let session = Session::new(Options::default(), |_| Some(main));
    let ended = carry(remote, session, input, output).await;
    reading.abort();
    // What the session said last is still on its way.
    let written = writing.await.unwrap_or(Ok(()));
    if let Err(error) = written {
        let gone = error.kind() == io::ErrorKind::BrokenPipe;
        return Err(if gone {
            Failure::nobody_listens()
        } else {
            Failure::failed("standard output cannot be written")
        });
    }
    ended
}

async fn carry(remote: &Remote, session: Session, input: DuplexStream, output: DuplexStream) -> Result<Exit, Failure> {
    let spoken = lines(input, output, session.clone(), Timing::default());
    match select(spoken, pin!(remote.gone())).await {
        Either::Left((Ended::Closed(_), _)) => Ok(Exit::Done),
        Either::Left((ended, _)) => Err(Failure::failed(format!("the conversation ended: {ended}"))),
        Either::Right(((), spoken)) => {
            session.abort(capos_bridge::disconnected());
            spoken.await;
            Err(Failure::new(Exit::Unreachable, "the connection to the node was lost").coded("gatewayDisconnected"))
        }
    }
}

/// Standard input, as it comes.
async fn read(mut to: DuplexStream) -> io::Result<()> {
    let stream = Stream::input()?;
    let mut piece = vec![0; PIECE];
    loop {
        let length = stream.read(&mut piece).await?;
        let read = piece.get(..length).unwrap_or_default();
        if read.is_empty() || to.write_all(read).await.is_err() {
            return Ok(());
        }
    }
}

/// Standard output, until the session says no more.
async fn write(mut from: DuplexStream) -> io::Result<()> {
    let stream = Stream::output()?;
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(piece.get(..length).unwrap_or_default()).await?;
    }
}

//! Asks for sessions: by WebSocket, once or again and again, or by HTTP batches.
//!
//! ```no_run
//! # async fn example() -> Result<(), capnweb::Error> {
//! use capnweb::drivers::{Timing, client};
//! use capnweb::{Options, Session, Value};
//!
//! let session = Session::new(Options::default(), |_| None);
//! let driver = client::websocket("ws://127.0.0.1:8080/", &session, Timing::default()).await?;
//! tokio::task::spawn_local(driver);
//! let greeting = session.remote().call(Some("hello"), vec![Value::String("world".into())]).await;
//! # Ok(())
//! # }
//! ```

mod address;
mod batch;
mod reconnect;

use std::str::FromStr;

use hyper::Uri;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_websockets::ClientBuilder;

pub use batch::{batch, batch_over};
pub use reconnect::{Backoff, Reconnect};

use self::address::Address;
use super::websocket::{config, gathering, limits, websocket_client};
use super::wire::Wire;
use super::{Driver, Timing};
use crate::error::Error;
use crate::session::Session;

/// Carries a session over a WebSocket to `ws://host:port/path`.
///
/// For `wss://` make the stream and take [`over`]. Calls made before are sent as soon as there is a connection.
///
/// # Errors
/// When there is no connection within [`Timing::connect`], or the server wants no WebSocket. The session is
/// disconnected then.
pub async fn websocket(url: &str, session: &Session, timing: Timing) -> Result<Driver, Error> {
    let guard = Guard::new(session);
    let work = async { over_unbounded(connect(url, "ws").await?, url, session, timing).await };
    guard.pass(timeout(timing.connect, work).await.unwrap_or_else(|_| Err(too_late())))
}

/// Carries a session over a WebSocket that is asked for on `stream`, encrypted or not. `url` is what is asked for.
///
/// # Errors
/// As [`websocket`].
pub async fn over<S>(stream: S, url: &str, session: &Session, timing: Timing) -> Result<Driver, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let guard = Guard::new(session);
    let work = over_unbounded(stream, url, session, timing);
    guard.pass(timeout(timing.connect, work).await.unwrap_or_else(|_| Err(too_late())))
}

async fn over_unbounded<S>(stream: S, url: &str, session: &Session, timing: Timing) -> Result<Driver, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let uri = Uri::from_str(url).map_err(|_| Error::type_error("The address is malformed."))?;
    let builder = ClientBuilder::from_uri(uri).limits(limits(session)).config(config());
    let stream = gathering(Wire::greeting(stream));
    let greeted = builder.connect_on(stream).await;
    let (mut socket, _) = greeted.map_err(|error| Error::new("Error", format!("No WebSocket: {error}")))?;
    socket.get_mut().get_mut().greeted();
    Ok(websocket_client(socket, session.clone(), timing))
}

/// A connection that sends small writes at once.
async fn connect(url: &str, scheme: &str) -> Result<TcpStream, Error> {
    let address = Address::parse(url, scheme)?;
    let connected = TcpStream::connect((address.host.as_str(), address.port)).await;
    let stream = connected.map_err(|error| Error::new("Error", format!("No connection: {error}")))?;
    stream.set_nodelay(true).map_err(|error| Error::new("Error", format!("No connection: {error}")))?;
    Ok(stream)
}

fn too_late() -> Error {
    Error::new("Error", "There was no connection in time.")
}

/// Disconnects a session that gets no way to its peer.
struct Guard<'a>(Option<&'a Session>);

impl<'a> Guard<'a> {
    fn new(session: &'a Session) -> Self {
        Self(Some(session))
    }

    fn pass(mut self, outcome: Result<Driver, Error>) -> Result<Driver, Error> {
        if let Some(session) = self.0.take()
            && let Err(error) = &outcome
        {
            session.disconnected(error.clone());
        }
        outcome
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.0 {
            session.disconnected(Error::new("Error", "The connection was given up."));
        }
    }
}

//! A client that costs little: it knows the few messages of a call beforehand.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use crate::load::Work;

/// A call as the official client makes it: it pushes, it pulls, and it releases the answer that came.
const PUSH: &str =
    r#"["push",["pipeline",0,["echo"],["ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"]]]"#;
/// What an answer ends with.
const ECHO: &str = r#","ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"]"#;
const ANSWER: &str = r#"["resolve","#;

/// A connection to a server of the conformance interface.
pub(super) struct Client {
    socket: WebSocketStream<TcpStream>,
    /// How many calls were made: the peer numbers them likewise.
    made: u64,
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let builder = ClientBuilder::new().uri(&format!("ws://{address}/"))?;
        let (socket, _) = builder.connect_on(stream).await?;
        Ok(Self { socket, made: 0 })
    }

    /// Calls for about this long, so many at a time; what was begun is finished and counted.
    pub(super) async fn run(&mut self, in_flight: usize, length: Duration) -> anyhow::Result<Work> {
        let start = Instant::now();
        for _ in 0..in_flight {
            self.begin().await?;
        }
        self.socket.flush().await?;
        let (mut operations, mut under_way) = (0, in_flight);
        while under_way > 0 {
            let mut message = Some(self.next().await?);
            // What has come together is answered together.
            while let Some(answer) = message {
                self.finish(&answer).await?;
                operations += 1;
                if start.elapsed() < length {
                    self.begin().await?;
                } else {
                    under_way -= 1;
                }
                message = self.next().now_or_never().transpose()?;
            }
            self.socket.flush().await?;
        }
        Ok(Work { operations, took: start.elapsed() })
    }

    async fn begin(&mut self) -> anyhow::Result<()> {
        self.made += 1;
        self.socket.feed(Message::text(PUSH)).await?;
        Ok(self.socket.feed(Message::text(format!(r#"["pull",{}]"#, self.made))).await?)
    }

    async fn finish(&mut self, answer: &Message) -> anyhow::Result<()> {
        let text = answer.as_text().context("the server sent no text")?;
        let id = text.strip_prefix(ANSWER).and_then(|text| text.strip_suffix(ECHO));
        let Some(id) = id else { bail!("the server answered {text}") };
        Ok(self.socket.feed(Message::text(format!(r#"["release",{id},1]"#))).await?)
    }

    async fn next(&mut self) -> anyhow::Result<Message> {
        let message = self.socket.next().await.context("the server closed the connection")??;
        ensure!(!message.is_close(), "the server closed the connection: {message:?}");
        Ok(message)
    }
}

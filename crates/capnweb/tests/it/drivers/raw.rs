//! A peer that says what it is told to.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Server;

pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// The client's end of a WebSocket.
pub(super) struct Raw<S>(pub(super) S);

impl Raw<TcpStream> {
    /// Asks a server for a WebSocket.
    pub(super) async fn greet(server: &Server) -> Self {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        let head = "GET /rpc HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
                    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("it takes the head");
        let answer = read_head(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        assert!(answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{answer}");
        Self(stream)
    }
}

/// A head of HTTP.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head to its end"));
    }
    String::from_utf8(head).expect("a head of text")
}

/// A frame of a client's, masked with nothing.
pub(super) fn frame(last: bool, kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![u8::from(last) << 7 | kind];
    match u16::try_from(payload.len()) {
        Ok(length @ 0..=125) => frame.push(0x80 | length.to_be_bytes()[1]),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    pub(super) async fn send(&mut self, last: bool, kind: u8, payload: &[u8]) {
        self.0.write_all(&frame(last, kind, payload)).await.expect("it takes a frame");
    }

    pub(super) async fn say(&mut self, message: &str) {
        self.send(true, TEXT, message.as_bytes()).await;
    }

    /// The next frame, or nothing at the end.
    pub(super) async fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = self.0.read_u8().await.ok()?;
        assert_eq!(first & 0x80, 0x80, "a server's frames are whole");
        let length = match self.0.read_u8().await.ok()? {
            126 => u64::from(self.0.read_u16().await.ok()?),
            127 => self.0.read_u64().await.ok()?,
            length => u64::from(length),
        };
        let mut payload = vec![0; usize::try_from(length).ok()?];
        self.0.read_exact(&mut payload).await.ok()?;
        Some((first & 0x0f, payload))
    }

    /// The next message.
    pub(super) async fn message(&mut self) -> String {
        let (kind, payload) = self.hear().await.expect("a frame");
        assert_eq!(kind, TEXT, "{:?}", String::from_utf8_lossy(&payload));
        String::from_utf8(payload).expect("text")
    }

    /// The code and the reason of the close frame that must come now, after which the server ends the connection.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        let (kind, payload) = self.hear().await.expect("a frame");
        assert_eq!(kind, CLOSE, "{:?}", String::from_utf8_lossy(&payload));
        let (code, reason) = payload.split_at(2);
        let code = u16::from_be_bytes([code[0], code[1]]);
        self.send(true, CLOSE, &payload[..2]).await;
        assert_eq!(self.hear().await, None, "nothing comes after a close");
        (code, String::from_utf8(reason.to_vec()).expect("text"))
    }
}

//! A site with a route for each thing that can go wrong, and clients that say exactly what they are told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use capos_rpc::{ClientTls, Identity, Peer, ServerTls, Trust};
use capos_web::{Answering, Health, Limits, Names, Refusal, RequestBody, Route, Server, Site, Streams};
use capos_web::{answer_of, full};
use futures::future::BoxFuture;
use futures::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::{Method, Request, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Short enough to wait for, long enough for a client to do something meanwhile on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(2);

/// Gives back what it is sent, and says who sent it.
struct Echo;

impl Route for Echo {
    fn answer(&self, request: Request<RequestBody>, peer: Peer) -> Answering<'_> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            if head.method != Method::POST {
                return Refusal::method("POST").answer(&head.headers);
            }
            match body.whole().await {
                Ok(body) => {
                    let mut answer = full(StatusCode::OK, body);
                    let who = if peer.tls.is_some() { "tls" } else { "plain" };
                    answer.headers_mut().insert("x-peer", who.parse().unwrap());
                    answer
                }
                Err(refusal) => refusal.answer(&head.headers),
            }
        })
    }
}

/// Never answers.
struct Stuck(Arc<Notify>, Arc<Notify>);

struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Route for Stuck {
    fn answer(&self, _: Request<RequestBody>, _: Peer) -> Answering<'_> {
        let dropped = Told(self.1.clone());
        self.0.notify_one();
        Box::pin(async move {
            let _dropped = dropped;
            std::future::pending().await
        })
    }
}

/// Answers without end; `/stream` as one that streams.
struct Flood;

impl Route for Flood {
    fn answer(&self, request: Request<RequestBody>, _: Peer) -> Answering<'_> {
        let chunk = Bytes::from(vec![b'x'; 64 << 10]);
        let body = StreamBody::new(stream::repeat_with(move || Ok::<_, std::io::Error>(Frame::data(chunk.clone()))));
        Box::pin(async move {
            let mut answer = answer_of(StatusCode::OK, body);
            if request.uri().path() == "/stream" {
                answer.extensions_mut().insert(Streams);
            }
            answer
        })
    }
}

/// Upgrades to what gives back each byte, on a thread with a runtime of its own.
struct Upgrade;

impl Route for Upgrade {
    fn answer(&self, mut request: Request<RequestBody>, _: Peer) -> Answering<'_> {
        let upgraded = capos_web::upgraded(&mut request);
        tokio::spawn(async move {
            let Some(moved) = upgraded.await else { return };
            std::thread::spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let (mut reader, mut writer) = tokio::io::split(moved.arrive().unwrap());
                    let _ = tokio::io::copy(&mut reader, &mut writer).await;
                });
            });
        });
        let mut answer = full(StatusCode::SWITCHING_PROTOCOLS, "");
        answer.headers_mut().insert("upgrade", "echo".parse().unwrap());
        answer.headers_mut().insert("connection", "upgrade".parse().unwrap());
        Box::pin(async { answer })
    }
}

struct Well;

impl Health for Well {
    fn is_well(&self) -> BoxFuture<'_, bool> {
        Box::pin(async { true })
    }
}

/// A server under test.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    pub(crate) server: Server,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) running: JoinHandle<()>,
    /// A request has come to `/stuck`.
    pub(crate) stuck: Arc<Notify>,
    /// A request there was given up.
    pub(crate) given_up: Arc<Notify>,
    pub(crate) identity: Identity,
}

impl Door {
    pub(crate) async fn open(limits: Limits) -> Self {
        Self::open_at("127.0.0.1:0", limits).await
    }

    pub(crate) async fn open_at(address: &str, limits: Limits) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stuck, given_up) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let site = Site::new(Names::new(["den.example"]))
            .route("/echo", Arc::new(Echo))
            .route("/stuck", Arc::new(Stuck(stuck.clone(), given_up.clone())))
            .route("/flood", Arc::new(Flood))
            .route("/stream", Arc::new(Flood))
            .route("/upgrade", Arc::new(Upgrade))
            .health(Arc::new(Well));
        let server = Server::new(site, limits);
        let identity = Identity::ephemeral().unwrap();
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(server.clone().run(listener, Some(ServerTls::new(&identity).unwrap()), stopped));
        Self { address, server, stop, running, stuck, given_up, identity }
    }

    /// What is answered to these bytes, until the end of the connection.
    pub(crate) async fn exchange(&self, said: impl AsRef<[u8]>) -> String {
        let mut client = self.connect().await;
        client.say(said).await;
        client.rest().await
    }

    pub(crate) async fn connect(&self) -> Client<TcpStream> {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// From another source.
    pub(crate) async fn connect_from(&self, source: &str) -> Client<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(source.parse().unwrap()).unwrap();
        Client(socket.connect(self.address).await.unwrap())
    }

    pub(crate) async fn connect_tls(&self) -> Client<impl AsyncRead + AsyncWrite + Unpin> {
        let tls = ClientTls::new(&Trust::Pinned(self.identity.fingerprint()), None).unwrap();
        let stream = TcpStream::connect(self.address).await.unwrap();
        Client(tls.connect(stream, "localhost").await.unwrap().0)
    }
}

/// One connection of a client.
pub(crate) struct Client<S>(pub(crate) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) async fn say(&mut self, said: impl AsRef<[u8]>) {
        // Who is refused before all was said may be cut.
        let _ = self.0.write_all(said.as_ref()).await;
        let _ = self.0.flush().await;
    }

    /// What comes until the end.
    pub(crate) async fn rest(&mut self) -> String {
        let mut heard = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut heard));
        let _ = read.await.expect("the connection ends");
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// What comes until this has.
    pub(crate) async fn hear(&mut self, until: &str) -> String {
        let mut heard = Vec::new();
        let hearing = async {
            while !heard.ends_with(until.as_bytes()) {
                let byte = self.0.read_u8().await;
                heard.push(byte.unwrap_or_else(|_| panic!("it ends with {:?}", String::from_utf8_lossy(&heard))));
            }
        };
        tokio::time::timeout(PATIENCE, hearing).await.unwrap_or_else(|_| panic!("{until:?} never comes"));
        String::from_utf8_lossy(&heard).into_owned()
    }
}

/// A request with this body, after which the connection ends.
pub(crate) fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// The same that asks for something.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// Status and code of an answer; no code where it is none of ours.
pub(crate) fn told(answer: &str) -> (u16, String) {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let code = answer.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    (status, code.to_owned())
}

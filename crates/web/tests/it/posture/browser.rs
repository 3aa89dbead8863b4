//! A browser as far as its requests go, which sends what it is told to.

use std::net::SocketAddr;

use capos_rpc::ClientTls;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::node::{ONE_TIME, PASSWORD};
use crate::ground::{Client, told};

pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// What a browser has of one site.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    tls: Option<ClientTls>,
    /// What it was given last, and sends.
    pub(crate) cookie: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) origin: Option<String>,
    pub(crate) host: String,
    /// Further headers of every request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What it hears.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    /// Empty where it was no refusal.
    pub(crate) code: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn is(&self) -> (u16, &str) {
        (self.status, &self.code)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.filter(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// A text of its body, by its name.
    pub(crate) fn text(&self, name: &str) -> String {
        let begin = format!("\"{name}\":\"");
        let rest = self.body.split(&begin).nth(1).unwrap_or_else(|| panic!("there is no {name}: {self:?}"));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let host = format!("localhost:{}", address.port());
        let origin = Some(format!("http://{host}"));
        Self { address, tls: None, cookie: None, token: None, origin, host, headers: Vec::new() }
    }

    pub(crate) fn over_tls(address: SocketAddr, tls: ClientTls) -> Self {
        let plain = Self::new(address);
        Self { tls: Some(tls), origin: Some(format!("https://{}", plain.host)), ..plain }
    }

    /// With that header beside all others.
    pub(crate) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut with = self.clone();
        with.headers.push((name, value.into()));
        with
    }

    pub(crate) async fn get(&self, path: &str) -> Heard {
        self.send("GET", path, None, b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Heard {
        self.send("POST", path, Some("application/json"), body.as_bytes()).await
    }

    pub(crate) async fn upload(&self, bytes: &[u8]) -> Heard {
        self.send("POST", "/api/upload", Some("application/octet-stream"), bytes).await
    }

    /// Something that only whoever is signed in is answered.
    pub(crate) async fn works(&self) -> (u16, String) {
        let heard = self.post("/api/do/nothing/at-all", "{}").await;
        (heard.status, heard.code)
    }

    /// Signs in by password, and says whether that was all.
    pub(crate) async fn sign_in(&mut self, account: &str) -> Heard {
        let password = if account == "novice" { ONE_TIME } else { PASSWORD };
        let body = format!(r#"{{"method":"password","account":"{account}","password":"{password}"}}"#);
        self.enter("/api/sign-in", &body).await
    }

    /// Asks to be let in, or further in, and keeps what it is given.
    pub(crate) async fn enter(&mut self, path: &str, body: &str) -> Heard {
        let heard = self.post(path, body).await;
        if heard.status == 200 {
            self.token = Some(heard.text("token"));
            self.keep(&heard);
        }
        heard
    }

    /// Keeps a cookie as browsers do.
    pub(crate) fn keep(&mut self, heard: &Heard) {
        if let Some(set) = heard.header("set-cookie") {
            let pair = set.split(';').next().unwrap_or_default().to_owned();
            self.cookie = (!set.contains("Max-Age=0")).then_some(pair);
        }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, kind: Option<&str>, body: &[u8]) -> Heard {
        let mut client = self.begin(method, path, kind, body.len()).await;
        client.say(body).await;
        heard(&client.rest().await)
    }

    /// A request whose body is still to come.
    pub(crate) async fn begin(
        &self,
        method: &str,
        path: &str,
        kind: Option<&str>,
        length: usize,
    ) -> Client<Box<dyn Wire>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let stream: Box<dyn Wire> = match &self.tls {
            Some(tls) => Box::new(tls.connect(stream, "localhost").await.unwrap().0),
            None => Box::new(stream),
        };
        let mut client = Client(stream);
        client.say(self.head(method, path, kind, length)).await;
        client
    }

    fn head(&self, method: &str, path: &str, kind: Option<&str>, length: usize) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        let own = [
            ("Cookie", self.cookie.as_deref()),
            ("X-CSRF-Token", self.token.as_deref()),
            ("Origin", self.origin.as_deref().filter(|_| method != "GET")),
            ("Content-Type", kind),
        ];
        let own = own.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        for (name, value) in own.chain(self.headers.iter().map(|(name, value)| (*name, value.as_str()))) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if method != "GET" {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head + "\r\n"
    }

    /// A window's stream, once it has begun; what is told by then is heard.
    pub(crate) async fn events(&self) -> Client<Box<dyn Wire>> {
        let mut client = self.begin("GET", "/api/events?window=0123456789abcdef", None, 0).await;
        client.hear("data: {\"begin\"").await;
        client
    }
}

fn heard(answer: &str) -> Heard {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let (status, code) = told(answer);
    Heard { status, code, head: head.to_owned(), body: body.to_owned() }
}

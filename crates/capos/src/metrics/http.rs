//! The listener: two pages, for this machine alone, within narrow bounds.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::exposition::Page;
use super::limits::Limits;

/// How long to leave the queue alone when the process is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the pages are made of.
pub(crate) trait Pages: Send + Sync + 'static {
    /// The figures.
    fn figures(&self) -> Page;
    /// Whether the node does its work; a word for what keeps it from it.
    fn health(&self) -> BoxFuture<'_, Result<(), &'static str>>;
}

/// Serves the pages until it is dropped.
pub(crate) async fn serve(listener: TcpListener, pages: Arc<dyn Pages>, limits: Limits) {
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let pages = pages.clone();
        tokio::spawn(async move {
            // How a scrape ends is the scraper's business.
            let _ = tokio::time::timeout(limits.whole_time, answer_one(stream, pages, limits)).await;
            drop(place);
        });
    }
}

async fn answer_one(stream: TcpStream, pages: Arc<dyn Pages>, limits: Limits) -> hyper::Result<()> {
    let service = service_fn(move |request: Request<Incoming>| {
        let pages = pages.clone();
        async move { Ok::<_, Infallible>(respond(&request, &*pages).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.whole_time)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.headers)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

async fn respond<B>(request: &Request<B>, pages: &dyn Pages) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n");
    }
    match request.uri().path() {
        "/healthz" => match pages.health().await {
            Ok(()) => plain(StatusCode::OK, "ok\n"),
            Err(word) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{word}\n")),
        },
        // A page in a browser, whose name was made to mean this address, has no business here.
        "/metrics" if !names_this_machine(request.headers().get(HOST)) => {
            plain(StatusCode::MISDIRECTED_REQUEST, "ask by address, or by localhost\n")
        }
        "/metrics" => {
            let mut response = plain(StatusCode::OK, pages.figures().into_text());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(Page::CONTENT_TYPE));
            response
        }
        _ => plain(StatusCode::NOT_FOUND, "here are /metrics and /healthz\n"),
    }
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn names_this_machine(host: Option<&HeaderValue>) -> bool {
    let Some(host) = host.and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::super::exposition::Kind;
    use super::*;

    #[derive(Default)]
    struct Lame(AtomicBool);

    impl Pages for Lame {
        fn figures(&self) -> Page {
            let mut page = Page::default();
            page.one(Kind::Gauge, "legs", "How many.", 3);
            page
        }

        fn health(&self) -> BoxFuture<'_, Result<(), &'static str>> {
            let health = if self.0.load(Ordering::Relaxed) { Err("lame") } else { Ok(()) };
            Box::pin(std::future::ready(health))
        }
    }

    fn ask(method: &str, path: &str, host: &str, pages: &Lame) -> StatusCode {
        let request = Request::builder().method(method).uri(path).header(HOST, host).body(()).unwrap();
        futures::executor::block_on(respond(&request, pages)).status()
    }

    #[test]
    fn there_are_two_pages() {
        let pages = Lame::default();
        for (method, path, status) in [
            ("GET", "/metrics", 200),
            ("HEAD", "/metrics", 200),
            ("GET", "/healthz", 200),
            ("GET", "/", 404),
            ("POST", "/metrics", 405),
            ("DELETE", "/healthz", 405),
        ] {
            assert_eq!(ask(method, path, "localhost:1", &pages), status, "{method} {path}");
        }
        pages.0.store(true, Ordering::Relaxed);
        assert_eq!(ask("GET", "/healthz", "anything.example", &pages), 503);
    }

    /// Serves on a free port; gives where.
    async fn served(limits: Limits) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::new(Lame::default()), limits));
        address
    }

    /// What is answered to these bytes, until the end.
    async fn exchange(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Who is refused before all was read may be reset.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A request with so many header lines, and so many bytes in all.
    fn request(headers: usize, bytes: usize) -> String {
        let mut head = String::from("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
        head.extend((2..headers).map(|number| format!("X{number}: x\r\n")));
        let filling = "x".repeat(bytes.saturating_sub(head.len() + "Y: \r\n\r\n".len()));
        format!("{head}Y: {filling}\r\n\r\n")
    }

    #[tokio::test]
    async fn a_head_is_bounded_in_lines_and_in_bytes() {
        let limits = Limits::default();
        let address = served(limits).await;
        let is_answered = async |request: String| exchange(address, &request).await.starts_with("HTTP/1.1 200");
        assert!(is_answered(request(limits.headers, 0)).await);
        assert!(!is_answered(request(limits.headers + 1, 0)).await);
        assert!(is_answered(request(2, limits.head_bytes)).await);
        assert!(!is_answered(request(2, limits.head_bytes + 1)).await);
    }

    #[tokio::test]
    async fn who_says_nothing_gives_its_place_up_to_the_next() {
        let limits = Limits { connections: 1, whole_time: Duration::from_millis(50), ..Limits::default() };
        let address = served(limits).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        let next = exchange(address, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert!(next.starts_with("HTTP/1.1 200"), "{next}");
        assert_eq!(silent.read(&mut [0; 1]).await.unwrap_or(0), 0, "it was let go");
    }

    #[test]
    fn figures_are_not_for_pages_of_strangers() {
        let pages = Lame::default();
        for (host, status) in [
            ("127.0.0.1:9327", 200),
            ("[::1]:9327", 200),
            ("LOCALHOST", 200),
            ("attacker.example:9327", 421),
            ("localhost.attacker.example", 421),
            ("", 421),
        ] {
            assert_eq!(ask("GET", "/metrics", host, &pages), status, "{host}");
        }
    }
}

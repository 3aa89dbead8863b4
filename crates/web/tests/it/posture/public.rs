//! Under a public origin nothing else counts.

use std::net::UdpSocket;

use super::browser::Browser;
use super::node::{Den, Setup};

async fn den() -> Den {
    Den::with(Setup { public: Some("https://den.example"), proxies: &["127.0.0.0/8"], ..Setup::default() }).await
}

fn page(den: &Den) -> Browser {
    let mut browser = den.browser().with("X-Forwarded-For", "192.0.2.1").with("X-Forwarded-Proto", "https");
    browser.host = "den.example".to_owned();
    browser.origin = Some("https://den.example".to_owned());
    browser
}

pub(crate) fn outward() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

#[tokio::test]
async fn pages_of_that_origin_work() {
    let den = den().await;
    let mut browser = page(&den);
    let entry = browser.sign_in("ada").await;
    assert!(entry.header("set-cookie").unwrap().starts_with("__Host-capos="));
    assert_eq!(entry.header("strict-transport-security"), Some("max-age=31536000"));
    assert_eq!(browser.works().await.0, 404);
    assert_eq!(browser.with("Referer", "https://den.example/#/session").works().await.0, 404);
}

#[tokio::test]
async fn no_other_name_is_served_the_machines_own_included() {
    let den = den().await;
    let port = den.address.port();
    for host in [
        format!("localhost:{port}"),
        "localhost".into(),
        format!("127.0.0.1:{port}"),
        "[::1]".into(),
        "den.example:80".into(),
        "www.den.example".into(),
    ] {
        let mut browser = page(&den);
        browser.host.clone_from(&host);
        for path in ["/", "/api/welcome"] {
            assert_eq!(browser.get(path).await.is(), (421, "unknownHost"), "{host} {path}");
        }
    }
}

#[tokio::test]
async fn no_other_origin_or_referer_counts() {
    let den = den().await;
    let mut browser = page(&den);
    browser.sign_in("ada").await;
    for origin in ["http://localhost:8080", "http://den.example", "https://den.example:8443", "null"] {
        let mut other = browser.clone();
        other.origin = Some(origin.to_owned());
        assert_eq!(other.works().await, (403, "originRefused".to_owned()), "{origin}");
        assert_eq!(browser.with("Origin", origin).get("/").await.is(), (403, "originRefused"), "{origin}");
    }
    for referer in ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:9/x"] {
        let from = browser.with("Referer", referer);
        assert_eq!(from.get("/").await.is(), (403, "originRefused"), "{referer}");
        assert_eq!(from.works().await, (403, "originRefused".to_owned()), "{referer}");
    }
    let led = browser.with("Referer", "https://elsewhere.example/");
    assert_eq!(led.get("/").await.status, 200, "a link leads to the page");
    assert_eq!(led.works().await, (403, "originRefused".to_owned()));
}

#[tokio::test]
async fn who_came_to_the_proxy_without_https_is_told() {
    let den = den().await;
    let mut browser = page(&den);
    browser.headers = vec![("X-Forwarded-For", "192.0.2.1".to_owned()), ("X-Forwarded-Proto", "http".to_owned())];
    assert_eq!(browser.get("/").await.is(), (400, "tlsRequired"));
}

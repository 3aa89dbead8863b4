//! Proxies: believed from configured ranges alone.

use super::browser::Browser;
use super::node::{Den, Setup};

async fn behind(proxies: &'static [&'static str]) -> Den {
    Den::with(Setup { proxies, source_connections: 2, ..Setup::default() }).await
}

fn relayed(den: &Den, client: &str, scheme: &str) -> Browser {
    let mut browser = den.browser().with("X-Forwarded-For", client).with("X-Forwarded-Proto", scheme);
    browser.origin = Some(format!("{scheme}://{}", browser.host));
    browser
}

#[tokio::test]
async fn https_at_a_proxy_is_https() {
    let den = behind(&["127.0.0.0/8"]).await;
    let mut browser = relayed(&den, "192.0.2.1", "https");
    let set = browser.sign_in("ada").await.header("set-cookie").unwrap().to_owned();
    assert!(set.starts_with("__Host-capos=") && set.ends_with("; Secure"), "{set}");
    assert_eq!(browser.works().await.0, 404);
    browser.origin = browser.origin.map(|origin| origin.replace("https", "http"));
    assert_eq!(browser.works().await, (403, "originRefused".to_owned()));
    let mut plain = relayed(&den, "192.0.2.1", "http");
    let set = plain.sign_in("ada").await.header("set-cookie").unwrap().to_owned();
    assert!(set.starts_with("capos=") && !set.contains("Secure"), "{set}");
}

#[tokio::test]
async fn the_standard_header_says_the_same() {
    let den = behind(&["127.0.0.1"]).await;
    let mut browser = den.browser().with("Forwarded", "for=192.0.2.1;proto=https;by=203.0.113.43");
    browser.origin = Some(format!("https://{}", browser.host));
    assert!(browser.sign_in("ada").await.header("set-cookie").unwrap().starts_with("__Host-"));
    let torn = browser.with("X-Forwarded-Proto", "http");
    assert_eq!(torn.get("/").await.is(), (400, "badForwarding"));
}

#[tokio::test]
async fn from_anybody_else_these_headers_are_nothing() {
    for proxies in [&[][..], &["10.0.0.0/8"]] {
        let den = Den::with(Setup { proxies, source_connections: 2, ..Setup::default() }).await;
        let mut liar = relayed(&den, "192.0.2.1", "https").with("Forwarded", "for=192.0.2.2;proto=http");
        assert_eq!(liar.sign_in("ada").await.is(), (403, "originRefused"), "it did not come by HTTPS");
        liar.origin = Some(format!("http://{}", liar.host));
        assert!(liar.sign_in("ada").await.header("set-cookie").unwrap().starts_with("capos="));
    }
}

#[tokio::test]
async fn so_many_requests_of_one_client_behind_a_proxy_have_a_place_and_the_others_theirs() {
    let den = behind(&["127.0.0.0/8"]).await;
    let mut browser = relayed(&den, "192.0.2.1", "http");
    browser.sign_in("ada").await;
    let mut windows = Vec::new();
    for name in ["0000000000000001", "0000000000000002"] {
        let mut window = browser.begin("GET", &format!("/api/events?window={name}"), None, 0).await;
        window.hear("data: {\"begin\"").await;
        windows.push(window);
    }
    assert_eq!(browser.works().await, (429, "handlerLimitExceeded".to_owned()));
    assert_eq!(relayed(&den, "192.0.2.2", "http").get("/api/welcome").await.status, 200);
    assert_eq!(relayed(&den, "192.0.2.1, 127.0.0.1", "http").get("/").await.is(), (429, "handlerLimitExceeded"));
    assert_eq!(relayed(&den, "198.51.100.7, 192.0.2.1", "http").get("/").await.status, 429, "a forged hop");
    windows.pop();
    while browser.works().await.0 == 429 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn plain_http_from_elsewhere_is_for_proxies_alone() {
    let Some(address) = super::public::outward() else { return };
    let setup = |proxies| Setup { proxies, listen: format!("{address}:0"), ..Setup::default() };
    let den = Den::with(setup(&["198.51.100.0/24"])).await;
    let mut browser = den.browser();
    browser.host = format!("{address}:{}", den.address.port());
    assert_eq!(browser.get("/").await.is(), (400, "tlsRequired"));
    let den = Den::with(setup(&["0.0.0.0/0"])).await;
    browser = den.browser();
    browser.host = format!("{address}:{}", den.address.port());
    assert_eq!(browser.get("/").await.status, 200);
}

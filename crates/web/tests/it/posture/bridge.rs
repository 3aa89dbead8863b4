//! On a person's own machine: the first browser has it, and only browsers of the machine.

use std::net::UdpSocket;
use std::time::Duration;

use capos_authority::EndReason;
use capos_web::{Place, WorkspaceLimits};

use super::browser::Browser;
use super::node::{Den, Setup};

async fn bridge() -> Den {
    Den::with(Setup { place: Place::Bridge, ..Setup::default() }).await
}

#[tokio::test]
async fn the_first_browser_has_it_until_it_signs_out() {
    let den = bridge().await;
    let first = den.signed_in().await;
    let second = den.browser().sign_in("ada").await;
    assert_eq!(second.is(), (409, "sessionAlreadyInUse"));
    assert!(second.header("set-cookie").is_none());
    assert_eq!(first.works().await.0, 404, "nothing has come over it");
    first.post("/api/sign-out", "{}").await;
    assert_eq!(den.browser().sign_in("eve").await.status, 200);
}

#[tokio::test]
async fn it_is_taken_before_anybody_is_asked_who_they_are() {
    let den = bridge().await;
    let mut first = den.browser();
    first.sign_in("novice").await;
    assert_eq!(den.browser().sign_in("ada").await.is(), (409, "sessionAlreadyInUse"));
    let wrong = r#"{"method":"password","account":"ada","password":"wrong"}"#;
    assert_eq!(den.browser().post("/api/sign-in", wrong).await.is(), (409, "sessionAlreadyInUse"), "nor is it tried");
}

#[tokio::test]
async fn who_fails_gives_it_back() {
    let den = bridge().await;
    let wrong = r#"{"method":"password","account":"ada","password":"wrong"}"#;
    assert_eq!(den.browser().post("/api/sign-in", wrong).await.is(), (403, "authenticationDenied"));
    let mut browser = den.browser();
    browser.sign_in("novice").await;
    browser.post("/api/sign-in/answer", r#"{"answer":""}"#).await;
    assert_eq!(den.browser().sign_in("ada").await.status, 200);
}

#[tokio::test]
async fn with_its_time_it_is_given_back() {
    let limits = WorkspaceLimits { idle_time: Duration::from_millis(600), ..WorkspaceLimits::default() };
    let den = Den::with(Setup { place: Place::Bridge, limits, ..Setup::default() }).await;
    let first = den.signed_in().await;
    first.events().await.rest().await;
    assert_eq!(den.browser().sign_in("eve").await.status, 200);
}

#[tokio::test]
async fn with_its_session_on_the_node_it_is_given_back() {
    let den = bridge().await;
    let first = den.signed_in().await;
    den.authority.sessions()[0].end(EndReason::Administrator).await;
    first.events().await.rest().await;
    while den.browser().sign_in("eve").await.is() == (409, "sessionAlreadyInUse") {
        tokio::task::yield_now().await;
    }
    den.sessions(1).await;
}

#[tokio::test]
async fn the_same_browser_signs_in_again_with_a_proof_though_it_has_lost_its_token() {
    let den = bridge().await;
    let first = den.signed_in().await;
    let mut again = first.clone();
    again.token = None;
    assert_eq!(again.post("/api/sign-in", r#"{"method":"guest"}"#).await.is(), (409, "sessionAlreadyInUse"));
    assert_eq!(first.works().await.0, 404);
    assert_eq!(again.sign_in("ada").await.status, 200);
    assert_eq!(first.works().await, (401, "sessionReplaced".to_owned()));
    assert_eq!(den.browser().sign_in("eve").await.is(), (409, "sessionAlreadyInUse"));
    den.sessions(1).await;
}

#[tokio::test]
async fn nobody_from_elsewhere_is_let_in() {
    let Some(address) = outward() else { return };
    let den = Den::with(Setup { place: Place::Bridge, listen: format!("{address}:0"), ..Setup::default() }).await;
    let mut browser = den.browser_tls();
    browser.host = format!("{address}:{}", den.address.port());
    for path in ["/", "/api/welcome"] {
        assert_eq!(browser.get(path).await.is(), (403, "loopbackOnly"), "{path}");
    }
    let den = Den::with(Setup { place: Place::Bridge, proxies: &["127.0.0.0/8"], ..Setup::default() }).await;
    let relayed: Browser = den.browser().with("X-Forwarded-For", "192.0.2.1");
    assert_eq!(relayed.get("/api/welcome").await.is(), (403, "loopbackOnly"));
    assert_eq!(den.browser().get("/api/welcome").await.status, 200);
}

fn outward() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

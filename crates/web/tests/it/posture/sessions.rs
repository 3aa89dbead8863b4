//! Whose request it is: by cookie and token both, and by those alone that were given last.

use capos_authority::EndReason;
use capos_web::WorkspaceLimits;

use super::browser::Browser;
use super::node::{Den, Setup};
use crate::ground::PATIENCE;

/// What somebody is answered who is signed in and asks for something that is not there.
fn in_it() -> (u16, String) {
    (404, "notFound".to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn cookie_and_token_together_are_a_session_and_neither_is_alone() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    assert_eq!(browser.works().await, in_it());
    let mut other = browser.clone();
    other.token = None;
    assert_eq!(other.works().await, refused(403, "csrfTokenMissing"));
    other.token = browser.token.as_ref().map(|token| format!("{token}x"));
    assert_eq!(other.works().await, refused(403, "csrfTokenWrong"));
    other.token = browser.token.as_ref().map(|token| token[1..].to_owned() + "A");
    assert_eq!(other.works().await, refused(403, "csrfTokenWrong"));
    let two = browser.with("X-CSRF-Token", browser.token.clone().unwrap());
    assert_eq!(two.works().await, refused(403, "csrfTokenMissing"), "twice is not once");
    let mut other = browser.clone();
    other.cookie = None;
    assert_eq!(other.works().await, refused(401, "unauthenticated"));
    other.cookie = browser.cookie.as_ref().map(|cookie| format!("{cookie}; {cookie}"));
    assert_eq!(other.works().await, refused(401, "unauthenticated"), "two cookies of one name are none");
    assert_eq!(browser.works().await, in_it(), "nothing of this has ended it");
}

#[tokio::test]
async fn every_address_below_api_but_the_way_in_wants_both() {
    let den = Den::open().await;
    let mut browser = den.signed_in().await;
    browser.token = None;
    for path in ["/api/sign-out", "/api/window", "/api/do/session/look", "/api/sign-in/answer"] {
        let body = if path.ends_with("answer") { r#"{"answer":"x"}"# } else { "{}" };
        assert_eq!(browser.post(path, body).await.is(), (403, "csrfTokenMissing"), "{path}");
    }
    for path in ["/api/events?window=0123456789abcdef", "/api/download/0123456789abcdef"] {
        assert_eq!(browser.get(path).await.is(), (403, "csrfTokenMissing"), "{path}");
    }
    assert_eq!(browser.upload(b"x").await.is(), (403, "csrfTokenMissing"));
    assert_eq!(browser.get("/api/welcome").await.status, 200);
}

#[tokio::test]
async fn two_browsers_tokens_are_not_each_others() {
    let den = Den::open().await;
    let (ada, mut eve) = (den.signed_in().await, den.browser());
    eve.sign_in("eve").await;
    let mut mixed = ada.clone();
    mixed.token.clone_from(&eve.token);
    assert_eq!(mixed.works().await, refused(403, "csrfTokenWrong"));
}

#[tokio::test]
async fn signing_in_again_makes_all_anew_and_ends_what_was() {
    let den = Den::open().await;
    let mut browser = den.signed_in().await;
    let before = browser.clone();
    let mut window = browser.events().await;
    browser.sign_in("ada").await;
    assert!(before.cookie != browser.cookie && before.token != browser.token);
    assert!(window.rest().await.contains(r#""ended":{"code":"sessionReplaced""#));
    assert_eq!(before.works().await, refused(401, "sessionReplaced"));
    assert_eq!(browser.works().await, in_it());
    let mut mixed = browser.clone();
    mixed.cookie.clone_from(&before.cookie);
    assert_eq!(mixed.works().await, refused(401, "unauthenticated"), "the old cookie with the new token");
    mixed = browser.clone();
    mixed.token.clone_from(&before.token);
    assert_eq!(mixed.works().await, refused(403, "csrfTokenWrong"));
    den.sessions(1).await;
}

#[tokio::test]
async fn a_cookie_alone_ends_nothing() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let mut thief = browser.clone();
    thief.token = None;
    assert_eq!(thief.enter("/api/sign-in", r#"{"method":"guest"}"#).await.status, 200);
    let wrong = r#"{"method":"password","account":"ada","password":"wrong"}"#;
    let mut thief = browser.clone();
    assert_eq!(thief.post("/api/sign-in", wrong).await.is(), (403, "authenticationDenied"));
    thief.cookie.clone_from(&browser.cookie);
    assert_eq!(browser.works().await, in_it());
}

#[tokio::test]
async fn signing_out_ends_every_window_and_the_session_on_the_node() {
    let den = Den::open().await;
    let mut browser = den.signed_in().await;
    den.sessions(1).await;
    let before = browser.clone();
    let mut window = browser.events().await;
    for other in [r#"{"session":"another"}"#, "[]", "x"] {
        assert_eq!(browser.post("/api/sign-out", other).await.is(), (400, "badRequest"), "{other}");
    }
    assert_eq!(browser.works().await, in_it(), "nothing of this has ended it");
    let heard = browser.post("/api/sign-out", "{}").await;
    assert_eq!(heard.status, 200);
    assert!(heard.header("set-cookie").unwrap().starts_with("capos=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"));
    browser.keep(&heard);
    assert_eq!(browser.cookie, None);
    assert!(window.rest().await.contains(r#""ended":{"code":"signedOut""#));
    den.sessions(0).await;
    assert_eq!(before.works().await, refused(401, "signedOut"), "who had both is told why");
    let mut cookie = before.clone();
    cookie.token = None;
    assert_eq!(cookie.works().await, refused(401, "unauthenticated"), "and nobody else");
}

#[tokio::test]
async fn a_session_that_the_node_ends_is_over_here_too() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let mut window = browser.events().await;
    let sessions = den.authority.sessions();
    sessions[0].end(EndReason::Administrator).await;
    assert!(window.rest().await.contains(r#""ended""#));
    let (status, _) = browser.works().await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn so_many_browsers_have_a_place_and_one_more_is_told() {
    let den = Den::limited(WorkspaceLimits { sessions: 2, ..WorkspaceLimits::default() }).await;
    let (first, mut second) = (den.signed_in().await, den.signed_in().await);
    assert_eq!(den.browser().sign_in("eve").await.is(), (503, "tooManySessions"));
    second.sign_in("ada").await;
    assert_eq!(second.works().await, in_it(), "who gives one up has one");
    first.post("/api/sign-out", "{}").await;
    assert_eq!(den.browser().sign_in("eve").await.status, 200);
}

#[tokio::test]
async fn a_refused_sign_in_gives_its_place_back() {
    let limits = WorkspaceLimits { sessions: 1, sign_ins: 1, ..WorkspaceLimits::default() };
    let den = Den::with(Setup { limits, ..Setup::default() }).await;
    let wrong = r#"{"method":"password","account":"ada","password":"wrong"}"#;
    for _ in 0..2 {
        assert_eq!(den.browser().post("/api/sign-in", wrong).await.is(), (403, "authenticationDenied"));
    }
    assert_eq!(den.signed_in().await.works().await, in_it());
    den.nobody_waits().await;
}

#[tokio::test]
async fn so_many_commands_of_a_session_are_under_way_and_one_more_is_told() {
    let den = Den::limited(WorkspaceLimits { commands: 1, ..WorkspaceLimits::default() }).await;
    let (browser, other) = (den.operator().await, den.operator().await);
    let export = |browser: Browser| async move { browser.post("/api/do/administration/export", "{}").await };
    let crowd = async {
        loop {
            let heard = futures::future::join_all((0..8).map(|_| export(browser.clone()))).await;
            assert!(heard.iter().any(|one| one.status == 200), "who was there first is answered");
            if heard.iter().any(|one| one.is() == (429, "tooManyCalls")) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, crowd).await.expect("two of them are under way at once");
    assert_eq!(export(other).await.status, 200, "it is the other session's business alone");
    assert_eq!(export(browser).await.status, 200, "and over with what was under way");
}

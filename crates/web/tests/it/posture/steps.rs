//! Sign-ins of more than one step: each has a cookie and a token of its own, and an end.

use std::time::Duration;

use capos_web::WorkspaceLimits;

use super::node::{Den, Setup};
use crate::ground::SOON;

const NEW: &str = r#"{"answer":"a much better password"}"#;

#[tokio::test]
async fn each_step_has_a_cookie_and_a_token_of_its_own() {
    let den = Den::open().await;
    let mut browser = den.browser();
    let asked = browser.sign_in("novice").await;
    assert!(asked.body.contains(r#""secret":true"#) && asked.body.contains(r#""expiresAtMs":1"#), "{asked:?}");
    let first = browser.clone();
    assert_eq!(first.works().await, (401, "staleSession".to_owned()), "it is no session yet");
    assert_eq!(den.authority.sessions().len(), 0);
    let again = browser.enter("/api/sign-in/answer", NEW).await;
    assert_eq!(again.status, 200, "{again:?}");
    assert!(first.cookie != browser.cookie && first.token != browser.token);
    if again.body.contains(r#""asked":{"#) {
        let second = browser.clone();
        assert_eq!(browser.enter("/api/sign-in/answer", NEW).await.status, 200);
        assert!(second.cookie != browser.cookie && second.token != browser.token);
        assert_eq!(second.post("/api/sign-in/answer", NEW).await.is(), (401, "unauthenticated"));
    }
    assert_eq!(first.post("/api/sign-in/answer", NEW).await.is(), (401, "unauthenticated"), "a step is replayed");
    assert_eq!(browser.works().await, (404, "notFound".to_owned()));
    assert_eq!(browser.post("/api/sign-in/answer", NEW).await.is(), (409, "nothingAsked"));
    assert_eq!(browser.works().await.0, 404, "which ends nothing");
}

#[tokio::test]
async fn a_step_that_is_refused_ends_the_sign_in_and_its_cookie() {
    let den = Den::limited(WorkspaceLimits { sessions: 1, ..WorkspaceLimits::default() }).await;
    let mut browser = den.browser();
    browser.sign_in("novice").await;
    let before = browser.clone();
    let refused = browser.post("/api/sign-in/answer", r#"{"answer":""}"#).await;
    assert_ne!(refused.status, 200);
    assert!(refused.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")), "{refused:?}");
    assert_eq!(before.post("/api/sign-in/answer", NEW).await.is(), (401, "unauthenticated"));
    den.nobody_waits().await;
    assert_eq!(den.browser().sign_in("ada").await.status, 200, "its place is free");
}

#[tokio::test]
async fn a_sign_in_that_nobody_goes_on_with_is_given_up_in_the_nodes_time() {
    let limits = WorkspaceLimits { sessions: 1, sign_ins: 1, ..WorkspaceLimits::default() };
    let setup = Setup { limits, step_time: Duration::from_millis(1500), ..Setup::default() };
    let den = Den::with(setup).await;
    let mut browser = den.browser();
    browser.sign_in("novice").await;
    assert_eq!(den.gate.waiting(), 1);
    den.nobody_waits().await;
    assert_eq!(browser.post("/api/sign-in/answer", NEW).await.is(), (401, "sessionExpired"));
    assert_eq!(den.browser().sign_in("ada").await.status, 200, "its place is free");
}

#[tokio::test]
async fn a_choice_that_nobody_makes_is_given_up_in_time() {
    let limits = WorkspaceLimits { step_time: SOON, sessions: 1, ..WorkspaceLimits::default() };
    let den = Den::limited(limits).await;
    let mut browser = den.browser();
    let heard = browser.sign_in("chief").await;
    assert!(heard.body.contains(r#""profiles":[{"#), "{heard:?}");
    assert_eq!(browser.works().await, (401, "staleSession".to_owned()), "it is no session yet");
    den.sessions(0).await;
    assert_eq!(browser.post("/api/sign-in/profile", r#"{"profile":"user"}"#).await.is(), (401, "sessionExpired"));
    assert_eq!(den.browser().sign_in("ada").await.status, 200, "its place is free");
}

#[tokio::test]
async fn only_a_profile_that_was_offered_can_be_chosen() {
    let den = Den::open().await;
    for profile in ["guest", "anonymous", "", "nothing"] {
        let mut browser = den.browser();
        browser.sign_in("chief").await;
        let body = format!(r#"{{"profile":"{profile}"}}"#);
        assert_eq!(browser.post("/api/sign-in/profile", &body).await.is(), (400, "badRequest"), "{profile}");
        assert_eq!(browser.works().await, (401, "unauthenticated".to_owned()), "{profile}");
    }
    den.sessions(0).await;
}

#[tokio::test]
async fn so_many_sign_ins_wait_and_one_more_is_told() {
    let den = Den::limited(WorkspaceLimits { sign_ins: 1, ..WorkspaceLimits::default() }).await;
    let mut browser = den.browser();
    browser.sign_in("novice").await;
    assert_eq!(den.browser().sign_in("ada").await.is(), (503, "tooManySignIns"));
    assert_eq!(browser.sign_in("novice").await.status, 200, "the same browser begins anew");
    let mut other = browser.clone();
    other.token = None;
    assert_eq!(other.sign_in("ada").await.status, 200, "its page was reloaded, and it has lost the token");
    den.nobody_waits().await;
    assert_eq!(den.browser().sign_in("ada").await.status, 200);
}

#[tokio::test]
async fn a_client_that_goes_while_the_node_is_asked_leaves_nothing_behind() {
    let limits = WorkspaceLimits { sessions: 1, sign_ins: 1, ..WorkspaceLimits::default() };
    let den = Den::limited(limits).await;
    let body = r#"{"method":"password","account":"ada","password":"correct horse battery"}"#;
    for _ in 0..3 {
        let mut client = den.browser().begin("POST", "/api/sign-in", Some("application/json"), body.len()).await;
        client.say(body).await;
        drop(client);
    }
    den.nobody_waits().await;
    super::node::until(|| den.authority.sessions().is_empty(), "sessions").await;
    loop {
        // Where one was answered before its client had gone, its session waits for its time.
        let heard = den.browser().sign_in("ada").await;
        if heard.status == 200 {
            break;
        }
        assert_eq!(heard.is(), (503, "tooManySessions"));
        tokio::task::yield_now().await;
    }
}

//! Files that pages send.

use capos_web::WorkspaceLimits;

use super::node::Den;
use crate::ground::{SOON, told};

#[tokio::test]
async fn a_file_gets_a_key_up_to_its_bound_and_not_one_byte_past_it() {
    let den = Den::limited(WorkspaceLimits { upload_bytes: 100_000, ..WorkspaceLimits::default() }).await;
    let browser = den.signed_in().await;
    let heard = browser.upload(&[0xff; 100_000]).await;
    assert_eq!((heard.status, heard.text("key").len()), (200, 16));
    assert_eq!(browser.upload(&[0xff; 100_001]).await.is(), (413, "requestBodyTooLarge"));
    assert_eq!(browser.upload(b"").await.status, 200, "an empty file is a file");
}

#[tokio::test]
async fn who_is_nobody_is_refused_before_a_byte_of_it_is_read() {
    let den = Den::open().await;
    let browser = den.browser();
    let mut client = browser.begin("POST", "/api/upload", Some("application/octet-stream"), 4 << 20).await;
    client.hear("\"code\":\"unauthenticated\"").await;
}

#[tokio::test]
async fn what_sends_no_file_has_no_room_for_one() {
    let den = Den::open().await;
    let signed_in = den.signed_in().await;
    for browser in [den.browser(), signed_in] {
        for method in ["PUT", "PATCH", "DELETE"] {
            let mut client = browser.begin(method, "/api/upload", Some("application/octet-stream"), 4 << 20).await;
            let heard = client.hear("\"code\":\"methodNotAllowed\"").await;
            assert!(heard.contains("allow: POST"), "{method}: {heard}");
        }
        let browser = browser.with("Content-Length", (4 << 20).to_string());
        browser.begin("GET", "/api/upload", None, 0).await.hear("\"code\":\"methodNotAllowed\"").await;
    }
}

#[tokio::test]
async fn files_of_one_session_have_so_much_room_together_and_others_have_theirs() {
    let limits = WorkspaceLimits { upload_bytes: 1000, uploads: 3, uploads_bytes: 1500, ..WorkspaceLimits::default() };
    let den = Den::limited(limits).await;
    let (browser, mut other) = (den.signed_in().await, den.browser());
    assert_eq!(browser.upload(&[0; 1000]).await.status, 200);
    assert_eq!(browser.upload(&[0; 501]).await.is(), (429, "tooManyUploads"));
    assert_eq!(browser.upload(&[0; 500]).await.status, 200);
    other.sign_in("eve").await;
    for _ in 0..3 {
        assert_eq!(other.upload(&[0; 1]).await.status, 200);
    }
    assert_eq!(other.upload(&[0; 1]).await.is(), (429, "tooManyUploads"));
}

#[tokio::test]
async fn a_file_on_its_way_ends_with_the_session() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let mut client = browser.begin("POST", "/api/upload", Some("application/octet-stream"), 1000).await;
    client.say([0; 999]).await;
    // It is answered only once the upload above has its room, or before: either way the session ends under it.
    assert_eq!(browser.post("/api/sign-out", "{}").await.status, 200);
    let heard = client.rest().await;
    assert!(heard.contains("signedOut"), "{heard}");
    den.sessions(0).await;
}

#[tokio::test]
async fn a_file_that_comes_too_slowly_is_told_so_and_gives_its_room_back() {
    let limits = WorkspaceLimits { uploads: 1, upload_time: SOON, ..WorkspaceLimits::default() };
    let den = Den::limited(limits).await;
    let browser = den.signed_in().await;
    let mut client = browser.begin("POST", "/api/upload", Some("application/octet-stream"), 1000).await;
    client.say([0; 10]).await;
    assert_eq!(told(&client.rest().await), (408, "requestTimeout".to_owned()));
    assert_eq!(browser.upload(&[0; 10]).await.status, 200);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_fetched() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let key = browser.upload(b"a file").await.text("key");
    for key in [key.as_str(), "0123456789abcdef", "x", "..%2F..%2Fetc%2Fpasswd"] {
        assert_eq!(browser.get(&format!("/api/download/{key}")).await.is(), (404, "notFound"), "{key}");
    }
}

#[tokio::test]
async fn a_file_is_saved_and_never_shown_and_is_its_sessions_alone() {
    let den = Den::open().await;
    let (browser, other) = (den.operator().await, den.operator().await);
    let key = browser.post("/api/do/administration/export", "{}").await.text("key");
    let path = format!("/api/download/{key}");
    let heard = browser.get(&path).await;
    assert_eq!(heard.status, 200, "{heard:?}");
    assert_eq!(heard.header("content-type"), Some("application/octet-stream"));
    assert_eq!(heard.header("content-security-policy"), Some("sandbox; default-src 'none'"));
    assert_eq!(heard.header("cache-control"), Some("no-store"));
    let disposition = heard.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"audit.jsonl\""), "{disposition}");
    assert_eq!(other.get(&path).await.is(), (404, "notFound"), "another session of the same person");
    let mut thief = browser.clone();
    thief.token = None;
    assert_eq!(thief.get(&path).await.is(), (403, "csrfTokenMissing"));
    browser.post("/api/sign-out", "{}").await;
    assert_eq!(browser.get(&path).await.is(), (401, "signedOut"));
}

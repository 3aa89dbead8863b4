//! Commands with a name are done once.

use super::node::Den;

#[tokio::test]
async fn a_name_is_for_one_command_of_one_session() {
    let den = Den::open().await;
    let (ada, mut eve) = (den.signed_in().await, den.browser());
    eve.sign_in("eve").await;
    let (once, hers) = (ada.with("Idempotency-Key", "launch-1"), eve.with("Idempotency-Key", "launch-1"));
    assert_eq!(once.post("/api/do/a/b", "{}").await.is(), (404, "notFound"));
    assert_eq!(once.post("/api/do/a/b", "{}").await.is(), (404, "notFound"));
    for (path, body) in [("/api/do/a/b", "{ }"), ("/api/do/a/c", "{}"), ("/api/do/b/b", "{}")] {
        assert_eq!(once.post(path, body).await.is(), (422, "idempotencyKeyReused"), "{path}");
    }
    assert_eq!(hers.post("/api/do/a/b", "{ }").await.is(), (404, "notFound"));
    let mut stranger = once.clone();
    stranger.token = None;
    assert_eq!(stranger.post("/api/do/a/b", "{}").await.is(), (403, "csrfTokenMissing"));
}

#[tokio::test]
async fn a_name_that_is_none_is_told() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    assert_eq!(browser.with("Idempotency-Key", "x".repeat(64)).works().await.0, 404);
    for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
        assert_eq!(browser.with("Idempotency-Key", bad).works().await, (400, "badRequest".to_owned()), "{bad}");
    }
    let two = browser.with("Idempotency-Key", "a").with("Idempotency-Key", "b");
    assert_eq!(two.works().await, (400, "badRequest".to_owned()));
}

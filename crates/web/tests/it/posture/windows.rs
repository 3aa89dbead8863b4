//! Windows: how many, what they may want, and where they say they were.

use std::time::Duration;

use capos_web::WorkspaceLimits;

use super::browser::Browser;
use super::node::{Den, until};
use crate::ground::PATIENCE;

const WINDOW: &str = "0123456789abcdef";

async fn open(browser: &Browser, window: u64) -> crate::ground::Client<Box<dyn super::browser::Wire>> {
    let mut client = browser.begin("GET", &format!("/api/events?window={window:016x}"), None, 0).await;
    client.hear("data: {\"begin\"").await;
    client
}

#[tokio::test]
async fn a_session_has_so_many_windows_and_one_more_is_told() {
    let den = Den::limited(WorkspaceLimits { streams: 2, ..WorkspaceLimits::default() }).await;
    let (browser, mut other) = (den.signed_in().await, den.browser());
    other.sign_in("eve").await;
    let mut windows = vec![open(&browser, 1).await, open(&browser, 2).await];
    let third = format!("/api/events?window={WINDOW}");
    assert_eq!(browser.get(&third).await.is(), (429, "handlerLimitExceeded"));
    open(&other, 1).await;
    let again = open(&browser, 2).await;
    let mut replaced = windows.pop().unwrap();
    replaced.rest().await;
    drop(again);
    let freed = async {
        loop {
            let mut client = browser.begin("GET", &third, None, 0).await;
            if client.hear("\r\n").await.contains(" 200 ") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, freed).await.expect("the place is the next one's");
}

#[tokio::test]
async fn windows_that_come_and_go_leave_nothing_behind() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    for window in 0..20 {
        drop(open(&browser, window % 3).await);
        until(|| den.browsers.streams() == 0, "streams").await;
    }
    assert_eq!(den.browsers.sessions(), 1);
}

#[tokio::test]
async fn a_window_wants_so_much_and_not_one_topic_more_from_the_beginning_and_later() {
    let den = Den::limited(WorkspaceLimits { topics: 2, ..WorkspaceLimits::default() }).await;
    let browser = den.signed_in().await;
    let long = "x".repeat(129);
    for topics in ["a,b,c", &long] {
        let heard = browser.get(&format!("/api/events?window={WINDOW}&topics={topics}")).await;
        assert_eq!(heard.is(), (400, "badRequest"), "{topics}");
    }
    let path = format!("/api/events?window={WINDOW}&topics=a,{}", &long[1..]);
    let mut client = browser.begin("GET", &path, None, 0).await;
    client.hear("data: {\"begin\"").await;
    let wants = |topics: &str| format!(r#"{{"window":"{WINDOW}","topics":[{topics}]}}"#);
    for topics in [r#""a","b","c""#.to_owned(), format!(r#""{long}""#)] {
        assert_eq!(browser.post("/api/window", &wants(&topics)).await.is(), (400, "badRequest"), "{topics}");
    }
    assert_eq!(browser.post("/api/window", &wants(&format!(r#""b","{}""#, &long[1..]))).await.status, 200);
    let closed = wants("").replace(WINDOW, "0000000000000001");
    assert_eq!(browser.post("/api/window", &closed).await.is(), (404, "notFound"));
}

#[tokio::test]
async fn a_place_that_is_none_of_this_session_begins_anew() {
    let den = Den::open().await;
    let (browser, other) = (den.signed_in().await, den.signed_in().await);
    let mut client = other.begin("GET", &format!("/api/events?window={WINDOW}"), None, 0).await;
    client.hear("\nid: ").await;
    let theirs = client.hear("\n").await.trim().to_owned();
    let long = "0".repeat(8000);
    for after in [theirs.as_str(), "", "-", "0", "0123456789abcdef-0", "0123456789abcdef-99999999999999999999", &long] {
        let window = browser.with("Last-Event-ID", after);
        let mut client = window.begin("GET", &format!("/api/events?window={WINDOW}"), None, 0).await;
        client.hear("data: {\"begin\":{\"anew\":true}}").await;
    }
}

#[tokio::test]
async fn what_is_asked_for_has_these_fields_once_and_no_others() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let window = format!(r#""window":"{WINDOW}""#);
    for body in [
        format!(r#"{{{window},"topics":[],"session":"x"}}"#),
        format!(r#"{{{window},{window},"topics":[]}}"#),
        format!(r#"{{{window},"topics":["\ud800"]}}"#),
        format!(r#"{{{window},"topics":{}}}"#, "[".repeat(20_000)),
        format!(r#"{{"window":{},"topics":[]}}"#, "9".repeat(20_000)),
        format!(r#"{{{window},"topics":[]}}{{}}"#),
        String::new(),
    ] {
        assert_eq!(browser.post("/api/window", &body).await.is(), (400, "badRequest"), "{body:.80}");
    }
    for field in ["principal", "source", "session", "holder", "peer", "profiles"] {
        for method in [r#""guest""#, r#""anonymous""#, r#""password","account":"ada","password":"x""#] {
            let body = format!(r#"{{"method":{method},"{field}":"chief"}}"#);
            assert_eq!(den.browser().post("/api/sign-in", &body).await.is(), (400, "badRequest"), "{body}");
        }
    }
    let guest = r#"{"method":"guest","profile":"operator"}"#;
    assert_eq!(den.browser().post("/api/sign-in", guest).await.is(), (400, "badRequest"));
    for path in ["/api/sign-in/answer", "/api/sign-in/profile"] {
        let mut novice = den.browser();
        novice.sign_in("novice").await;
        let field = path.rsplit('/').next().unwrap();
        let body = format!(r#"{{"{field}":"x","session":"y"}}"#);
        assert_eq!(novice.post(path, &body).await.is(), (400, "badRequest"), "{path}");
    }
    assert_eq!(browser.works().await.0, 404);
}

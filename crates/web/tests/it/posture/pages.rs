//! What a page of another site can have a browser send, and what every answer says.

use capos_web::SameSite;

use super::node::{Den, Setup};

#[tokio::test]
async fn what_changes_something_comes_from_a_page_of_this_origin() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let port = den.address.port();
    let others = [
        None,
        Some("null".to_owned()),
        Some("http://attacker.example".to_owned()),
        Some("http://localhost".to_owned()),
        Some(format!("http://localhost:{}", port ^ 1)),
        Some(format!("https://localhost:{port}")),
        Some(format!("http://127.0.0.1:{port}")),
        Some(format!("http://localhost:{port}/")),
    ];
    for origin in others {
        let mut page = browser.clone();
        page.origin.clone_from(&origin);
        for path in ["/api/do/a/b", "/api/sign-out", "/api/window", "/api/sign-in", "/api/sign-in/answer"] {
            assert_eq!(page.post(path, "{}").await.is(), (403, "originRefused"), "{origin:?} {path}");
        }
        assert_eq!(page.upload(b"x").await.is(), (403, "originRefused"), "{origin:?}");
    }
    let twice = browser.with("Origin", browser.origin.clone().unwrap());
    assert_eq!(twice.works().await, (403, "originRefused".to_owned()));
    assert_eq!(browser.works().await.0, 404);
}

#[tokio::test]
async fn what_only_reads_is_for_pages_of_this_origin_as_well() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let foreign = browser.with("Origin", "http://attacker.example");
    for path in ["/api/welcome", "/api/events?window=0123456789abcdef", "/api/download/0123456789abcdef"] {
        assert_eq!(foreign.get(path).await.is(), (403, "originRefused"), "{path}");
        for site in ["cross-site", "same-site", "else"] {
            let elsewhere = browser.with("Sec-Fetch-Site", site);
            assert_eq!(elsewhere.get(path).await.is(), (403, "originRefused"), "{path} {site}");
        }
    }
    assert_eq!(browser.with("Sec-Fetch-Site", "same-origin").get("/api/welcome").await.status, 200);
    assert_eq!(browser.with("Sec-Fetch-Site", "same-origin").works().await.0, 404);
    assert_eq!(browser.with("Sec-Fetch-Site", "cross-site").works().await, (403, "originRefused".to_owned()));
}

#[tokio::test]
async fn commands_are_json_and_files_are_bytes_and_nothing_else_is_taken() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let kinds = [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonx"),
        Some("application/octet-stream"),
    ];
    for kind in kinds {
        let heard = browser.send("POST", "/api/do/a/b", kind, b"{}").await;
        assert_eq!(heard.is(), (415, "unsupportedMediaType"), "{kind:?}");
    }
    let twice = browser.with("Content-Type", "text/plain");
    assert_eq!(twice.works().await, (415, "unsupportedMediaType".to_owned()));
    assert_eq!(browser.send("POST", "/api/do/a/b", Some("application/json; charset=utf-8"), b"{}").await.status, 404);
    let heard = browser.send("POST", "/api/upload", Some("application/json"), b"{}").await;
    assert_eq!(heard.is(), (415, "unsupportedMediaType"));
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(browser.send(method, "/api/do/a/b", None, b"{}").await.is(), (415, "unsupportedMediaType"));
    }
}

#[tokio::test]
async fn under_another_name_of_this_machine_pages_have_that_origin() {
    let den = Den::open().await;
    let mut browser = den.browser();
    browser.host = format!("127.0.0.1:{}", den.address.port());
    assert_eq!(browser.sign_in("ada").await.is(), (403, "originRefused"));
    browser.origin = Some(format!("http://{}", browser.host));
    assert_eq!(browser.sign_in("ada").await.status, 200);
}

#[tokio::test]
async fn the_cookie_is_as_strict_as_it_can_be() {
    let den = Den::open().await;
    let mut plain = den.browser();
    let set = plain.sign_in("ada").await.header("set-cookie").unwrap().to_owned();
    assert!(set.starts_with("capos=") && set.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{set}");
    let mut tls = den.browser_tls();
    let set = tls.sign_in("ada").await.header("set-cookie").unwrap().to_owned();
    assert!(set.starts_with("__Host-capos="), "{set}");
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"), "{set}");
    assert_eq!(tls.works().await.0, 404);
    tls.cookie = tls.cookie.map(|cookie| cookie.replace("__Host-", ""));
    assert_eq!(tls.works().await, (401, "unauthenticated".to_owned()), "a plain cookie is none here");
}

#[tokio::test]
async fn a_lax_cookie_is_good_for_the_page_alone_when_another_site_leads_there() {
    let den = Den::with(Setup { same_site: SameSite::Lax, ..Setup::default() }).await;
    let mut browser = den.browser();
    let set = browser.sign_in("ada").await.header("set-cookie").unwrap().to_owned();
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
    let led = browser.with("Sec-Fetch-Site", "cross-site").with("Sec-Fetch-Mode", "navigate");
    assert_eq!(led.get("/").await.status, 200);
    assert_eq!(led.get("/api/welcome").await.is(), (403, "originRefused"));
    assert_eq!(led.works().await, (403, "originRefused".to_owned()));
    assert_eq!(browser.works().await.0, 404);
}

#[tokio::test]
async fn every_answer_has_the_posture_whatever_it_is() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    let mut misled = browser.clone();
    misled.host = "attacker.example".to_owned();
    let long = format!("/{}", "x".repeat(9000));
    let answers = [
        browser.get("/").await,
        browser.get("/nowhere").await,
        browser.get("/bundle/manifest.json").await,
        browser.get("/api/welcome").await,
        browser.post("/api/do/a/b", "{}").await,
        browser.send("POST", "/api/do/a/b", None, b"").await,
        misled.get("/").await,
        browser.get(&long).await,
        browser.send("POST", "/api/do/a/b", Some("application/json"), &[b'x'; 70_000]).await,
    ];
    for heard in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(heard.header(name), Some(value), "{}", heard.head);
        }
        let policy = heard.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert!(
            heard.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()")),
            "{}",
            heard.head
        );
        assert!(heard.header("strict-transport-security").is_none(), "it is no HTTPS");
    }
}

#[tokio::test]
async fn a_page_may_do_less_than_others_with_what_a_browser_has() {
    let den = Den::open().await;
    for path in ["/", "/bundle/manifest.json"] {
        let heard = den.browser().get(path).await;
        let permissions = heard.header("permissions-policy").unwrap();
        for none in ["clipboard-read=()", "hid=()", "camera=()", "geolocation=()"] {
            assert!(permissions.contains(none), "{path}: {permissions}");
        }
        assert!(heard.header("content-security-policy").unwrap().contains("require-trusted-types-for 'script'"));
    }
}

#[tokio::test]
async fn https_is_for_good_but_not_for_names_that_others_share() {
    let den = Den::open().await;
    let mut browser = den.browser_tls();
    assert_eq!(browser.get("/").await.header("strict-transport-security"), None);
    let den = Den::with(Setup { public: Some("https://den.example"), ..Setup::default() }).await;
    browser = den.browser_tls();
    browser.host = "den.example".to_owned();
    assert_eq!(browser.get("/").await.header("strict-transport-security"), Some("max-age=31536000"));
    let refused = browser.with("Origin", "https://elsewhere.example").get("/").await;
    assert_eq!(refused.is(), (403, "originRefused"));
    assert_eq!(refused.header("strict-transport-security"), Some("max-age=31536000"));
    browser.host = format!("localhost:{}", den.address.port());
    let refused = browser.get("/").await;
    assert_eq!((refused.is(), refused.header("strict-transport-security")), ((421, "unknownHost"), None));
}

#[tokio::test]
async fn whatever_is_refused_has_a_code_and_says_nothing_of_what_was_asked() {
    let den = Den::open().await;
    let browser = den.signed_in().await;
    for (path, allow) in [("/api/do/a/b", "POST"), ("/api/sign-in", "POST"), ("/api/window", "POST")] {
        let heard = browser.get(path).await;
        assert_eq!((heard.is(), heard.header("allow")), ((405, "methodNotAllowed"), Some(allow)), "{path}");
    }
    for path in [
        "/api/events",
        "/api/events?window=x",
        "/api/events?window=0123456789abcdef&window=0123456789abcdef",
        "/api/events?topics=secret",
    ] {
        let heard = browser.get(path).await;
        assert_eq!(heard.is(), (400, "badRequest"), "{path}");
        assert!(!heard.body.contains("window`") && !heard.body.contains("secret"), "{}", heard.body);
    }
    assert_eq!(browser.get("/api/download/%ff").await.is(), (404, "notFound"));
    assert_eq!(browser.post("/api/do/%ff/b", "{}").await.is(), (400, "badRequest"));
}

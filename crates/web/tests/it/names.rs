//! By which names, to which places, and how requests may come.

use capos_web::Limits;

use crate::ground::*;

fn asked_by(host: &str, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_name_that_was_made_to_mean_this_machine_is_refused() {
    let door = Door::open(Limits::default()).await;
    let port = door.address.port();
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), "den.example".to_owned()] {
        assert_eq!(told(&door.exchange(asked_by(&host, "/echo")).await), (405, "methodNotAllowed".into()), "{host}");
    }
    for host in ["attacker.example", "attacker.example:80", "192.0.2.1"] {
        assert_eq!(told(&door.exchange(asked_by(host, "/echo")).await), (421, "unknownHost".into()), "{host}");
    }
    for request in ["GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /echo HTTP/1.0\r\n\r\n"] {
        assert_eq!(told(&door.exchange(request).await), (400, "badRequest".into()), "{request}");
    }
    let forged = "GET /echo HTTP/1.1\r\nHost: attacker.example\r\nX-Forwarded-Host: localhost\r\nForwarded: \
        host=localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(told(&door.exchange(forged).await).0, 421);
}

#[tokio::test]
async fn health_is_for_anybody_by_any_name() {
    let door = Door::open(Limits::default()).await;
    let heard = door.exchange(asked_by("anything.example", "/healthz")).await;
    assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with("\r\n\r\nok\n"), "{heard}");
    let (status, code) = told(&door.exchange(post("/healthz", "")).await);
    assert_eq!((status, code.as_str()), (405, "methodNotAllowed"));
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_done_are_told() {
    let door = Door::open(Limits::default()).await;
    assert_eq!(told(&door.exchange(get("/")).await), (404, "notFound".into()));
    assert_eq!(told(&door.exchange(get("/echo/")).await), (404, "notFound".into()));
    let heard = door.exchange(get("/echo")).await;
    assert_eq!(told(&heard), (405, "methodNotAllowed".into()));
    assert!(heard.contains("allow: POST"), "{heard}");
}

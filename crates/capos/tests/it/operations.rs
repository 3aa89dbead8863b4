//! Figures, health, and a disk that is full.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::Signal;

use crate::ground::*;

const PAGES: &str = "metrics.listen = '127.0.0.1:0'\n";

#[test]
fn figures_tell_what_the_node_does() {
    let node = plan().configuration(PAGES).start();
    let address = node.metrics().unwrap();
    let value = |name: &str| figure(&get(address, "/metrics").1, name);
    assert_eq!((value("capos_sessions"), value("capos_store_writable")), (Some(0.0), Some(1.0)));
    on_vat(async {
        let (client, session) = Client::operator(&node).await;
        assert!(is_live(&session).await);
        assert!(client.sign_in(node.operator(), "wrong").await.is_err());
        let (status, page) = get(address, "/metrics");
        assert_eq!(status, 200);
        assert_eq!(figure(&page, "capos_sessions"), Some(1.0), "{page}");
        assert_eq!(figure(&page, "capos_sign_ins_total{method=\"password\"}"), Some(1.0), "{page}");
        assert_eq!(figure(&page, "capos_sign_ins_denied_total{method=\"password\"}"), Some(1.0), "{page}");
        assert!(figure(&page, "process_resident_memory_bytes") > Some(1e6), "{page}");
    });
    assert!(!get(address, "/metrics").1.contains(node.operator()), "figures name nobody");
}

#[test]
fn the_pages_are_bounded_and_two() {
    let node = plan().configuration(PAGES).start();
    let address = node.metrics().unwrap();
    assert_eq!(get(address, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(get(address, "/elsewhere").0, 404);
    assert!(exchange(address, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n").starts_with("HTTP/1.1 421"));
    assert!(exchange(address, "POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 405"));
    let endless = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    assert!(!exchange(address, &endless).starts_with("HTTP/1.1 200"));
    let many: String = (0..99).map(|number| format!("X{number}: x\r\n")).collect();
    let many = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    assert!(!exchange(address, &many).starts_with("HTTP/1.1 200"));
    assert_eq!(get(address, "/healthz").0, 200, "and the others are served on");
}

#[test]
fn a_node_that_stops_is_not_healthy() {
    let node = plan().configuration(&format!("{PAGES}node.stop_grace = '1h'")).start();
    on_vat(async {
        let (_client, session) = Client::operator(&node).await;
        node.signal(Signal::TERM);
        let _ = node.wait_for_log("stopping in 1h");
        assert_eq!(get(node.metrics().unwrap(), "/healthz"), (503, "stopping\n".to_owned()));
        drop(session);
    });
}

#[test]
fn a_full_disk_refuses_new_sessions_says_so_and_heals() {
    let node = plan().configuration(PAGES).start();
    let address = node.metrics().unwrap();
    on_vat(async {
        let (client, session) = Client::operator(&node).await;
        // The bound stands for the disk: the database is larger already.
        node.reconfigure(&format!("{PAGES}limits.store.database_bytes = 4096\n"));
        let _ = node.wait_for_log("the configuration was read again");
        while get(address, "/healthz").0 == 200 {
            // What was proven just now is believed for a moment.
            tokio::task::yield_now().await;
        }
        assert_eq!(get(address, "/healthz"), (503, "store\n".to_owned()));
        let Err(refused) = client.sign_in(node.operator(), node.password()).await else { panic!("no new session") };
        assert!(!refused.to_string().contains("disk"), "{refused}");
        assert!(is_live(&session).await, "who is in stays in");
        assert_eq!(figure(&get(address, "/metrics").1, "capos_store_writable"), Some(0.0));

        node.reconfigure(PAGES);
        while get(address, "/healthz").0 != 200 {
            tokio::task::yield_now().await;
        }
        let again = client.sign_in(node.operator(), node.password()).await.unwrap();
        assert!(is_live(&again).await);
    });
    let plan = node.plan().clone();
    assert!(node.stop().0.success());
    journal(&plan);
}

#[test]
fn a_start_on_a_full_disk_is_one_clear_line() {
    let plan = plan().configuration("limits.store.database_bytes = 4096");
    let done = run(&mut plan.up(), "long enough to be a password\n");
    assert_eq!(done.code, Some(1));
    assert!(one_line(&done).contains("there is no room left to write"), "{}", done.err);
}

#[test]
fn a_strangers_garbage_is_not_worth_a_line_until_one_asks_for_it() {
    let node = plan().start();
    let before = node.log();
    let mut stream = TcpStream::connect(node.address()).unwrap();
    stream.write_all(&[0xff; 64]).unwrap();
    let _ = stream.read(&mut [0; 64]);
    on_vat(async { drop(Client::operator(&node).await) });
    let (_, after) = node.stop();
    let said = after.strip_prefix(&before).unwrap();
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
}

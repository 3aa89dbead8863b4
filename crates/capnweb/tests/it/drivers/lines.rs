//! Sessions over pipes.

use std::rc::Rc;

use capnweb::Limits;
use capnweb::drivers::{Ended, Timing, lines};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex, split};
use tokio::task::{JoinHandle, spawn_local};

use super::{Seen, add, calling, local, number, serving, soon};

fn piped(limits: Limits) -> (DuplexStream, JoinHandle<Ended>, Rc<Seen>) {
    let (near, far) = duplex(65_536);
    let (input, output) = split(near);
    let seen = Rc::<Seen>::default();
    let server = spawn_local(lines(input, output, serving(&seen, limits), Timing::default()));
    (far, server, seen)
}

#[tokio::test]
async fn both_roles_talk_over_a_pair_of_pipes() {
    local(async {
        let (far, _server, _seen) = piped(Limits::default());
        let (input, output) = split(far);
        let session = calling();
        spawn_local(lines(input, output, session.clone(), Timing::default()));
        assert_eq!(number(soon(add(&session, 2.0, 3.0)).await), 5.0);
    })
    .await;
}

#[tokio::test]
async fn empty_lines_and_the_line_ends_of_windows_are_passed_over() {
    local(async {
        let (mut far, _server, _seen) = piped(Limits::default());
        far.write_all(b"\n\r\n  \n[\"push\",[\"pipeline\",0,[\"add\"],[1,2]]]\r\n[\"pu").await.expect("room");
        tokio::task::yield_now().await;
        far.write_all(b"ll\",1]\n").await.expect("room");
        let mut answer = String::new();
        soon(BufReader::new(far).read_line(&mut answer)).await.expect("a line");
        assert_eq!(answer, "[\"resolve\",1,3]\n");
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_input_ends_the_session_after_what_was_ready() {
    local(async {
        let (mut far, server, seen) = piped(Limits::default());
        let calls = "[\"push\",[\"pipeline\",0,[\"add\"],[1,2]]]\n[\"pull\",1]\n";
        far.write_all(calls.as_bytes()).await.expect("room");
        far.shutdown().await.expect("open");
        let mut answer = String::new();
        soon(far.read_to_string(&mut answer)).await.expect("text");
        assert_eq!(answer, "[\"resolve\",1,3]\n");
        assert!(matches!(soon(server).await.expect("no panic"), Ended::Closed(_)));
        assert_eq!(seen.disposed.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_line_may_be_as_long_as_a_message_and_not_longer() {
    local(async {
        let limits = Limits { message_bytes: 100, ..Limits::default() };
        for (length, lives) in [(100, true), (101, false)] {
            let (mut far, server, _seen) = piped(limits);
            let call = format!("{:>length$}\n", r#"["push",["pipeline",0,["add"],[1,2]]]"#);
            far.write_all(call.as_bytes()).await.expect("room");
            far.write_all(b"[\"pull\",1]\n").await.expect("room");
            let mut answer = String::new();
            soon(BufReader::new(&mut far).read_line(&mut answer)).await.expect("a line");
            assert_eq!(answer == "[\"resolve\",1,3]\n", lives, "{answer}");
            assert_eq!(answer.starts_with("[\"abort\""), !lives, "{answer}");
            if !lives {
                assert!(matches!(soon(server).await.expect("no panic"), Ended::Session(_)));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_line_without_an_end_is_not_kept() {
    local(async {
        let (mut far, server, _seen) = piped(Limits { message_bytes: 100, ..Limits::default() });
        far.write_all(&[b'x'; 70_000]).await.ok();
        let mut answer = String::new();
        soon(BufReader::new(&mut far).read_line(&mut answer)).await.expect("a line");
        assert!(answer.starts_with("[\"abort\""), "{answer}");
        assert!(matches!(soon(server).await.expect("no panic"), Ended::Session(_)));
    })
    .await;
}

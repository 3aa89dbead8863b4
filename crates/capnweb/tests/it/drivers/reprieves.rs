//! Peers that send ahead what they may not send yet.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use capnweb::drivers::{BatchReply, Timing, batch_from, lines, websocket_server};
use capnweb::{Error, Limits, Methods, Options, Session, WeakSession};
use futures::StreamExt;
use futures::channel::mpsc::unbounded;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

use super::raw::{PING, Raw, TEXT, frame};
use super::{local, soon};

const BOUND: usize = 1_000;
const WIDE: usize = 100_000;
const ENTER: &str = r#"["push",["pipeline",0,["enter"],[]]]"#;

/// A session that has wider bounds once somebody says so; what says it: whether the peer may enter.
fn door() -> (Session, oneshot::Sender<bool>) {
    let (say, said) = oneshot::channel();
    let session: Rc<RefCell<Option<WeakSession>>> = Rc::default();
    let (own, said) = (session.clone(), RefCell::new(Some(said)));
    let methods = Methods::<()>::new().on("length", |_, (text,): (String,)| text.len()).later("enter", move |_, ()| {
        let session = own.borrow().as_ref().and_then(WeakSession::upgrade).expect("it is being called");
        let (wide, said) = (Limits { message_bytes: WIDE, ..Limits::default() }, said.take().expect("one call"));
        let reprieve = session.reprieve(wide);
        async move {
            let entered = said.await.unwrap_or(false);
            if entered {
                session.set_limits(wide);
            }
            drop(reprieve);
            if entered { Ok("welcome") } else { Err(Error::new("Error", "no")) }
        }
    });
    let limits = Limits { message_bytes: BOUND, ..Limits::default() };
    let door = Session::new(Options { limits, ..Options::default() }, |_| Some(Rc::new(methods).object(())));
    session.replace(Some(door.downgrade()));
    (door, say)
}

fn long(bytes: usize) -> String {
    let (before, after) = (r#"["push",["pipeline",0,["length"],[""#, r#""]]]"#);
    format!("{before}{}{after}", "x".repeat(bytes - before.len() - after.len()))
}

fn socket(session: Session) -> Raw<DuplexStream> {
    // Far less than a message: what is not read stays with the peer.
    let (ours, theirs) = duplex(64);
    spawn_local(websocket_server(theirs, session, Timing::default()));
    Raw(ours)
}

/// Sends all that, as fast as it is taken.
fn send(raw: Raw<DuplexStream>, frames: Vec<u8>) -> (Raw<tokio::io::ReadHalf<DuplexStream>>, JoinHandle<()>) {
    let (read, mut write) = split(raw.0);
    let sending = spawn_local(async move {
        // Where it is refused, the rest is taken by nobody.
        let _ = write.write_all(&frames).await;
        std::future::pending().await
    });
    (Raw(read), sending)
}

async fn message(raw: &mut Raw<tokio::io::ReadHalf<DuplexStream>>) -> String {
    let stream = &mut raw.0;
    loop {
        let kind = soon(stream.read_u8()).await.expect("a frame") & 0x0f;
        let length = match stream.read_u8().await.expect("a length") {
            126 => usize::from(stream.read_u16().await.expect("a length")),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.expect("all of it");
        if kind == TEXT {
            return String::from_utf8(payload).expect("text");
        }
    }
}

fn text(message: &str) -> Vec<u8> {
    frame(true, TEXT, message.as_bytes())
}

/// The long message, in parts between which there are others.
fn in_parts(message: &str) -> Vec<u8> {
    let parts: Vec<&[u8]> = message.as_bytes().chunks(BOUND / 2).collect();
    let last = parts.len() - 1;
    let part = |(at, part): (usize, &&[u8])| {
        let kind = if at == 0 { TEXT } else { 0 };
        [frame(at == last, kind, part), frame(true, PING, b"")].concat()
    };
    parts.iter().enumerate().flat_map(part).collect()
}

#[tokio::test]
async fn a_socket_is_read_on_when_its_peer_was_let_in() {
    local(async {
        for sent in [text(&long(WIDE)), in_parts(&long(WIDE))] {
            let (session, say) = door();
            let calls = [text(ENTER), text(r#"["pull",1]"#), sent, text(r#"["pull",2]"#)].concat();
            let (mut raw, _sending) = send(socket(session), calls);
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            say.send(true).expect("it is waited for");
            assert_eq!(message(&mut raw).await, r#"["resolve",1,"welcome"]"#);
            let length = WIDE - long(BOUND).len() + long(BOUND).matches('x').count();
            assert_eq!(message(&mut raw).await, format!(r#"["resolve",2,{length}]"#));
        }
    })
    .await;
}

#[tokio::test]
async fn a_socket_whose_peer_was_not_let_in_is_closed_with_what_it_sent_ahead() {
    local(async {
        for sent in [text(&long(BOUND + 1)), text(&long(WIDE)), in_parts(&long(WIDE))] {
            let (session, say) = door();
            let calls = [text(ENTER), text(r#"["pull",1]"#), sent].concat();
            let (mut raw, _sending) = send(socket(session), calls);
            say.send(false).expect("it is waited for");
            assert_eq!(message(&mut raw).await, r#"["reject",1,["error","Error","no"]]"#);
            assert!(message(&mut raw).await.starts_with(r#"["abort",["error","RangeError","#));
        }
    })
    .await;
}

// Time passes when nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_socket_is_not_read_beyond_its_bound_while_that_is_open() {
    local(async {
        for sent in [text(&long(WIDE)), in_parts(&long(WIDE))] {
            let (session, _say) = door();
            let (ours, theirs) = duplex(64);
            spawn_local(websocket_server(theirs, session.clone(), Timing::default()));
            let (_read, mut write) = split(ours);
            write.write_all(&text(ENTER)).await.expect("it is read");
            let mut taken = 0;
            for byte in sent {
                let piece = [byte];
                let writing = timeout(Duration::from_secs(1), write.write_all(&piece));
                if writing.await.is_err() {
                    break;
                }
                taken += 1;
            }
            assert!((BOUND..BOUND * 2 + 1_024).contains(&taken), "{taken}");
            assert!(session.ended().is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn a_line_waits_as_a_frame_does() {
    local(async {
        for let_in in [true, false] {
            let (session, say) = door();
            let (ours, theirs) = duplex(64);
            let (input, output) = split(theirs);
            spawn_local(lines(input, output, session.clone(), Timing::default()));
            let (read, mut write) = split(ours);
            let sent = format!("{ENTER}\n{}\n[\"pull\",2]\n", long(WIDE));
            spawn_local(async move {
                let _ = write.write_all(sent.as_bytes()).await;
                std::future::pending::<()>().await
            });
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert!(session.ended().is_none());
            say.send(let_in).expect("it is waited for");
            let mut read = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(read));
            let told = soon(read.next_line()).await.expect("a line").expect("a line");
            let expected = if let_in { r#"["resolve",2,"# } else { r#"["abort",["error","RangeError","# };
            assert!(told.starts_with(expected), "{told}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_read_as_far_as_its_session_goes() {
    local(async {
        for let_in in [true, false] {
            let (session, say) = door();
            let (pieces, body) = unbounded::<Result<Bytes, Infallible>>();
            let answered = spawn_local(batch_from(body, session.clone(), Timing::default()));
            let all = format!("  \n{ENTER}\n{}\n[\"pull\",2]", long(WIDE));
            for piece in all.as_bytes().chunks(700) {
                pieces.unbounded_send(Ok(Bytes::copy_from_slice(piece))).expect("somebody listens");
            }
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert!(session.ended().is_none());
            say.send(let_in).expect("it is waited for");
            drop(pieces);
            let Ok(BatchReply { status, body }) = soon(answered).await.expect("no panic");
            let (code, expected) = if let_in { (200, r#"["resolve",2,"#) } else { (400, r#"["abort","#) };
            assert!(status == code && body.starts_with(expected), "{status} {body}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_fails_to_come_is_not_answered() {
    local(async {
        let (session, _say) = door();
        let pieces = [Ok(Bytes::from_static(b"[\"push\",1]\n")), Err("lost")];
        let failed = batch_from(futures::stream::iter(pieces).boxed(), session, Timing::default()).await;
        assert_eq!(failed, Err("lost"));
    })
    .await;
}

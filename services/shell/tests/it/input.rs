//! What a command that runs is given to read.

use capos_service::testing::run;
use futures::FutureExt as _;
use futures::future::join_all;

use crate::ground::{Ground, Heard, Manner, close, code, kill, on_stdout, spawn, wait, write};

/// Bytes that do not repeat.
fn bytes(count: usize, mut seed: u64) -> Vec<u8> {
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(count).collect()
}

#[test]
fn what_is_written_comes_back_byte_for_byte() {
    run(async {
        let ground = Ground::new().await;
        let (stream, heard) = (ground.spawn(&["cat"]).await, Heard::new());
        on_stdout(&stream, heard.callback(Manner::Answers)).await.unwrap();
        let sent = bytes(12 << 20, 42);
        for (part, size) in sent.chunks(1 << 20).zip([1, 4096, 70_000, 1 << 20].iter().cycle()) {
            for chunk in part.chunks((*size).max(4096)) {
                write(&stream, chunk).await.unwrap();
            }
        }
        close(&stream).await.unwrap();
        heard.until(|heard| heard.len() == sent.len()).await;
        assert!(heard.bytes() == sent);
        assert_eq!(wait(&stream).await.code, 0);
    });
}

#[test]
fn calls_that_are_not_waited_for_keep_their_order() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["cat"]).await;
        let mut writes = Vec::new();
        for number in 0..500 {
            let text = format!("{number}\n").into_bytes();
            let mut sent = {
                let stream = stream.clone();
                async move { write(&stream, &text).await }
            }
            .boxed_local();
            // What is sent keeps its place, whoever is looked after first.
            if (&mut sent).now_or_never().is_none() {
                writes.push(sent);
            }
        }
        let closing = {
            let stream = stream.clone();
            async move { close(&stream).await }
        };
        writes.push(closing.boxed_local());
        writes.reverse();
        let told = futures::join!(join_all(writes), wait(&stream)).1;
        let expected: String = (0..500).map(|number| format!("{number}\n")).collect();
        assert_eq!(told.out, expected);
    });
}

#[test]
fn writing_waits_while_the_command_reads_nothing() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["sh", "-c", "read go; cat | wc -c"]).await;
        let mut sent = 0;
        let chunk = vec![b'x'; 256 << 10];
        // A window of a stream and a pipe are all that goes in.
        let mut writing = Box::pin(async {
            while sent < 64 << 20 {
                write(&stream, &chunk).await.unwrap();
                sent += chunk.len();
            }
        });
        assert!(tokio::time::timeout(std::time::Duration::from_secs(2), &mut writing).await.is_err());
        drop(writing);
        assert!(sent < 8 << 20, "{sent} bytes went in");
        assert_eq!(ground.exec(&["echo", "others go on"]).await.code, 0);
    });
}

#[test]
fn writing_to_what_is_closed_is_refused() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["cat"]).await;
        write(&stream, b"before").await.unwrap();
        close(&stream).await.unwrap();
        close(&stream).await.unwrap();
        assert_eq!(code(write_now(&stream).await), "badRequest");
        assert_eq!(wait(&stream).await.out, "before");

        let stream = ground.spawn(&["true"]).await;
        wait(&stream).await;
        assert_eq!(code(write_now(&stream).await), "badRequest");
        assert!(close(&stream).await.is_ok());

        let stream = ground.spawn_sh("exec <&-; echo closed; sleep 1000").await;
        let heard = Heard::new();
        on_stdout(&stream, heard.callback(Manner::Answers)).await.unwrap();
        heard.until(|heard| heard.len() > 0).await;
        assert_eq!(code(write_now(&stream).await), "badRequest");
        kill(&stream, None).await.unwrap();
    });
}

/// Writes and waits for the answer: a stream tells of a failure with what comes after it.
async fn write_now(stream: &capos_schema::shell_capnp::shell_stream::Client) -> Result<(), capnp::Error> {
    write(stream, b"after").await?;
    let mut last = Ok(());
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        last = write(stream, b"x").await;
        if last.is_err() {
            break;
        }
    }
    last
}

#[test]
fn a_write_that_waits_is_refused_when_the_command_ends() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["sleep", "1000"]).await;
        let chunk = vec![b'x'; 1 << 20];
        let mut writing = Box::pin(async {
            loop {
                if let Err(error) = write(&stream, &chunk).await {
                    return error;
                }
            }
        });
        assert!(tokio::time::timeout(std::time::Duration::from_millis(300), &mut writing).await.is_err());
        kill(&stream, Some("SIGKILL")).await.unwrap();
        assert_eq!(code::<()>(Err(writing.await)), "badRequest");
    });
}

#[test]
fn what_is_given_beforehand_is_all_that_a_command_reads() {
    run(async {
        let ground = Ground::new().await;
        let stream = spawn(&ground.shell, &["cat"], |mut options| options.set_stdin("all of it")).await.unwrap();
        assert_eq!(wait(&stream).await.out, "all of it");
    });
}

//! What is typed, and what the program sees of its terminal.

use capos_service::testing::run;

use super::stage::{Page, Real, Stage, close, has, info, input, open, resize, signal, wait};

#[test]
fn a_login_shell_talks() {
    run(async {
        let stage = Stage::new().await;
        let terminal = open(&stage.terminals, &[], |_| {}).await.unwrap();
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        input(&terminal, "shopt -q login_shell && echo is-$((40+2)) $TERM $COLORTERM; pwd\n").await;
        real.shows("is-42 xterm-256color truecolor").await;
        real.shows(&stage.ground.home().to_string_lossy()).await;
        input(&terminal, "exit 7\n").await;
        let ended = real.ended().await;
        assert_eq!((ended.running, ended.exit_code, &*ended.signal), (false, 7, ""));
        assert_eq!(info(&terminal).await, wait(&terminal).await);
        input(&terminal, "nobody reads this").await;
    });
}

#[test]
fn the_program_sees_each_size() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.sh("trap 'stty size' WINCH; stty size; while :; do read x; done").await;
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        real.shows("24 80").await;
        resize(&terminal, 101, 33).await.unwrap();
        real.shows("33 101").await;
        for (columns, rows) in [(0, 5), (5, 0), (1_001, 5), (5, 1_001)] {
            let refused = resize(&terminal, columns, rows).await.unwrap_err();
            assert!(refused.to_string().contains("badRequest"), "{refused}");
        }
        resize(&terminal, 1_000, 1_000).await.unwrap();
        resize(&terminal, 1, 1).await.unwrap();
        resize(&terminal, 99, 9).await.unwrap();
        real.shows("9 99").await;
        close(&terminal).await;
    });
}

#[test]
fn control_keys_reach_what_is_in_the_foreground() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.open(&["/bin/bash", "--norc", "--noprofile", "-i"]).await;
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        input(&terminal, "sleep 1000\n").await;
        in_front(&terminal, "sleep").await;
        input(&terminal, "\x1a").await;
        real.shows("Stopped").await;
        in_front(&terminal, "bash").await;
        input(&terminal, "fg\n").await;
        in_front(&terminal, "sleep").await;
        input(&terminal, "\x03").await;
        in_front(&terminal, "bash").await;
        input(&terminal, "echo status $?\n").await;
        real.shows("status 130").await;
        input(&terminal, "sleep 1000; echo again $?\n").await;
        in_front(&terminal, "sleep").await;
        signal(&terminal, "SIGTERM").await.unwrap();
        real.shows("again 143").await;
        assert!(signal(&terminal, "SIGNONE").await.is_err());
        close(&terminal).await;
    });
}

/// Waits until that program is in the foreground, ready for signals.
async fn in_front(terminal: &capos_schema::terminals_capnp::terminal::Client, name: &str) {
    let pid = info(terminal).await.pid;
    loop {
        tokio::task::yield_now().await;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let group = stat.rsplit(')').next().unwrap().split_whitespace().nth(5).unwrap();
        if std::fs::read_to_string(format!("/proc/{group}/comm")).is_ok_and(|comm| comm.trim() == name) {
            return;
        }
    }
}

#[test]
fn what_is_typed_waits_while_nobody_reads_it_and_comes_in_order() {
    run(async {
        let stage = Stage::new().await;
        let terminal =
            stage.sh("stty raw -echo; echo ready; until [ -e go ]; do sleep 0.05; done; head -c 300000 | cksum").await;
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        real.shows("ready").await;
        let text: String = (0..50_000).map(|number| format!("{number:06}")).collect();
        let mut typed = Vec::new();
        for piece in text.as_bytes().chunks(1_000) {
            let mut request = terminal.input_request();
            request.get().set_data(piece);
            typed.push(request.send());
        }
        std::fs::write(stage.ground.home().join("go"), "").unwrap();
        futures::future::try_join_all(typed).await.unwrap();
        std::fs::write(stage.ground.home().join("typed"), &text).unwrap();
        let expected = stage.ground.sh("cksum < typed").await;
        real.shows(expected.out.trim()).await;
    });
}

#[test]
fn a_viewer_that_comes_later_gets_the_same_picture() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.sh("seq 1 100; printf '\\033[?2004h\\033[31mred\\033]2;named\\007'; cat").await;
        let first = Real::new();
        let view = first.look(&terminal, 0).await;
        first.shows("red").await;
        let id = info(&terminal).await.id;
        drop((view, terminal));
        let terminal = stage.attach(id).await.unwrap();
        let second = Real::new();
        let _view = second.look(&terminal, 50).await;
        second.shows("red").await;
        assert_eq!(second.screen.borrow().lines(), first.screen.borrow().lines());
        assert_eq!(second.screen.borrow().scrollback(0, 1)[0].text(), "77");
        assert_eq!(second.screen.borrow().history(), 50);
        assert!(second.screen.borrow().status().bracketed_paste);
        assert_eq!(info(&terminal).await.title, "named");
        let mut request = terminal.scrollback_request();
        request.get().set_from(1);
        request.get().set_count(2);
        let answer = request.send().promise.await.unwrap();
        let lines = answer.get().unwrap().get_lines().unwrap();
        assert_eq!((answer.get().unwrap().get_total(), lines.len()), (77, 2));
        let text = lines.get(0).get_runs().unwrap().get(0).get_text().unwrap().to_string().unwrap();
        assert_eq!((lines.get(0).get_row(), &*text), (1, "76"));
        close(&terminal).await;
        assert!(stage.attach(id).await.is_err());
    });
}

#[test]
fn questions_are_answered_where_no_real_terminal_does() {
    run(async {
        let stage = Stage::new().await;
        let ask = "stty raw -echo; printf 'ab\\033[6n'; head -c 6 | od -c | head -1";
        let terminal = stage.sh(ask).await;
        let page = Page::new();
        let _view = page.look(&terminal, 0).await;
        page.shows("033   [   1   ;   3   R").await;
    });
}

#[test]
fn closing_ends_all_of_it() {
    run(async {
        let stage = Stage::with(r#"{"limits": {"grace": "100ms"}}"#).await;
        let terminal = stage.sh("trap '' HUP TERM; setsid sleep 1000 & echo started; cat").await;
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        real.shows("started").await;
        let pid = info(&terminal).await.pid;
        close(&terminal).await;
        assert!(stage.list().await.is_empty());
        assert_eq!(wait(&terminal).await.signal, "SIGKILL");
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
        assert!(!has(&real.screen.borrow(), "not there"));
    });
}

//! How much there may be, and what bytes a program may write.

use capos_service::testing::run;

use super::stage::{Page, Real, Stage, close, info, input, open, wait};

#[test]
fn there_are_so_many_terminals_and_the_oldest_that_ended_goes() {
    run(async {
        let stage = Stage::with(r#"{"limits": {"terminals": 3}}"#).await;
        let first = stage.sh("read x").await;
        let second = stage.sh("exit 2").await;
        let third = stage.sh("cat").await;
        assert_eq!(wait(&second).await.exit_code, 2);
        assert_eq!(stage.list().await, [1, 2, 3], "ended ones are listed");
        let fourth = stage.sh("cat").await;
        assert_eq!(stage.list().await, [1, 3, 4]);
        let refused = open(&stage.terminals, &["/bin/cat"], |_| {}).await.err().unwrap();
        assert!(refused.to_string().contains("quotaExceeded"), "{refused}");
        input(&first, "\n").await;
        wait(&first).await;
        let fifth = stage.sh("cat").await;
        assert_eq!(stage.list().await, [3, 4, 5]);
        for terminal in [third, fourth, fifth] {
            close(&terminal).await;
        }
    });
}

#[test]
fn as_many_terminals_follow_each_other_as_may() {
    run(async {
        let stage = Stage::with(r#"{"limits": {"rate": 5, "terminals": 16}}"#).await;
        let opened = futures::future::join_all((0..6).map(|_| open(&stage.terminals, &["/bin/cat"], |_| {}))).await;
        assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 5);
        let refused = opened.into_iter().find_map(Result::err).unwrap();
        assert!(refused.to_string().contains("overloaded"), "{refused}");
    });
}

#[test]
fn what_cannot_be_opened_is_refused() {
    run(async {
        let stage = Stage::new().await;
        let refused = async |words: &[&str], term: &str, cwd: &str| {
            let outcome = open(&stage.terminals, words, |mut options| {
                options.set_term(term);
                options.set_cwd(cwd);
            });
            outcome.await.err().expect("refused").to_string()
        };
        for (words, term, cwd) in [
            (&["/no/such/program"][..], "xterm", ""),
            (&["no-such-program-anywhere"], "xterm", ""),
            (&["/etc/passwd"], "xterm", ""),
            (&[""], "xterm", ""),
            (&["a\0b"], "xterm", ""),
            (&["/bin/cat"], "", ""),
            (&["/bin/cat"], "../../etc/x", ""),
            (&["/bin/cat"], "xterm", "/no/such/directory"),
        ] {
            let told = refused(words, term, cwd).await;
            assert!(told.contains("badRequest"), "{words:?} {term} {cwd}: {told}");
        }
        assert!(refused(&["/no/such/program"], "xterm", "").await.contains("there is no such program"));
        assert!(stage.list().await.is_empty());
    });
}

#[test]
fn a_hostile_program_harms_nobody() {
    run(async {
        let stage = Stage::new().await;
        let script = "head -c 400000 /dev/urandom; printf '\\033]2;'; head -c 300000 /dev/zero | tr '\\0' x; \
            printf '\\007\\033[99999999999;9999999999H\\033[65535b\\033[65535L\\033c'; echo survived; cat";
        let terminal = stage.sh(script).await;
        let (real, page) = (Real::new(), Page::new());
        let _view = real.look(&terminal, 0).await;
        let _picture = page.look(&terminal, 0).await;
        real.shows("survived").await;
        page.shows("survived").await;
        assert!(info(&terminal).await.title.len() <= 1_024);
        close(&terminal).await;
    });
}

#[test]
fn a_screen_of_more_colours_than_a_message_holds_is_shown() {
    run(async {
        let stage = Stage::new().await;
        let script = "i=0; row=$(for c in $(seq 1 200); do printf '\\033[38;5;%dm\\033[48;5;%dmx' $((c%256)) $(((c*7)%256)); done); \
            for r in $(seq 1 399); do printf '%s%s\\r\\n' \"$row\" \"$row\"; done; printf '\\033[0mdone'; cat";
        let words = ["/bin/bash", "-c", script];
        let terminal = open(&stage.terminals, &words, |options| {
            let mut size = options.init_size();
            size.set_columns(400);
            size.set_rows(400);
        });
        let terminal = terminal.await.unwrap();
        let page = Page::new();
        let _view = page.look(&terminal, 1).await;
        page.shows("done").await;
        close(&terminal).await;
    });
}

#[test]
fn terminals_end_with_their_session() {
    run(async {
        let stage = Stage::with(r#"{"limits": {"grace": "100ms"}}"#).await;
        let terminal = stage.sh("trap '' HUP TERM; while :; do sleep 1; done").await;
        let pid = info(&terminal).await.pid;
        let process = format!("/proc/{pid}");
        assert!(std::path::Path::new(&process).exists());
        drop((terminal, stage));
        while std::path::Path::new(&process).exists() {
            tokio::task::yield_now().await;
        }
    });
}

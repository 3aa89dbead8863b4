//! Those who read what a command writes: each gets all of it, in order, once, and slows down that command alone.

use std::time::Duration;

use capos_service::testing::run;

use crate::ground::{
    Event, Ground, Heard, Manner, code, kill, on_data, on_exit, on_stderr, on_stdout, spawn, until, wait, write,
};

#[test]
fn each_callback_gets_what_it_is_for() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three").await;
        let (all, errors, output) = (Heard::new(), Heard::new(), Heard::new());
        on_data(&stream, all.callback(Manner::Answers)).await.unwrap();
        on_stderr(&stream, errors.callback(Manner::Answers)).await.unwrap();
        on_stdout(&stream, output.callback(Manner::Answers)).await.unwrap();
        let told = wait(&stream).await;
        assert_eq!((&*told.out, &*told.err), ("one\nthree\n", "two\n"));
        all.until(|all| all.len() == 14).await;
        assert_eq!((&*all.text(), &*errors.text(), &*output.text()), ("one\ntwo\nthree\n", "two\n", "one\nthree\n"));
    });
}

#[test]
fn what_was_written_before_comes_first_and_once_for_each() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("echo before; echo oh >&2; read line; echo after").await;
        let first = Heard::new();
        on_data(&stream, first.callback(Manner::Answers)).await.unwrap();
        first.until(|first| first.len() == 10).await;
        let (second, errors) = (Heard::new(), Heard::new());
        on_data(&stream, second.callback(Manner::Answers)).await.unwrap();
        on_stderr(&stream, errors.callback(Manner::Answers)).await.unwrap();
        write(&stream, b"\n").await.unwrap();
        wait(&stream).await;
        let third = Heard::new();
        on_data(&stream, third.callback(Manner::Answers)).await.unwrap();
        for heard in [&first, &second, &third] {
            heard.until(|heard| heard.len() == 16).await;
            assert!(["before\noh\nafter\n", "oh\nbefore\nafter\n"].contains(&&*heard.text()), "{}", heard.text());
        }
        assert_eq!((first.text(), errors.text()), (third.text(), "oh\n".to_owned()));
    });
}

#[test]
fn the_end_is_told_after_all_that_was_written_and_at_once_where_it_was() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("head -c 3000000 /dev/zero; exit 5").await;
        let heard = Heard::new();
        on_exit(&stream, heard.exit_callback()).await.unwrap();
        on_data(&stream, heard.callback(Manner::Answers)).await.unwrap();
        heard.until(|heard| heard.exits() == 1).await;
        assert_eq!((heard.len(), heard.last()), (3_000_000, Some(Event::Exit(5, String::new()))));
        let late = Heard::new();
        on_data(&stream, late.callback(Manner::Answers)).await.unwrap();
        on_exit(&stream, late.exit_callback()).await.unwrap();
        late.until(|late| late.exits() == 1).await;
        assert_eq!(late.len(), 3_000_000, "what is kept comes before");
    });
}

#[test]
fn a_slow_reader_slows_its_command_and_no_other() {
    run(async {
        let ground = Ground::new().await;
        let stuck = ground.spawn_sh("yes & echo $! > pid; wait").await;
        let (never, flows) = (Heard::new(), Heard::new());
        on_data(&stuck, never.callback(Manner::NeverAnswers)).await.unwrap();
        never.until(|never| never.len() > 0).await;
        let other = ground.spawn(&["head", "-c", "33554432", "/dev/zero"]).await;
        on_data(&other, flows.callback(Manner::Answers)).await.unwrap();
        flows.until(|flows| flows.len() == 32 << 20).await;
        assert_eq!(ground.exec(&["echo", "fine"]).await.out, "fine\n");
        // A pipe, a window and the last chunk: what it wrote then is written, and it waits.
        assert!(never.len() <= (1 << 20) + (256 << 10), "{}", never.len());
        let state = || {
            let pid = std::fs::read_to_string(ground.home().join("pid")).unwrap();
            std::fs::read_to_string(format!("/proc/{}/wchan", pid.trim())).unwrap()
        };
        until(|| state().contains("pipe")).await;
    });
}

#[test]
fn a_slow_reader_of_one_output_leaves_the_other_one_alone() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("yes & head -c 8388608 /dev/zero >&2; echo done >&2; wait").await;
        let (never, errors) = (Heard::new(), Heard::new());
        on_stdout(&stream, never.callback(Manner::NeverAnswers)).await.unwrap();
        on_stderr(&stream, errors.callback(Manner::Answers)).await.unwrap();
        errors.until(|errors| errors.len() == (8 << 20) + 5).await;
        assert!(never.len() <= (1 << 20) + (256 << 10));
    });
}

#[test]
fn without_a_reader_output_is_kept_up_to_a_bound_and_the_command_goes_on() {
    run(async {
        let ground = Ground::new().await;
        let line = "head -c 20000000 /dev/zero | tr '\\0' x; echo end >&2";
        let stream =
            spawn(&ground.shell, &["sh", "-c", line], |mut options| options.set_max_output(1000)).await.unwrap();
        let told = wait(&stream).await;
        assert_eq!((told.out.len(), &*told.err, told.truncated, told.code), (1000, "", true, 0));
        let late = Heard::new();
        on_data(&stream, late.callback(Manner::Answers)).await.unwrap();
        on_exit(&stream, late.exit_callback()).await.unwrap();
        late.until(|late| late.exits() == 1).await;
        assert_eq!((late.len(), late.missing()), (1000, 20_000_004 - 1000), "what is missing is told");
    });
}

#[test]
fn output_at_the_bound_is_whole_and_one_byte_more_is_flagged() {
    run(async {
        let ground = Ground::new().await;
        for (count, kept, truncated) in [(1000, 1000, false), (1001, 1000, true)] {
            let words = ["head", "-c", &count.to_string(), "/dev/zero"];
            let stream = spawn(&ground.shell, &words, |mut options| options.set_max_output(1000)).await.unwrap();
            let told = wait(&stream).await;
            assert_eq!((told.out.len(), told.truncated), (kept, truncated));
        }
    });
}

#[test]
fn a_reader_that_comes_late_hears_what_is_missing_between() {
    run(async {
        let ground = Ground::new().await;
        let line = "head -c 5000 /dev/zero; read line; printf end";
        let stream =
            spawn(&ground.shell, &["sh", "-c", line], |mut options| options.set_max_output(1000)).await.unwrap();
        let (first, second) = (Heard::new(), Heard::new());
        on_data(&stream, first.callback(Manner::Answers)).await.unwrap();
        first.until(|first| first.len() + usize::try_from(first.missing()).unwrap() == 5000).await;
        on_data(&stream, second.callback(Manner::Answers)).await.unwrap();
        write(&stream, b"\n").await.unwrap();
        wait(&stream).await;
        second.until(|second| second.len() == 1003).await;
        assert_eq!((second.missing(), second.last()), (4000, Some(Event::Data(b"end".to_vec()))));
    });
}

#[test]
fn a_reader_that_fails_is_none_any_more() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("head -c 20000000 /dev/zero; exit 7").await;
        let (throws, dropped) = (Heard::new(), Heard::new());
        on_data(&stream, throws.callback(Manner::Throws)).await.unwrap();
        drop(dropped);
        assert_eq!(wait(&stream).await.code, 7);
        let heard = Heard::new();
        on_exit(&stream, heard.exit_callback()).await.unwrap();
        heard.until(|heard| heard.exits() == 1).await;
        assert!(throws.len() <= 2 << 20);
    });
}

#[test]
fn a_reader_that_never_answers_keeps_nobody_from_waiting() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["yes"]).await;
        let never = Heard::new();
        on_data(&stream, never.callback(Manner::NeverAnswers)).await.unwrap();
        never.until(|never| never.len() > 0).await;
        kill(&stream, None).await.unwrap();
        assert_eq!(wait(&stream).await.ended(), (1, "SIGTERM"));
    });
}

#[test]
fn there_are_as_many_callbacks_as_may_be() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"callbacks": 3}}"#).await;
        let (stream, heard) = (ground.spawn(&["sleep", "1000"]).await, Heard::new());
        on_data(&stream, heard.callback(Manner::Answers)).await.unwrap();
        on_stderr(&stream, heard.callback(Manner::Answers)).await.unwrap();
        on_exit(&stream, heard.exit_callback()).await.unwrap();
        assert_eq!(code(on_stdout(&stream, heard.callback(Manner::Answers)).await), "quotaExceeded");
        assert_eq!(code(on_exit(&stream, heard.exit_callback()).await), "quotaExceeded");
    });
}

#[test]
fn what_a_command_left_running_may_go_on_writing_after_its_end() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("(sleep 0.3; echo later) & echo now").await;
        let heard = Heard::new();
        on_data(&stream, heard.callback(Manner::Answers)).await.unwrap();
        on_exit(&stream, heard.exit_callback()).await.unwrap();
        tokio::time::timeout(Duration::from_secs(20), heard.until(|heard| heard.len() == 10)).await.unwrap();
        assert_eq!((&*heard.text(), heard.last()), ("now\nlater\n", Some(Event::Data(b"later\n".to_vec()))));
    });
}

#[test]
fn whoever_has_had_everything_is_let_go_of() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("echo one; read line; echo two").await;
        let (early, late) = (Heard::new(), Heard::new());
        on_data(&stream, early.callback(Manner::Answers)).await.unwrap();
        early.until(|early| early.len() == 4).await;
        assert!(early.is_held(), "there may be more to come");
        write(&stream, b"\n").await.unwrap();
        early.until(|early| !early.is_held()).await;
        assert_eq!(early.text(), "one\ntwo\n");
        on_data(&stream, late.callback(Manner::Answers)).await.unwrap();
        late.until(|late| !late.is_held()).await;
        assert_eq!(late.text(), "one\ntwo\n");
    });
}

//! The bounds of commands: at each, and one past it.

use capos_service::testing::run;

use crate::ground::{Ground, Told, begin, code, exec, run as run_script, spawn, wait};

#[test]
fn as_many_commands_run_as_may() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"processes": 3}}"#).await;
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(ground.spawn(&["cat"]).await);
        }
        assert_eq!(code(spawn(&ground.shell, &["cat"], |_| {}).await), "tooManyCalls");
        assert_eq!(code(exec(&ground.shell, &["true"], |_| {}).await), "tooManyCalls");
        assert_eq!(code(run_script(&ground.shell, "true", |_| {}).await), "tooManyCalls");
        // One that has ended takes no place, though somebody still holds it.
        let ended = held.last().unwrap();
        crate::ground::close(ended).await.unwrap();
        wait(ended).await;
        let told = loop {
            match exec(&ground.shell, &["true"], |_| {}).await {
                Ok(told) => break told,
                Err(error) => assert_eq!(code::<()>(Err(error)), "tooManyCalls"),
            }
        };
        assert_eq!(told.code, 0);
    });
}

#[test]
fn as_many_commands_follow_each_other_as_may() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"rate": 5}}"#).await;
        let calls: Vec<_> = (0..6).map(|_| exec(&ground.shell, &["true"], |_| {})).collect();
        let told = futures::future::join_all(calls).await;
        assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 5);
        let denied = told.into_iter().find(Result::is_err).unwrap();
        assert_eq!(code(denied), "overloaded");
    });
}

#[test]
fn no_command_takes_longer_than_it_may() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"execTime": "300ms"}}"#).await;
        let asked = |mut options: capos_schema::shell_capnp::shell_options::Builder<'_>| options.set_timeout(60_000);
        for told in [
            exec(&ground.shell, &["sleep", "1000"], |_| {}).await,
            exec(&ground.shell, &["sleep", "1000"], asked).await,
            run_script(&ground.shell, "sleep 1000", |_| {}).await,
        ] {
            let Told { timed_out, success, duration, .. } = told.unwrap();
            assert!(timed_out && !success && (250..10_000).contains(&duration), "{duration}");
        }
        let told = exec(&ground.shell, &["sleep", "0.1"], |_| {}).await.unwrap();
        assert!(!told.timed_out && told.success);
        let stream = spawn(&ground.shell, &["sleep", "0.6"], |_| {}).await.unwrap();
        assert!(!wait(&stream).await.timed_out, "what is started has no end of its own");
        let stream = spawn(&ground.shell, &["sleep", "1000"], |mut options| options.set_timeout(100)).await.unwrap();
        assert!(wait(&stream).await.timed_out);
    });
}

#[test]
fn a_result_is_never_larger_than_a_message() {
    run(async {
        let ground = Ground::new().await;
        let room = (8 << 20) - (64 << 10);
        for (count, kept, truncated) in [(room, room, false), (room + 1, room, true), (64 << 20, room, true)] {
            let line = format!("head -c {count} /dev/zero | tr '\\0' x");
            let told = exec(&ground.shell, &["sh", "-c", &line], |_| {}).await.unwrap();
            assert_eq!((told.out.len(), told.truncated, told.code), (kept, truncated, 0));
            let told = exec(&ground.shell, &["sh", "-c", &line], |mut options| options.set_bytes(true)).await.unwrap();
            assert_eq!((told.out_bytes.len(), told.truncated), (kept, truncated));
        }
        let told = ground.sh("head -c 6000000 /dev/zero | tr '\\0' '\\377'; echo end >&2").await;
        assert!(told.out.len() <= room && told.out.len() > room - 8 && told.truncated);
        assert_eq!(told.err, "end\n", "what is short stays whole");
    });
}

#[test]
fn commands_share_what_is_kept_of_them() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"keptBytes": 10000}}"#).await;
        let first = ground.spawn(&["head", "-c", "8000", "/dev/zero"]).await;
        assert_eq!(wait(&first).await.out.len(), 8000);
        let told = ground.exec(&["head", "-c", "8000", "/dev/zero"]).await;
        assert!(told.truncated && told.out.len() > 1900 && told.out.len() < 2000, "{}", told.out.len());
        drop(first);
        loop {
            let told = ground.exec(&["head", "-c", "8000", "/dev/zero"]).await;
            if !told.truncated {
                break assert_eq!(told.out.len(), 8000);
            }
        }
    });
}

#[test]
fn a_script_is_as_long_as_it_may_be() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"scriptBytes": 20}}"#).await;
        assert_eq!(run_script(&ground.shell, "echo 345678901234567", |_| {}).await.unwrap().out, "345678901234567\n");
        assert_eq!(code(run_script(&ground.shell, "echo 3456789012345678", |_| {}).await), "badRequest");
    });
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_names() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let wrong = [
            (r#"{"limits": {"processes": 0}}"#, "processes"),
            (r#"{"limits": {"processes": 1025}}"#, "processes"),
            (r#"{"limits": {"outputBytes": "8MiB"}}"#, "outputBytes"),
            (r#"{"limits": {"execTime": "25h"}}"#, "execTime"),
            (r#"{"limits": {"execTime": 7}}"#, "settings"),
            (r#"{"limits": {"rate": 0}}"#, "rate"),
            (r#"{"limits": {"grace": "31s"}}"#, "grace"),
            (r#"{"limits": {"windowBytes": "1KiB"}}"#, "windowBytes"),
            (r#"{"limits": {"nothing": 1}}"#, "nothing"),
            (r#"{"nothing": 1}"#, "nothing"),
            (r#"{"environment": {"A=": "x"}}"#, "A="),
            (r#"{"recording": "maybe"}"#, "maybe"),
        ];
        for (settings, named) in wrong {
            let error = begin(home.path(), settings).await.err().expect(settings);
            assert!(error.to_string().contains(named), "{settings}: {error}");
        }
        begin(home.path(), r#"{"limits": {"processes": 1024, "execTime": "24h", "outputBytes": "1KiB"}}"#)
            .await
            .unwrap();
    });
}

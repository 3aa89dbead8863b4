//! How commands end, and that nothing of them stays.

use std::fs;
use std::process::Command;

use capos_schema::shell_capnp::shell;
use capos_service::testing::{Visitor, run};

use crate::ground::{Event, Ground, Heard, Manner, close, code, kill, on_data, on_exit, pid, until, until_gone, wait};

#[test]
fn a_signal_ends_a_command_with_its_name() {
    run(async {
        let ground = Ground::new().await;
        let names = [None, Some("SIGTERM"), Some("SIGKILL"), Some("SIGINT"), Some("SIGHUP"), Some("SIGQUIT")];
        for signal in names.into_iter().chain([Some("SIGUSR1"), Some("SIGUSR2")]) {
            let stream = ground.spawn(&["sleep", "1000"]).await;
            let heard = Heard::new();
            on_exit(&stream, heard.exit_callback()).await.unwrap();
            kill(&stream, signal).await.unwrap();
            let told = wait(&stream).await;
            let name = signal.unwrap_or("SIGTERM");
            assert_eq!((told.ended(), told.success), ((1, name), false));
            heard.until(|heard| heard.exits() == 1).await;
            assert_eq!(heard.last(), Some(Event::Exit(1, name.to_owned())));
            kill(&stream, Some("SIGKILL")).await.unwrap();
        }
        let stream = ground.spawn(&["sleep", "1000"]).await;
        for name in ["SIGNOPE", "", "9", "sigterm"] {
            assert_eq!(code(kill(&stream, Some(name)).await), "badRequest", "{name}");
        }
    });
}

#[test]
fn a_stopped_command_goes_on() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["cat"]).await;
        let pid = pid(&stream).await;
        kill(&stream, Some("SIGSTOP")).await.unwrap();
        let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        until(|| state().contains(") T ")).await;
        kill(&stream, Some("SIGCONT")).await.unwrap();
        close(&stream).await.unwrap();
        assert_eq!(wait(&stream).await.code, 0);
    });
}

#[test]
fn dropping_the_stream_ends_the_whole_tree() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"grace": "300ms"}}"#).await;
        let line = "setsid sh -c 'trap \"\" TERM; sleep 1000 & echo $! >> pids; echo $$ >> pids; wait; sleep 1000' & \
                    echo $$ >> pids; wait";
        let stream = ground.spawn_sh(line).await;
        let pids = || fs::read_to_string(ground.home().join("pids")).unwrap_or_default();
        until(|| pids().lines().count() == 3).await;
        drop(stream);
        for pid in pids().lines() {
            until_gone(pid.parse().unwrap()).await;
        }
    });
}

#[test]
fn whoever_waits_holds_the_command() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("sleep 0.3; echo end").await;
        let waiting = stream.wait_request().send().promise;
        drop(stream);
        assert_eq!(waiting.await.unwrap().get().unwrap().get_result().unwrap().get_stdout().unwrap(), "end\n");
    });
}

#[test]
fn a_lost_connection_ends_everything() {
    run(async {
        let ground = Ground::new().await;
        let (one, two) = (ground.spawn(&["sleep", "1000"]).await, ground.spawn(&["sleep", "1000"]).await);
        let pids = [pid(&one).await, pid(&two).await];
        ground.bench.cut();
        for pid in pids {
            until_gone(pid).await;
        }
    });
}

#[test]
fn draining_ends_everything() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["sleep", "1000"]).await;
        let pid = pid(&stream).await;
        ground.bench.drain().await.unwrap();
        until_gone(pid).await;
        let again = ground.bench.open::<shell::Client>(&Visitor::named("Ben"), "shell").await;
        assert_eq!(code(again), "serviceUnavailable");
    });
}

/// Says to this program that it runs one test alone.
const ALONE: &str = "CAPOS_SHELL_TEST_ALONE";

/// In a process of its own: what is counted is the whole process's.
#[test]
fn a_thousand_commands_killed_at_random_moments_leave_nothing() {
    const NAME: &str = "ending::a_thousand_commands_killed_at_random_moments_leave_nothing";
    if std::env::var_os(ALONE).is_none() {
        let mut alone = Command::new(std::env::current_exe().unwrap());
        let done = alone.args(["--exact", NAME]).env(ALONE, "1").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        return;
    }
    run(async {
        let ground = Ground::with(r#"{"limits": {"rate": 10000, "processes": 64}}"#).await;
        ground.sh("true").await;
        let before = descriptors();
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut pids = Vec::new();
        for _ in 0..1000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let stream = loop {
                let started = crate::ground::spawn(&ground.shell, &["sh", "-c", "sleep 1000 & yes"], |_| {}).await;
                match started {
                    Ok(stream) => break stream,
                    Err(error) => assert_eq!(code::<()>(Err(error)), "tooManyCalls"),
                }
                tokio::task::yield_now().await;
            };
            pids.push(pid(&stream).await);
            let heard = Heard::new();
            on_data(&stream, heard.callback(Manner::Answers)).await.unwrap();
            for _ in 0..random % 8 {
                tokio::task::yield_now().await;
            }
            match random % 3 {
                0 => kill(&stream, Some("SIGKILL")).await.unwrap(),
                1 => heard.until(|heard| heard.len() > 0).await,
                _ => {}
            }
        }
        for pid in pids {
            until_gone(pid).await;
        }
        until(|| descriptors() <= before + 4 && zombies() == 0).await;
    });
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Ended children of this process that nobody has looked at.
fn zombies() -> usize {
    let own = std::process::id().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let is_zombie = |stat: &str| {
        let mut fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        fields.next() == Some("Z") && fields.next() == Some(&own)
    };
    processes.filter(|entry| fs::read_to_string(entry.path().join("stat")).is_ok_and(|stat| is_zombie(&stat))).count()
}

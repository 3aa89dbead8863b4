//! Those who watch: they slow nothing down, hold nothing, and are told what they missed.

use capos_schema::shell_capnp::{data_callback, shell_observer, shell_stream};
use capos_service::testing::run;

use crate::ground::{Event, Ground, Heard, Manner, code, kill, on_data, pid, until_gone, wait};

async fn observe(stream: &shell_stream::Client) -> Result<shell_observer::Client, capnp::Error> {
    stream.observe_request().send().promise.await?.get()?.get_observer()
}

async fn watch(observer: &shell_observer::Client, callback: data_callback::Client) -> Result<(), capnp::Error> {
    let mut request = observer.on_data_request();
    request.get().set_callback(callback);
    request.send().promise.await.map(drop)
}

#[test]
fn an_observer_sees_what_is_written_and_how_it_ends() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("echo one; echo two >&2; read line").await;
        let observer = observe(&stream).await.unwrap();
        let (heard, errors) = (Heard::new(), Heard::new());
        watch(&observer, heard.callback(Manner::Answers)).await.unwrap();
        let mut request = observer.on_stderr_request();
        request.get().set_callback(errors.callback(Manner::Answers));
        request.send().promise.await.unwrap();
        let mut request = observer.on_exit_request();
        request.get().set_callback(heard.exit_callback());
        request.send().promise.await.unwrap();
        heard.until(|heard| heard.len() == 8).await;
        let answer = observer.status_request().send().promise.await.unwrap();
        let status = answer.get().unwrap();
        assert!(status.get_running() && status.get_started_at_ms() > 1_700_000_000_000);
        assert_eq!(status.get_command().unwrap(), "/bin/sh -c echo one; echo two >&2; read line");
        assert_eq!(status.get_pid(), pid(&stream).await);
        kill(&stream, None).await.unwrap();
        heard.until(|heard| heard.exits() == 1).await;
        assert_eq!((heard.last(), errors.text()), (Some(Event::Exit(1, "SIGTERM".to_owned())), "two\n".to_owned()));
        let answer = observer.status_request().send().promise.await.unwrap();
        let status = answer.get().unwrap();
        assert_eq!((status.get_running(), status.get_signal().unwrap()), (false, "SIGTERM".into()));
    });
}

#[test]
fn an_observer_that_never_answers_slows_nothing_down() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn_sh("head -c 67108864 /dev/zero").await;
        let observer = observe(&stream).await.unwrap();
        let (stuck, reader) = (Heard::new(), Heard::new());
        watch(&observer, stuck.callback(Manner::NeverAnswers)).await.unwrap();
        on_data(&stream, reader.callback(Manner::Answers)).await.unwrap();
        reader.until(|reader| reader.len() == 64 << 20).await;
        assert_eq!(wait(&stream).await.code, 0);
        assert!(stuck.len() <= (1 << 20) + (256 << 10));
    });
}

#[test]
fn what_an_observer_misses_is_told_and_nothing_is_told_twice() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"outputBytes": 1000}}"#).await;
        let stream = ground.spawn_sh("read line; head -c 67108864 /dev/zero").await;
        let observer = observe(&stream).await.unwrap();
        let heard = Heard::new();
        watch(&observer, heard.callback(Manner::Answers)).await.unwrap();
        let mut request = observer.on_exit_request();
        request.get().set_callback(heard.exit_callback());
        request.send().promise.await.unwrap();
        crate::ground::write(&stream, b"\n").await.unwrap();
        heard.until(|heard| heard.exits() == 1).await;
        assert_eq!(heard.len() + usize::try_from(heard.missing()).unwrap(), 64 << 20);
    });
}

#[test]
fn an_observer_does_not_keep_a_command_alive() {
    run(async {
        let ground = Ground::new().await;
        let stream = ground.spawn(&["sleep", "1000"]).await;
        let (observer, pid, heard) = (observe(&stream).await.unwrap(), pid(&stream).await, Heard::new());
        let mut request = observer.on_exit_request();
        request.get().set_callback(heard.exit_callback());
        request.send().promise.await.unwrap();
        drop(stream);
        until_gone(pid).await;
        heard.until(|heard| heard.exits() == 1).await;
    });
}

#[test]
fn as_many_watch_as_may_and_each_makes_room_when_it_goes() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"observers": 2, "callbacks": 2}}"#).await;
        let stream = ground.spawn(&["sleep", "1000"]).await;
        let first = observe(&stream).await.unwrap();
        let second = observe(&stream).await.unwrap();
        assert_eq!(code(observe(&stream).await), "quotaExceeded");
        let heard = Heard::new();
        watch(&first, heard.callback(Manner::Answers)).await.unwrap();
        watch(&first, heard.callback(Manner::Answers)).await.unwrap();
        assert_eq!(code(watch(&first, heard.callback(Manner::Answers)).await), "quotaExceeded");
        watch(&second, heard.callback(Manner::Answers)).await.unwrap();
        drop(second);
        let third = loop {
            if let Ok(observer) = observe(&stream).await {
                break observer;
            }
        };
        watch(&third, heard.callback(Manner::Answers)).await.unwrap();
    });
}

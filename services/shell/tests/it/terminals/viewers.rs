//! Viewers of different speed.

use std::time::{Duration, Instant};

use capos_service::testing::run;

use super::stage::{Page, Real, Stage, close, has, info, input};

#[test]
fn the_program_waits_for_a_holder_and_no_longer_than_it_looks() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.sh("read x; seq 1 200000; echo all").await;
        let (slow, fast) = (Real::new(), Real::new());
        let slow_view = slow.look(&terminal, 0).await;
        let _view = fast.look(&terminal, 0).await;
        slow.takes.send_replace(false);
        input(&terminal, "go\n").await;
        fast.until("something", |screen| screen.history() > 0).await;
        settle(&fast).await;
        assert!(fast.bytes.get() < 1 << 20, "the program waits: {} bytes", fast.bytes.get());
        assert!(!has(&fast.screen.borrow(), "all"));
        drop(slow_view);
        fast.shows("all").await;
        assert!(fast.bytes.get() > 1 << 20);
        assert_eq!(fast.anew.get(), 1, "whoever is waited for misses nothing");
    });
}

/// Waits until nothing comes any more.
async fn settle(real: &Real) {
    let mut before = usize::MAX;
    while before != real.bytes.get() {
        before = real.bytes.get();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[test]
fn an_observer_that_is_too_slow_gets_the_screen_anew() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.sh("read x; seq 1 200000; echo all").await;
        let (observer, holder) = (Real::new(), Real::new());
        let _watching = observer.watch(&terminal).await;
        let _view = holder.look(&terminal, 0).await;
        observer.until("the first picture", |_| observer.anew.get() == 1).await;
        observer.takes.send_replace(false);
        input(&terminal, "go\n").await;
        holder.shows("all").await;
        assert!(!has(&observer.screen.borrow(), "all"), "nobody waited for it");
        observer.takes.send_replace(true);
        observer.shows("all").await;
        assert_eq!(observer.anew.get(), 2);
        assert_eq!(observer.screen.borrow().lines(), holder.screen.borrow().lines());
        assert!(observer.bytes.get() < holder.bytes.get() / 2);
        assert_eq!(observer.ended().await, holder.ended().await);
    });
}

#[test]
fn pictures_come_so_often_and_the_next_one_is_the_newest() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.sh("read x; seq 1 300000; echo all; cat").await;
        let page = Page::new();
        let _view = page.look(&terminal, 20).await;
        page.shows("").await;
        let (frames, began) = (page.frames.get(), Instant::now());
        input(&terminal, "go\n").await;
        page.shows("all").await;
        let most = began.elapsed().as_millis() / 50 + 2;
        let got = page.frames.get() - frames;
        assert!(u128::try_from(got).unwrap() <= most, "{got} frames where {most} may be");
        // Whoever does not answer gets nothing, and then the newest.
        page.takes.send_replace(false);
        let frames = page.frames.get();
        for number in 0..50 {
            input(&terminal, &format!("line {number}\n")).await;
        }
        let real = Real::new();
        let _real = real.look(&terminal, 0).await;
        real.shows("line 49").await;
        assert!(page.frames.get() <= frames + 1);
        page.takes.send_replace(true);
        page.shows("line 49").await;
        assert!(page.frames.get() <= frames + 3, "{} frames for fifty lines", page.frames.get() - frames);
        close(&terminal).await;
    });
}

#[test]
fn what_is_typed_is_shown_at_once_and_silence_costs_nothing() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.sh("echo ready; cat").await;
        let page = Page::new();
        // One frame in a second would be felt if the first one waited for its turn.
        let _view = page.look(&terminal, 1).await;
        page.shows("ready").await;
        let mut took = Vec::new();
        for typed in ["x", "xy", "xyz"] {
            tokio::time::sleep(Duration::from_millis(1_100)).await;
            let (frames, began) = (page.frames.get(), Instant::now());
            input(&terminal, &typed[typed.len() - 1..]).await;
            page.shows(typed).await;
            took.push(began.elapsed());
            assert_eq!(page.frames.get(), frames + 1);
        }
        // A machine that is slow is not so each time; a turn comes when it comes.
        assert!(took.iter().min() < Some(&Duration::from_millis(600)), "{took:?}");
        close(&terminal).await;
    });
}

#[test]
fn viewers_are_counted_and_told_of_the_end() {
    run(async {
        let stage = Stage::with(r#"{"limits": {"viewers": 2}}"#).await;
        let terminal = stage.sh("read x; printf last; exit 3").await;
        let (real, page) = (Real::new(), Page::new());
        let view = real.look(&terminal, 0).await;
        let _picture = page.look(&terminal, 0).await;
        assert_eq!(info(&terminal).await.viewers, 2);
        let mut request = terminal.bytes_request();
        request.get().set_viewer(capnp_rpc::new_client(Deaf));
        let refused = request.send().promise.await.err().unwrap();
        assert!(refused.to_string().contains("quotaExceeded"), "{refused}");
        input(&terminal, "\n").await;
        assert_eq!(real.ended().await.exit_code, 3);
        real.shows("last").await;
        page.shows("last").await;
        let _ = page.ended.subscribe().wait_for(|ended| *ended).await;
        drop(view);
        while info(&terminal).await.viewers > 1 {}
        let late = Real::new();
        let _late = late.look(&terminal, 0).await;
        late.shows("last").await;
        assert_eq!(late.ended().await.exit_code, 3, "who comes after the end sees it");
    });
}

/// A viewer that serves nothing.
struct Deaf;

impl capos_schema::terminals_capnp::terminal_bytes::Server for Deaf {}

#[test]
fn a_viewer_that_fails_is_not_waited_for() {
    run(async {
        let stage = Stage::new().await;
        let terminal = stage.sh("read x; seq 1 200000; echo all").await;
        let mut request = terminal.bytes_request();
        request.get().set_viewer(capnp_rpc::new_client(Deaf));
        let _deaf = request.send().promise.await.unwrap();
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        input(&terminal, "go\n").await;
        real.shows("all").await;
    });
}

//! Bounds on time: a millisecond before it there is time, and at it there is none.

use std::time::Duration;

use capos_rpc::{Ending, Limits};
use capos_schema::{Code, Denial};
use tokio::time::{Instant, sleep};

use crate::harness::{Scene, scene, until};
use crate::raw::{ECHO, HANG, Raw, call_frame};

const MOMENT: Duration = Duration::from_millis(1);

fn payload(bytes: u32) -> impl Fn(capnp_rpc::rpc_capnp::payload::Builder<'_>) {
    move |payload| {
        payload.get_content().init_as::<capos_testkit::lab_capnp::lab::echo_params::Builder<'_>>().init_payload(bytes);
    }
}

/// Waits for the end, which must come at that time and with that code.
async fn ends_at(raw: &mut Raw, scene: &Scene, start: Instant, at: Duration, code: Code) {
    let Ending::Denied(denial) = raw.handle.closed().await else { panic!("not denied") };
    let took = start.elapsed();
    assert!(took >= at && took <= at + 2 * MOMENT, "{took:?}");
    assert_eq!(denial.code, code);
    scene.bystander_is_served().await;
}

/// Writes, and waits until it was read.
async fn write(raw: &mut Raw, bytes: &[u8]) {
    let until_now = raw.handle.account().bytes_in;
    assert!(raw.write(bytes).await);
    until("it is read", || raw.handle.account().bytes_in == until_now + bytes.len() as u64).await;
}

#[test]
fn a_header_may_take_its_time_and_not_a_moment_longer() {
    scene(Limits::default(), |scene| async move {
        for late in [false, true] {
            let mut raw = scene.raw().await;
            let frame = call_frame(1, raw.lab, ECHO, |_| {});
            let start = Instant::now();
            write(&mut raw, &frame[..7]).await;
            if late {
                ends_at(&mut raw, &scene, start, Duration::from_secs(5), Code::BadRequest).await;
            } else {
                sleep(Duration::from_secs(5) - MOMENT).await;
                write(&mut raw, &frame[7..]).await;
                raw.returned(1).await;
            }
        }
    });
}

#[test]
fn a_body_has_its_grace_and_what_it_earned_and_not_a_moment_longer() {
    for (limits, earned) in [
        (Limits { body_rate: 1000, body_grace: Duration::from_secs(3), ..Limits::default() }, 2),
        (Limits { body_rate: 2000, body_grace: Duration::from_secs(3), ..Limits::default() }, 1),
    ] {
        scene(limits, |scene| async move {
            let allowed = Duration::from_secs(3 + earned);
            for late in [false, true] {
                let mut raw = scene.raw().await;
                let frame = call_frame(1, raw.lab, ECHO, payload(4000));
                let start = Instant::now();
                write(&mut raw, &frame[..16]).await;
                // Room for a pause of the reading side, after which bytes count.
                tokio::task::yield_now().await;
                write(&mut raw, &frame[16..2016]).await;
                if late {
                    ends_at(&mut raw, &scene, start, allowed, Code::BadRequest).await;
                } else {
                    sleep(allowed - MOMENT).await;
                    write(&mut raw, &frame[2016..]).await;
                    raw.returned(1).await;
                }
            }
        });
    }
}

#[test]
fn a_peer_may_leave_output_unread_for_a_time_and_not_a_moment_longer() {
    scene(Limits::default(), |scene| async move {
        for late in [false, true] {
            let mut raw = scene.raw().await;
            let start = Instant::now();
            raw.call(1, ECHO, payload(1 << 20)).await;
            if late {
                ends_at(&mut raw, &scene, start, Duration::from_secs(30), Code::Overloaded).await;
                // What is left is dropped at the end of the drain time; nothing turns in circles until then.
                sleep(Duration::from_secs(5) + 2 * MOMENT).await;
                assert_eq!(raw.handle.account().queued_bytes, 0);
            } else {
                sleep(Duration::from_secs(30) - MOMENT).await;
                raw.returned(1).await;
                sleep(MOMENT * 2).await;
                assert!(raw.still_answers(2).await);
            }
        }
    });
}

#[test]
fn a_closed_connection_has_its_time_to_drain_and_not_a_moment_longer() {
    scene(Limits::default(), |scene| async move {
        for late in [false, true] {
            let mut raw = scene.raw().await;
            raw.call(1, ECHO, payload(1 << 20)).await;
            until("output waits", || raw.handle.account().queued_bytes > 500_000).await;
            raw.handle.close();
            let time = Duration::from_secs(5);
            sleep(if late { time + MOMENT * 2 } else { time - MOMENT }).await;
            if late {
                assert!(raw.receive().await.is_none());
                assert_eq!(raw.handle.account().queued_bytes, 0);
            } else {
                raw.returned(1).await;
            }
        }
        scene.bystander_is_served().await;
    });
}

/// A connection that is not read because three calls fill its window, with a fourth and `behind` unread.
async fn paused(scene: &Scene, behind: &[u8]) -> Raw {
    let mut raw = scene.raw().await;
    for question in 1..=3 {
        raw.call(question, HANG, payload(30_000)).await;
    }
    until("three are held", || raw.handle.account().inbound_bytes > 90_000).await;
    let fourth = call_frame(4, raw.lab, HANG, payload(30_000));
    write(&mut raw, &fourth).await;
    raw.write(behind).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(raw.handle.account().open_answers, 3);
    raw
}

fn small_window() -> Limits {
    Limits { inbound_window: 100_000, ..Limits::default() }
}

#[test]
fn a_peer_that_vanishes_behind_a_full_window_is_let_go() {
    scene(small_window(), |scene| async move {
        let start = Instant::now();
        let Raw { stream, handle, .. } = paused(&scene, &[]).await;
        drop(stream);
        let Ending::Denied(denial) = handle.closed().await else { panic!("not denied") };
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(30) && took <= Duration::from_secs(30) + 2 * MOMENT, "{took:?}");
        assert_eq!(denial.code, Code::Overloaded);
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_finish_behind_a_full_window_does_not_wait_for_ever() {
    scene(small_window(), |scene| async move {
        let start = Instant::now();
        let finish = crate::raw::framed(|message| message.init_finish().set_question_id(1));
        let mut raw = paused(&scene, &finish).await;
        sleep(Duration::from_secs(30) - MOMENT).await;
        assert_eq!(raw.handle.ending(), None);
        ends_at(&mut raw, &scene, start, Duration::from_secs(30), Code::Overloaded).await;
        let reason: Denial = raw.denial().await;
        assert_eq!(reason.code, Code::Overloaded);
    });
}

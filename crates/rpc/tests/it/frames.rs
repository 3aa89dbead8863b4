//! Framing and its deadlines.

use std::time::Duration;

use capos_rpc::{Ending, Limits};
use capos_schema::Code;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, advance, sleep};

use crate::harness::scene;
use crate::raw::{ECHO, call_frame, framed};

fn header(segments: &[u32]) -> Vec<u8> {
    let mut bytes = u32::to_le_bytes(segments.len() as u32 - 1).to_vec();
    segments.iter().for_each(|words| bytes.extend(words.to_le_bytes()));
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

#[test]
fn the_first_byte_may_take_for_ever() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        advance(Duration::from_secs(86_400)).await;
        assert!(raw.still_answers(1).await);
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_slow_header_is_cut_after_its_time() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        let start = Instant::now();
        raw.write(&[0, 0]).await;
        assert_eq!(raw.denied().await, Code::BadRequest);
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(5) && took < Duration::from_millis(5100), "{took:?}");
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_body_that_stops_is_cut_after_the_grace_and_what_it_earned() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        let start = Instant::now();
        raw.write(&header(&[100_000])).await;
        raw.write(&vec![0; 128 << 10]).await;
        assert_eq!(raw.denied().await, Code::BadRequest);
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(5) && took < Duration::from_millis(7100), "{took:?}");
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_dribbling_peer_is_cut_and_a_slow_but_steady_one_is_served() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.write(&header(&[1000])).await;
        let start = Instant::now();
        while raw.handle.ending().is_none() {
            raw.write(&[0]).await;
            sleep(Duration::from_millis(500)).await;
        }
        assert!(start.elapsed() < Duration::from_secs(7));
        assert_eq!(raw.denied().await, Code::BadRequest);

        let mut steady = scene.raw().await;
        let frame = call_frame(1, steady.lab, ECHO, |payload| {
            payload
                .get_content()
                .init_as::<capos_testkit::lab_capnp::lab::echo_params::Builder<'_>>()
                .init_payload(1 << 20);
        });
        for chunk in frame.chunks(40 << 10) {
            steady.write(chunk).await;
            sleep(Duration::from_millis(500)).await;
        }
        steady.returned(1).await;
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_peer_that_vanishes_within_a_message_costs_nothing() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.write(&header(&[10])).await;
        raw.stream.shutdown().await.unwrap();
        assert_eq!(raw.denied().await, Code::BadRequest);
        let mut polite = scene.raw().await;
        polite.stream.shutdown().await.unwrap();
        assert_eq!(polite.handle.closed().await, Ending::PeerClosed);
        scene.bystander_is_served().await;
    });
}

#[test]
fn garbage_is_refused() {
    scene(Limits::default(), |scene| async move {
        for garbage in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], &[0xff; 64], &b"SSH-2.0-OpenSSH_9.9\r\n"[..]] {
            let mut raw = scene.silent();
            raw.write(garbage).await;
            assert_eq!(raw.denied().await, Code::BadRequest);
        }
        let mut empty = scene.silent();
        empty.write(&header(&[0])).await;
        assert_eq!(empty.denied().await, Code::BadRequest);
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_declared_size_is_believed_up_to_the_limit_and_not_a_word_further() {
    scene(Limits::default(), |scene| async move {
        let limit = 8 << 20;
        for (head, refused) in [
            (header(&[limit / 8]), false),
            (header(&[limit / 8 + 1]), true),
            (header(&[limit / 8, 1]), true),
            (header(&[u32::MAX]), true),
            (header(&[u32::MAX; 500]), true),
            (header(&[1; 512]), false),
            (header(&[1; 513]), true),
        ] {
            let mut raw = scene.raw().await;
            raw.write(&head).await;
            if refused {
                assert_eq!(raw.denied().await, Code::BadRequest);
            } else {
                tokio::task::yield_now().await;
                assert_eq!(raw.handle.ending(), None);
                assert_eq!(raw.handle.account().inbound_bytes, 0);
            }
        }
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_message_of_the_largest_size_is_served() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        let empty = call_frame(1, raw.lab, ECHO, |payload| {
            payload.get_content().init_as::<capos_testkit::lab_capnp::lab::echo_params::Builder<'_>>().init_payload(8);
        });
        let room = (8 << 20) - (empty.len() as u32 - 8) + 8 - 16;
        let frame = call_frame(1, raw.lab, ECHO, |payload| {
            payload
                .get_content()
                .init_as::<capos_testkit::lab_capnp::lab::echo_params::Builder<'_>>()
                .init_payload(room);
        });
        assert!(frame.len() <= (8 << 20) + 16 && frame.len() > (8 << 20) - 64, "{}", frame.len());
        raw.write(&frame).await;
        raw.returned(1).await;
        scene.bystander_is_served().await;
    });
}

#[test]
fn many_messages_in_one_write_are_all_answered() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        let frames: Vec<u8> = (1..=300).flat_map(|question| call_frame(question, raw.lab, ECHO, |_| {})).collect();
        let before = raw.handle.account().writes;
        raw.write(&frames).await;
        for question in 1..=300 {
            raw.returned(question).await;
        }
        let account = raw.handle.account();
        assert!(account.writes - before < 20, "{account:?}");
        // One byte at a time is the same to the decoder.
        for byte in call_frame(999, raw.lab, ECHO, |_| {}) {
            raw.write(&[byte]).await;
            tokio::task::yield_now().await;
        }
        raw.returned(999).await;
    });
}

#[test]
fn pointers_that_cost_more_than_they_weigh_are_refused() {
    scene(Limits::default(), |scene| async move {
        // A list of half a billion elements without size.
        let mut frame = framed(|message| {
            message
                .init_call()
                .init_params()
                .get_content()
                .initn_as::<capnp::primitive_list::Builder<'_, ()>>(0x1fff_ffff);
        });
        let mut raw = scene.raw().await;
        raw.write(&frame).await;
        assert_eq!(raw.denied().await, Code::BadRequest);
        // Any pointer that leads out of the message.
        frame = framed(|message| message.init_abort().set_reason("x"));
        let last = frame.len() - 16;
        frame[last] = 0xfd;
        frame[last + 1] = 0xff;
        let mut raw = scene.raw().await;
        raw.write(&frame).await;
        assert_eq!(raw.denied().await, Code::BadRequest);
        scene.bystander_is_served().await;
    });
}

//! A link carries bytes, and faults strike where they are told to.

use std::io::ErrorKind;
use std::time::Duration;

use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use capos_testkit::link::{Direction, Link};
use capos_testkit::stock::{connect, serve, vat};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn calls_run_over_a_link_and_are_counted() {
    vat(async {
        let (left, right, link) = Link::pair();
        link.capture(Direction::RightToLeft);
        serve(right, LabState::new().client());
        let lab: lab::Client = connect(left);
        lab.total_request().send().promise.await.unwrap();
        let captured = link.captured(Direction::RightToLeft);
        assert_eq!(captured.len() as u64, link.written(Direction::RightToLeft));
        assert!(link.written(Direction::LeftToRight) > 0);
    })
    .await;
}

#[tokio::test]
async fn a_cut_link_ends_calls() {
    vat(async {
        let (left, right, link) = Link::pair();
        let state = LabState::new();
        serve(right, state.client());
        let hanging = connect::<lab::Client>(left).hang_request().send();
        state.tally().until(|counts| counts.running() == 1).await;
        link.cut();
        let failure = hanging.promise.await.err().unwrap();
        assert_eq!(failure.kind, capnp::ErrorKind::Disconnected);
        state.tally().until(|counts| counts.cancelled == 1).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_half_open_link_swallows_without_a_word() {
    let (mut left, mut right, link) = Link::pair();
    link.swallow(Direction::LeftToRight);
    left.write_all(b"lost").await.unwrap();
    assert!(timeout(SECOND, right.read_u8()).await.is_err());
    right.write_all(b"heard").await.unwrap();
    assert_eq!(left.read_u8().await.unwrap(), b'h');
}

#[tokio::test(start_paused = true)]
async fn a_paused_link_holds_writers_back_until_it_is_resumed() {
    let (mut left, mut right, link) = Link::pair_with_capacity(4);
    link.pause(Direction::LeftToRight);
    let writer = tokio::spawn(async move { left.write_all(b"123456").await });
    assert!(timeout(SECOND, right.read_u8()).await.is_err());
    assert_eq!(link.written(Direction::LeftToRight), 4);
    link.resume(Direction::LeftToRight);
    let mut all = [0; 6];
    right.read_exact(&mut all).await.unwrap();
    assert_eq!(&all, b"123456");
    writer.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn slow_and_delayed_bytes_come_on_the_clock() {
    let (mut left, mut right, link) = Link::pair();
    link.slow(Direction::LeftToRight, 10, SECOND);
    link.delay(Direction::LeftToRight, 5 * SECOND);
    let start = Instant::now();
    left.write_all(&[0; 30]).await.unwrap();
    let mut all = [0; 30];
    right.read_exact(&mut all).await.unwrap();
    let took = start.elapsed();
    assert!((7 * SECOND..8 * SECOND).contains(&took), "{took:?}");
}

#[tokio::test]
async fn closing_and_resetting_look_different() {
    let (mut left, mut right, link) = Link::pair();
    left.write_all(b"x").await.unwrap();
    link.cut_one(Direction::LeftToRight);
    let mut rest = Vec::new();
    right.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"x");
    right.write_all(b"still open").await.unwrap();
    link.reset();
    let failure = left.read_u8().await.unwrap_err();
    assert_eq!(failure.kind(), ErrorKind::ConnectionReset);
    let failure = right.write_all(b"y").await.unwrap_err();
    assert_eq!(failure.kind(), ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn dropping_an_end_closes_the_link() {
    let (left, mut right, _link) = Link::pair();
    drop(left);
    assert_eq!(right.read(&mut [0; 8]).await.unwrap(), 0);
    assert!(right.write_all(b"z").await.is_err());
}

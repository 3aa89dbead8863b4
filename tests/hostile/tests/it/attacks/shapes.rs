//! Frames that are larger, deeper or rounder than they look, and bytes that are no frames.

use capos_testkit::hostile::{frame, message};

use super::Attack;
use crate::ground::Ground;

pub(super) fn all(ground: Ground) -> Vec<Attack> {
    let frames: Vec<(&str, Vec<u8>)> = vec![
        ("64 MiB declared", frame::header(&[8 << 20])),
        ("32 GiB declared", frame::header(&[u32::MAX])),
        ("a thousand segments", frame::header(&[0; 1000])),
        ("no segments", frame::count_only(0)),
        ("a request of another protocol", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("noise", (0..4096_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect()),
        ("a pointer to the outside", frame::out_of_bounds()),
        ("a pointer in a circle", frame::circle()),
        ("a hundred levels", message::unimplemented(100)),
        ("one object by many pointers", many_pointers()),
        ("a list of half a billion nothings", frame::of_words(&[1 | (0x1fff_ffff << 35)])),
        ("a list of structs of nothing", frame::of_words(&[1 | (7 << 32), 0x0fff_ffff << 2])),
    ];
    let mut all: Vec<_> = frames.into_iter().map(|(name, bytes)| Attack::fatal(ground, name, 2, vec![bytes])).collect();
    all.push(Attack::new("a frame cut short", 2, move |mut peer| async move {
        ground.greet(&mut peer).await;
        peer.send(&frame::cut_short(&message::bootstrap(3), 5)).await;
        peer.stop_sending().await;
        peer.expect_closed().await;
    }));
    all
}

/// A list of 500 pointers to one text of 4,000 bytes.
fn many_pointers() -> Vec<u8> {
    let pointers = 500;
    let mut words = vec![1 | (6 << 32) | (pointers << 35)];
    words.extend((0..pointers).map(|index| 1 | ((pointers - 1 - index) << 2) | (2 << 32) | (4000 << 35)));
    words.resize(words.len() + 500, 0x6161_6161_6161_6161);
    frame::of_words(&words)
}

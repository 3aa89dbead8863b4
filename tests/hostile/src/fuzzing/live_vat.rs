//! A script of messages, from a hostile client and a hostile service, into a live vat.

use capos_schema::Code;
use tokio::task::yield_now;

use super::bytes::Bytes;
use super::script;
use super::world::{World, on_vat, quiet};

/// More than a connection survives; keeps one run short.
const MOST_MESSAGES: usize = 200;

/// The first byte lays out the vat; the rest is the script.
pub fn run(data: &[u8]) {
    on_vat(play(data));
}

async fn play(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut world = World::new(&mut bytes);
    for _ in 0..MOST_MESSAGES {
        if bytes.is_empty() {
            break;
        }
        step(&mut world, &mut bytes).await;
    }
    world.check().await;
}

async fn step(world: &mut World, bytes: &mut Bytes<'_>) {
    let who = bytes.byte();
    match who {
        0xff => drop(world.liveness.end(Code::Revoked)),
        0xfe => {
            world.membrane.revoke(u64::from(bytes.id()) + 1);
        }
        _ => {
            let frame = script::frame(bytes);
            match &mut world.service {
                Some(service) if who & 1 == 1 => service.send(&frame).await,
                _ => world.client.send(&frame).await,
            }
        }
    }
    match who >> 1 & 3 {
        0 => {}
        1 => yield_now().await,
        _ => quiet().await,
    }
}

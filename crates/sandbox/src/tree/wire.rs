//! What the service, its factory and its keepers say to each other: one message a packet, with descriptors beside it.

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, recvmsg};
use serde::{Deserialize, Serialize};

use super::signal::Exit;

/// Largest packet: most commands fit in one, and a keeper's buffer stays small.
pub(super) const PACKET: usize = 16 << 10;

/// Longest command that a keeper takes, whatever the service's own bound: more than any kernel executes.
pub(super) const LONGEST_COMMAND: usize = 8 << 20;

/// Most descriptors beside a packet: input, output and errors.
const DESCRIPTORS: usize = 3;

/// From the service to a keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Order {
    /// A command follows, of so many bytes, in packets of its own; its descriptors are beside this one.
    Plant {
        terminal: bool,
        grace: u64,
        bytes: usize,
    },
    /// To the command's process group.
    Signal(i32),
    /// After so many milliseconds by force.
    End(u64),
    Kill,
}

/// From a keeper to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Report {
    /// The keeper is there, and this is its number.
    Ready { keeper: i32 },
    /// The command's program runs.
    Planted { pid: i32 },
    /// The keeper waits for another command.
    Refused(Refusal),
    /// The command itself ended; with `gone`, nothing is left of what it started either.
    Ended { exit: Exit, gone: bool },
    /// Nothing is left, and the keeper waits for another command.
    Gone,
}

/// From the factory to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Notice {
    /// This keeper was killed, and nothing is left of what was below it.
    Swept(i32),
}

/// Which step failed, and with what error of the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    pub(super) step: Step,
    pub(super) error: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// The keeper's own, and everything that is nobody's fault.
    Host,
    Directory,
    /// No such program anywhere.
    Lookup,
    /// It is there.
    Program,
}

impl Refusal {
    pub(super) fn of(step: Step) -> impl Fn(nix::errno::Errno) -> Refusal {
        move |error| Refusal { step, error: error as i32 }
    }
}

pub(super) fn encode(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("numbers and names can be written")
}

/// One packet into `bytes`: its length, zero where the other side is gone, and what was beside it.
pub(super) fn receive(socket: impl AsFd, bytes: &mut [u8], flags: RecvFlags) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let flags = flags | RecvFlags::CMSG_CLOEXEC;
    let received = loop {
        match recvmsg(&socket, &mut [IoSliceMut::new(bytes)], &mut beside, flags) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?,
        }
    };
    let descriptors = beside.drain().flat_map(rights).collect();
    if received.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
        return Err(garbled());
    }
    Ok((received.bytes, descriptors))
}

fn rights(message: RecvAncillaryMessage<'_>) -> Vec<OwnedFd> {
    match message {
        RecvAncillaryMessage::ScmRights(descriptors) => descriptors.collect(),
        _ => Vec::new(),
    }
}

pub(super) fn garbled() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a message that is none")
}

//! A recording as it is read from the node, at the pace of whoever plays it.

use std::rc::Rc;

use capnp::Error;
use capos_schema::recordings_capnp::{recording_reader, recordings};
use capos_screen::cast::{Event, Item, Reader, ReaderLimits};
use tokio::sync::mpsc;

use crate::workspace::areas::running::Running;

/// Pieces that wait to be played. The node waits with the next one.
const WAITING: usize = 2;
/// Bytes of a piece that are taken; a node that sends more at once is none.
const PIECE: usize = 8 << 20;

/// What a tape says.
pub(super) enum Said {
    /// How large the terminal was at the start.
    Begun(capos_screen::Size),
    /// Something that happened.
    Event(Event),
    /// There is no more.
    Over,
}

/// Why a tape cannot be played.
pub(super) enum Torn {
    /// It is no recording.
    Damaged,
    /// The node does not give it.
    Refused(Error),
}

/// A recording from its beginning.
pub(super) struct Tape {
    pieces: mpsc::Receiver<Result<Vec<u8>, Error>>,
    reader: Reader,
    _reading: Running,
}

impl Tape {
    pub(super) fn new(shelf: &recordings::Client, id: &str) -> Self {
        let (sender, pieces) = mpsc::channel(WAITING);
        let mut request = shelf.open_request();
        request.get().set_id(id);
        let opened = request.send();
        let reading = async move {
            let mut request = opened.pipeline.get_recording().read_request();
            request.get().set_reader(capnp_rpc::new_client(Taker(sender.clone())));
            if let Err(error) = request.send().promise.await {
                // Whoever is gone does not need to know.
                let _ = sender.send(Err(error)).await;
            }
        };
        let _reading = Running::start(reading);
        Self { pieces, reader: Reader::new(ReaderLimits::default()), _reading }
    }

    pub(super) async fn next(&mut self) -> Result<Said, Torn> {
        loop {
            match self.reader.next_item() {
                Ok(Some(Item::Header(header))) => return Ok(Said::Begun(header.size)),
                Ok(Some(Item::Event(event))) => return Ok(Said::Event(event)),
                Ok(None) => match self.pieces.recv().await {
                    Some(Ok(piece)) => self.reader.feed(&piece),
                    Some(Err(error)) => return Err(Torn::Refused(error)),
                    None => return Ok(Said::Over),
                },
                Err(_) => return Err(Torn::Damaged),
            }
        }
    }
}

struct Taker(mpsc::Sender<Result<Vec<u8>, Error>>);

impl recording_reader::Server for Taker {
    async fn write(self: Rc<Self>, params: recording_reader::WriteParams) -> Result<(), Error> {
        let piece = params.get()?.get_chunk()?;
        if piece.len() > PIECE {
            return Err(Error::failed("a piece is too large".to_owned()));
        }
        let taken = self.0.send(Ok(piece.to_vec())).await;
        taken.map_err(|_| Error::failed("nobody plays this any more".to_owned()))
    }
}

//! The grants `recordings` and `all_recordings`.

use std::collections::VecDeque;
use std::os::unix::fs::FileExt as _;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use capnp::Error;
use capos_authority::{Actor, Event};
use capos_schema::recordings_capnp::{RecordingState, recording, recording_info, recording_reader, recordings};
use capos_schema::{Code, Denial};

use super::facts::{Id, State};
use super::index::{Entry, Place, Unremovable, Viewer};
use super::{Recordings, row, unavailable};
use crate::admin::turn::Turns;
use crate::session_vat::SessionVat;
use crate::words::{self, length};

/// Calls to a reader that wait for their answers.
const TOGETHER: usize = 4;

/// Serves `Recordings` to one viewer.
pub(crate) struct Shelf {
    vat: Weak<SessionVat>,
    viewer: Viewer,
    readings: Rc<Turns>,
}

impl Shelf {
    /// The session's own recordings.
    pub(crate) fn own(vat: &SessionVat) -> recordings::Client {
        Self::client(vat, super::viewer(vat.session()))
    }

    /// Everybody's.
    pub(crate) fn all(vat: &SessionVat) -> recordings::Client {
        Self::client(vat, Viewer::Auditor)
    }

    fn client(vat: &SessionVat, viewer: Viewer) -> recordings::Client {
        let readings = vat.gateway().recordings().map_or(0, |recordings| recordings.limits().readings);
        capnp_rpc::new_client(Self { vat: vat.me(), viewer, readings: Turns::new(readings) })
    }

    fn vat(&self) -> Result<Rc<SessionVat>, Denial> {
        self.vat.upgrade().ok_or_else(|| Code::StaleSession.into())
    }

    fn recordings(&self) -> Result<Recordings, Denial> {
        self.vat()?.gateway().recordings().ok_or_else(unavailable)
    }

    /// One that the viewer may see. Whoever may not is told what he is told of one that there is not.
    fn find(&self, id: &str) -> Result<Entry, Denial> {
        let recordings = self.recordings()?;
        let found = Id::parse(id).and_then(|id| recordings.index().find(&self.viewer, &id).cloned());
        found.ok_or_else(unknown)
    }

    fn id<'a>(&self, id: capnp::Result<capnp::text::Reader<'a>>) -> Result<&'a str, Denial> {
        let vat = self.vat()?;
        vat.parsed(words::name(id, vat.gateway().limits()))
    }

    fn actor(&self) -> Result<Actor, Denial> {
        let vat = self.vat()?;
        let context = vat.session().context();
        Ok(Actor { session: Some(context.handle), account: context.account.clone() })
    }

    fn take_row(&self) -> Result<(), Denial> {
        match self.vat()?.has_recording_row() {
            true => Ok(()),
            false => Err(Denial::new(Code::TooManyCalls, "recordings are asked for too often; wait a little")),
        }
    }

    /// Whoever reads what is somebody else's is written down before he has a byte of it.
    async fn write_down(&self, entry: &Entry, offset: u64) -> Result<(), Denial> {
        if self.viewer != Viewer::Auditor {
            return Ok(());
        }
        self.take_row()?;
        let row = self.actor()?.on(row("recording.opened", entry).with("offset", offset));
        let audit = self.vat()?.gateway().authority().audit().clone();
        audit.record(row).await.map_err(|error| error.denial())
    }

    fn write(&self, entry: &Entry, mut to: recording_info::Builder<'_>) {
        let facts = &entry.facts;
        to.set_id(entry.id.as_str());
        to.set_title(&facts.title);
        to.set_command(&facts.command);
        let mut size = to.reborrow().init_size();
        size.set_columns(facts.columns);
        size.set_rows(facts.rows);
        to.set_started_at_ms(facts.started_at_ms);
        to.set_duration_ms(facts.duration_ms);
        to.set_bytes(entry.bytes);
        to.set_state(match facts.state {
            State::Running => RecordingState::Running,
            State::Finished => RecordingState::Finished,
            State::Cut => RecordingState::Cut,
        });
        to.set_exit_code(facts.exit_code);
        to.set_signal(&facts.signal);
        to.set_session(&facts.session);
        if self.viewer == Viewer::Auditor {
            to.set_owner(&facts.account);
        }
    }
}

impl recordings::Server for Shelf {
    async fn list(
        self: Rc<Self>,
        params: recordings::ListParams,
        mut results: recordings::ListResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let below = parse_cursor(self.id(params.get_cursor())?)?;
        let recordings = self.recordings()?;
        let most = match params.get_most() {
            0 => recordings.limits().page,
            most => most.min(recordings.limits().page),
        };
        let (page, more) =
            recordings.index().page(&self.viewer, below.as_ref(), usize::try_from(most).unwrap_or(usize::MAX));
        let mut results = results.get();
        if let Some(last) = page.last().filter(|_| more) {
            results.set_cursor(format!("{}.{}", last.facts.started_at_ms, last.id));
        }
        let mut list = results.init_recordings(length(page.len()));
        for (entry, at) in page.iter().zip(0..) {
            self.write(entry, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn open(
        self: Rc<Self>,
        params: recordings::OpenParams,
        mut results: recordings::OpenResults,
    ) -> Result<(), Error> {
        let entry = self.find(self.id(words::read(params.get())?.get_id())?)?;
        results.get().set_recording(capnp_rpc::new_client(Opened { shelf: self.clone(), id: entry.id }));
        Ok(())
    }

    async fn remove(
        self: Rc<Self>,
        params: recordings::RemoveParams,
        _: recordings::RemoveResults,
    ) -> Result<(), Error> {
        if self.viewer == Viewer::Auditor {
            return Err(Denial::new(Code::MethodDenied, "recordings are not removed by whoever may see all").into());
        }
        let id = Id::parse(self.id(words::read(params.get())?.get_id())?).ok_or_else(unknown)?;
        let recordings = self.recordings()?;
        let entry = recordings.index().removable(&self.viewer, &id).map_err(unremovable)?;
        self.take_row()?;
        let actor = self.actor()?;
        Ok(recordings.remove(entry, |row: Event| actor.on(row)).await?)
    }
}

/// Serves `Recording`.
struct Opened {
    shelf: Rc<Shelf>,
    id: Id,
}

impl recording::Server for Opened {
    async fn info(self: Rc<Self>, _: recording::InfoParams, mut results: recording::InfoResults) -> Result<(), Error> {
        let entry = self.shelf.find(self.id.as_str())?;
        self.shelf.write(&entry, results.get().init_info());
        Ok(())
    }

    async fn read(
        self: Rc<Self>,
        params: recording::ReadParams,
        mut results: recording::ReadResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let reader = params.get_reader().map_err(|_| Denial::new(Code::BadRequest, "there is no reader"))?;
        let offset = params.get_offset();
        let busy = || Denial::new(Code::QuotaExceeded, "too many recordings are read at once");
        let _turn = self.shelf.readings.take().ok_or_else(busy)?;
        let entry = self.shelf.find(self.id.as_str())?;
        if offset >= entry.bytes {
            return Ok(());
        }
        self.shelf.write_down(&entry, offset).await?;
        let bytes = deliver(&self.shelf.recordings()?, entry.id, &reader, offset).await?;
        results.get().set_bytes(bytes);
        Ok(())
    }
}

/// Gives a reader what there is from a byte on, at the reader's pace: it answers for all it was given before this does.
async fn deliver(recordings: &Recordings, id: Id, reader: &recording_reader::Client, from: u64) -> Result<u64, Error> {
    let archive = recordings.archive().clone();
    let file = Arc::new(done(recordings.disk(move || archive.cast(&id)).await)?);
    let (mut offset, mut unanswered) = (from, VecDeque::new());
    loop {
        let (file, most) = (Arc::clone(&file), recordings.limits().chunk_bytes);
        let chunk = done(recordings.disk(move || read_at(&file, offset, most)).await)?;
        if chunk.is_empty() {
            break;
        }
        if unanswered.len() >= TOGETHER
            && let Some(first) = unanswered.pop_front()
        {
            give::answered(first).await?;
        }
        unanswered.push_back(give::chunk(reader, &chunk));
        offset = offset.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
    }
    for last in unanswered {
        give::answered(last).await?;
    }
    Ok(offset - from)
}

/// One call to a reader. Sent as a stream's it would be answered for before the reader has it.
mod give {
    use capnp::Error;
    use capnp::any_pointer;
    use capnp::capability::{Client, FromClientHook as _, RemotePromise};
    use capnp::traits::HasTypeId as _;
    use capos_schema::recordings_capnp::recording_reader;

    /// `RecordingReader.write`.
    const WRITE: u16 = 0;

    pub(super) type Given = RemotePromise<any_pointer::Owned>;

    pub(super) fn chunk(reader: &recording_reader::Client, chunk: &[u8]) -> Given {
        let untyped = Client::new(reader.clone().into_client_hook());
        let mut request = untyped.new_call::<recording_reader::write_params::Owned, any_pointer::Owned>(
            recording_reader::Client::TYPE_ID,
            WRITE,
            None,
        );
        request.get().set_chunk(chunk);
        request.send()
    }

    pub(super) async fn answered(given: Given) -> Result<(), Error> {
        given.promise.await.map(drop)
    }
}

fn read_at(file: &std::fs::File, offset: u64, most: usize) -> std::io::Result<Vec<u8>> {
    let mut chunk = vec![0; most];
    let read = file.read_at(&mut chunk, offset)?;
    chunk.truncate(read);
    Ok(chunk)
}

fn done<T>(outcome: Option<std::io::Result<T>>) -> Result<T, Denial> {
    match outcome {
        Some(Ok(done)) => Ok(done),
        Some(Err(error)) => {
            tracing::error!(%error, "a recording cannot be read");
            Err(Denial::new(Code::ServiceUnavailable, "the recording cannot be read"))
        }
        None => Err(Code::Internal.into()),
    }
}

/// Where a page ended; nothing for the beginning.
fn parse_cursor(cursor: &str) -> Result<Option<Place>, Denial> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let place = cursor.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, Id::parse(id)?)));
    place.map(Some).ok_or_else(|| Denial::new(Code::BadRequest, "that is no place in a list"))
}

fn unknown() -> Denial {
    Denial::new(Code::BadRequest, "there is no recording of that name")
}

fn unremovable(why: Unremovable) -> Denial {
    match why {
        Unremovable::Unknown => unknown(),
        Unremovable::Running => Denial::new(Code::BadRequest, "the recording is being made"),
        Unremovable::Kept => Denial::new(Code::MethodDenied, "what had to be recorded is kept"),
    }
}

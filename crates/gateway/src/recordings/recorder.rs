//! What a service is lent to record terminals with, for one session.

use std::rc::{Rc, Weak};
use std::time::Duration;

use capnp::Error;
use capos_schema::recordings_capnp::{recorder, recording_event, recording_sink};
use capos_schema::terminals_capnp::terminal_size;
use capos_schema::{Code, Denial};
use capos_screen::Size;

use super::reel::Reel;
use super::tape::{Event, What};
use super::{RecordingLimits, Wish, facts, unavailable};
use crate::reached::Bound;
use crate::session_vat::SessionVat;
use crate::words;

/// Bytes of a signal's name; the longest there is has fewer.
const SIGNAL_BYTES: usize = 32;

/// Serves `Recorder`.
pub(crate) struct Lender {
    vat: Weak<SessionVat>,
    service: String,
    /// Whether the session's holder may not remove what is recorded.
    kept: bool,
}

impl Lender {
    pub(crate) fn client(vat: &SessionVat, service: &str, kept: bool) -> recorder::Client {
        capnp_rpc::new_client(Self { vat: vat.me(), service: service.to_owned(), kept })
    }
}

impl recorder::Server for Lender {
    async fn start(
        self: Rc<Self>,
        params: recorder::StartParams,
        mut results: recorder::StartResults,
    ) -> Result<(), Error> {
        let vat = self.vat.upgrade().ok_or(Denial::from(Code::StaleSession))?;
        let params = words::read(params.get())?;
        let recordings = vat.gateway().recordings().ok_or_else(unavailable)?;
        let size = parse_size(words::read(params.get_size())?)?;
        if !vat.has_recording_row() {
            return Err(Denial::new(Code::TooManyCalls, "recordings are begun too often; wait a little").into());
        }
        let wish = Wish {
            session: vat.session().clone(),
            service: self.service.clone(),
            kept: self.kept,
            title: lossy(params.get_title())?,
            command: lossy(params.get_command())?,
            columns: size.columns(),
            rows: size.rows(),
        };
        drop(vat);
        let begun = recordings.begin(wish).await;
        if let Err(denial) = &begun
            && denial.code == Code::QuotaExceeded
            && let Some(vat) = self.vat.upgrade()
        {
            vat.note(Bound::Recordings);
        }
        let sink = Sink { reel: begun?, limits: recordings.limits().clone() };
        results.get().set_recording(capnp_rpc::new_client(sink));
        Ok(())
    }
}

/// Serves `RecordingSink`. The end of it is the end of the recording.
struct Sink {
    reel: Reel,
    limits: RecordingLimits,
}

impl recording_sink::Server for Sink {
    async fn write(self: Rc<Self>, params: recording_sink::WriteParams) -> Result<(), Error> {
        let events = parse_events(words::read(words::read(params.get())?.get_events())?, &self.limits)?;
        // What was read is copied: the message need not be kept while the disk is waited for.
        drop(params);
        Ok(self.reel.write(events).await?)
    }

    async fn finish(
        self: Rc<Self>,
        params: recording_sink::FinishParams,
        _: recording_sink::FinishResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let signal = facts::shown(&lossy(params.get_signal())?, SIGNAL_BYTES);
        Ok(self.reel.finish(params.get_exit_code(), signal).await?)
    }
}

fn parse_events(
    from: capnp::struct_list::Reader<'_, recording_event::Owned>,
    limits: &RecordingLimits,
) -> Result<Vec<Event>, Denial> {
    if from.len() > limits.call_events {
        return Err(Denial::new(Code::BadRequest, "too many events in one call"));
    }
    let (mut events, mut bytes) = (Vec::new(), 0_usize);
    for event in from {
        let event = parse_event(event)?;
        bytes = bytes.saturating_add(match &event.what {
            What::Output(data) => data.len(),
            What::Marker(label) => label.len(),
            What::Resized(_) => 0,
        });
        if bytes > limits.call_bytes {
            return Err(Denial::new(Code::BadRequest, "too many bytes in one call"));
        }
        events.push(event);
    }
    Ok(events)
}

fn parse_event(from: recording_event::Reader<'_>) -> Result<Event, Denial> {
    let unknown = |_| Denial::new(Code::BadRequest, "an event of a kind that is not known");
    let what = match from.which().map_err(unknown)? {
        recording_event::Output(data) => What::Output(words::read(data)?.to_vec()),
        recording_event::Resized(size) => What::Resized(parse_size(words::read(size)?)?),
        recording_event::Marker(label) => What::Marker(lossy(label)?),
    };
    Ok(Event { after: Duration::from_millis(from.get_after_ms()), what })
}

fn parse_size(from: terminal_size::Reader<'_>) -> Result<Size, Denial> {
    let size = Size::new(from.get_columns(), from.get_rows());
    size.ok_or_else(|| Denial::new(Code::BadRequest, "no terminal has that size"))
}

/// What a program calls its terminal need not be text.
fn lossy(text: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Denial> {
    Ok(String::from_utf8_lossy(words::read(text)?.as_bytes()).into_owned())
}

//! What is asked of the grant that starts services.

use capos_client::Session;
use capos_schema::catalog_capnp::{
    remote_service_catalog_entry, remote_service_launch_request, remote_service_launch_status, remote_service_runner,
};

use super::super::names;
use super::card::{GainView, OutcomeView};
use super::work::Action;
use crate::workspace::problem::Problem;
use crate::workspace::view::Text;

/// Lines and names of one answer, or of one service, that are shown; the node sends fewer.
pub(super) const MOST: usize = 256;

/// The runner, as this session has it.
pub(super) struct Runner {
    pub(super) client: remote_service_runner::Client,
    pub(super) session: Session,
}

impl Runner {
    /// Asks it. What policy rules out is an outcome like any other.
    pub(super) async fn ask(&self, action: Action, service: &str, grants: &[String]) -> Result<OutcomeView, Problem> {
        let outcome = match action {
            Action::Probe => self.probe(service, grants).await,
            Action::Launch => self.start(service, grants).await,
            Action::Attach => self.attach(service).await,
            Action::Stop => self.stop(service).await,
        };
        outcome.map_err(|error| self.session.judge("runner", &error).into())
    }

    async fn probe(&self, service: &str, grants: &[String]) -> capnp::Result<OutcomeView> {
        let mut request = self.client.probe_request();
        fill(request.get().init_request(), service, grants);
        outcome(Action::Probe, request.send().promise.await?.get()?.get_status()?)
    }

    async fn start(&self, service: &str, grants: &[String]) -> capnp::Result<OutcomeView> {
        let mut request = self.client.start_request();
        fill(request.get().init_request(), service, grants);
        outcome(Action::Launch, request.send().promise.await?.get()?.get_status()?)
    }

    async fn attach(&self, service: &str) -> capnp::Result<OutcomeView> {
        let mut request = self.client.attach_request();
        request.get().set_profile_id(service);
        outcome(Action::Attach, request.send().promise.await?.get()?.get_status()?)
    }

    async fn stop(&self, service: &str) -> capnp::Result<OutcomeView> {
        let mut request = self.client.stop_request();
        request.get().set_profile_id(service);
        outcome(Action::Stop, request.send().promise.await?.get()?.get_status()?)
    }
}

fn fill(mut request: remote_service_launch_request::Builder<'_>, service: &str, grants: &[String]) {
    request.set_profile_id(service);
    let mut names = request.init_grant_names(u32::try_from(grants.len()).unwrap_or(u32::MAX));
    for (index, name) in (0..names.len()).zip(grants) {
        names.set(index, name);
    }
}

fn outcome(action: Action, from: remote_service_launch_status::Reader<'_>) -> capnp::Result<OutcomeView> {
    let status = from.get_status()?.to_str()?;
    let is_there = matches!(status, "ready" | "running");
    let possible = match action {
        // Nothing of it is left, unless it may not be given back.
        Action::Stop => status != "denied",
        // A start that nothing stands against can still say that nothing runs yet.
        Action::Probe => is_there || (from.get_launch_supported() && status == "notLaunched"),
        Action::Launch | Action::Attach => is_there,
    };
    let message = from.get_message()?.to_str()?;
    Ok(OutcomeView {
        action,
        service: Text::line(from.get_profile_id()?.to_str()?),
        status: Text::line(status),
        possible,
        advice: Text::fixed(if possible { "" } else { advice(status, message) }),
        message: Text::line(message),
        accepted: texts(from.get_accepted_grant_names()?)?,
        gains: from.get_exported_services()?.iter().take(MOST).map(gain).collect::<capnp::Result<_>>()?,
    })
}

/// What to do about it.
pub(super) fn advice(status: &str, message: &str) -> &'static str {
    match status {
        "denied" if message.contains("grant") => {
            "See under “Needs” what the service asks for, and choose what to hand over."
        }
        "denied" => "Whoever administers the node decides to whom the service is offered.",
        "missingBinary" | "unsupported" => "Whoever administers the node sees in the service's log what is missing.",
        "notLaunched" => {
            "Launch it; if that does not help, the service's log says why, to whoever administers the node."
        }
        _ => "",
    }
}

fn gain(from: remote_service_catalog_entry::Reader<'_>) -> capnp::Result<GainView> {
    let (name, id) = (from.get_cap_name()?.to_str()?, from.get_transport_interface_id());
    Ok(GainView {
        name: Text::line(name),
        interface: Text::line(from.get_schema_interface()?.to_str()?),
        label: Text::line(from.get_label()?.to_str()?),
        summary: Text::line(from.get_summary()?.to_str()?),
        status: Text::line(from.get_proxy_status()?.to_str()?),
        methods: texts(from.get_methods()?)?,
        notes: texts(from.get_notes()?)?,
        opens: names::opens(name, id),
    })
}

fn texts(from: capnp::text_list::Reader<'_>) -> capnp::Result<Vec<Text>> {
    from.iter().take(MOST).map(|text| Ok(Text::line(text?.to_str()?))).collect()
}

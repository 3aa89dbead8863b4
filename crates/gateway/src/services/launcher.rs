//! The grant `runner`.

use std::rc::{Rc, Weak};
use std::sync::Arc;

use capnp::Error;
use capos_authority::{Event, Grant};
use capos_runner::{Profile, Runner, SessionKey, State, Unlaunchable};
use capos_schema::catalog_capnp::{remote_service_launch_request, remote_service_launch_status, remote_service_runner};
use capos_schema::{Code, Denial};

use super::entries;
use super::request::{Plan, Refused, Request};
use crate::reached::Bound;
use crate::session_vat::SessionVat;
use crate::words;

/// Serves `RemoteServiceRunner`. What comes into the bundle by it ends with the grant that it is.
pub(crate) struct Launcher {
    vat: Weak<SessionVat>,
    grant: Arc<Grant>,
}

/// What came of a request.
struct Outcome {
    service: String,
    status: &'static str,
    supported: bool,
    message: String,
    /// The service, and what it was or would be lent; nothing where the request was refused.
    plan: Option<(Arc<Profile>, Vec<String>)>,
}

impl Launcher {
    pub(crate) fn client(vat: &SessionVat, grant: &Arc<Grant>) -> remote_service_runner::Client {
        capnp_rpc::new_client(Self { vat: vat.me(), grant: grant.clone() })
    }

    fn vat(&self) -> Result<Rc<SessionVat>, Denial> {
        self.vat.upgrade().ok_or_else(|| Code::StaleSession.into())
    }
}

impl remote_service_runner::Server for Launcher {
    async fn probe(
        self: Rc<Self>,
        params: remote_service_runner::ProbeParams,
        mut results: remote_service_runner::ProbeResults,
    ) -> Result<(), Error> {
        let vat = self.vat()?;
        let request = vat.parsed(parse(words::read(words::read(params.get())?.get_request())?, &vat))?;
        let runner = vat.gateway().services();
        let outcome = match vat.plan(runner.as_ref(), &request) {
            Ok(plan) => probed(&vat, runner.as_ref(), plan),
            Err(refused) => denied(&vat, runner.as_ref(), &request.service, refused.sentence),
        };
        write(&vat, &outcome, results.get().init_status());
        Ok(())
    }

    async fn start(
        self: Rc<Self>,
        params: remote_service_runner::StartParams,
        mut results: remote_service_runner::StartResults,
    ) -> Result<(), Error> {
        let vat = self.vat()?;
        let request = vat.parsed(parse(words::read(words::read(params.get())?.get_request())?, &vat))?;
        let outcome = start(&vat, &self.grant, &request).await?;
        write(&vat, &outcome, results.get().init_status());
        Ok(())
    }

    async fn attach(
        self: Rc<Self>,
        params: remote_service_runner::AttachParams,
        mut results: remote_service_runner::AttachResults,
    ) -> Result<(), Error> {
        let vat = self.vat()?;
        let service = parse_service(&vat, words::read(params.get())?.get_profile_id())?;
        // What it was started with, where it was: to attach again changes nothing of that.
        let grants = vat.launches().accepted(&service).map_or_else(Vec::new, |accepted| accepted.to_vec());
        let outcome = attach(&vat, &self.grant, &Request { service, grants }).await?;
        write(&vat, &outcome, results.get().init_status());
        Ok(())
    }

    async fn stop(
        self: Rc<Self>,
        params: remote_service_runner::StopParams,
        mut results: remote_service_runner::StopResults,
    ) -> Result<(), Error> {
        let vat = self.vat()?;
        let service = parse_service(&vat, words::read(params.get())?.get_profile_id())?;
        let outcome = stop(&vat, &service).await?;
        write(&vat, &outcome, results.get().init_status());
        Ok(())
    }
}

fn parse_service(vat: &SessionVat, id: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Denial> {
    vat.parsed(words::name(id, vat.gateway().limits()).map(str::to_owned))
}

fn parse(request: remote_service_launch_request::Reader<'_>, vat: &SessionVat) -> Result<Request, Denial> {
    let limits = vat.gateway().limits();
    let service = words::name(request.get_profile_id(), limits)?.to_owned();
    let names = words::read(request.get_grant_names())?;
    if names.len() > limits.launch_grants {
        return Err(Denial::new(Code::BadRequest, "the request names too many grants"));
    }
    let mut grants = Vec::new();
    for name in names {
        let name = words::name(name, limits)?.to_owned();
        if !grants.contains(&name) {
            grants.push(name);
        }
    }
    Ok(Request { service, grants })
}

/// What a start would do.
fn probed(vat: &SessionVat, runner: Option<&Runner>, plan: Plan) -> Outcome {
    let service = plan.profile.id.clone();
    let state = runner.map(|runner| runner.state(&service, &super::key(vat)));
    let (status, message) = match state {
        Some(State::Unavailable(why)) => (unlaunchable(&why), why.to_string()),
        Some(State::Startable) => ("ready", "the service can be started".to_owned()),
        Some(State::Attachable | State::Running) => ("running", "the service runs".to_owned()),
        None => ("unsupported", "this node runs no services".to_owned()),
    };
    let supported = is_supported(runner, &service);
    Outcome { service, status, supported, message, plan: Some((plan.profile, plan.accepted)) }
}

fn unlaunchable(why: &Unlaunchable) -> &'static str {
    match why {
        Unlaunchable::MissingBinary => "missingBinary",
        Unlaunchable::Sandbox(_) => "unsupported",
        Unlaunchable::Unknown
        | Unlaunchable::GivenUp(_)
        | Unlaunchable::Surroundings(_)
        | Unlaunchable::Requires(_) => "notLaunched",
    }
}

fn is_supported(runner: Option<&Runner>, service: &str) -> bool {
    runner.is_some_and(|runner| runner.launchable(service).is_ok())
}

fn denied(vat: &SessionVat, runner: Option<&Runner>, service: &str, sentence: &str) -> Outcome {
    // What the session may not know of is told like what there is not.
    let known = vat.offered(runner, service).is_ok();
    Outcome {
        service: service.to_owned(),
        status: "denied",
        supported: known && is_supported(runner, service),
        message: sentence.to_owned(),
        plan: None,
    }
}

async fn start(vat: &Rc<SessionVat>, by: &Grant, request: &Request) -> Result<Outcome, Denial> {
    let runner = vat.gateway().services();
    let (plan, runner) = match (vat.plan(runner.as_ref(), request), &runner) {
        (Ok(plan), Some(runner)) => (plan, runner),
        (Err(refused), _) => return refuse(vat, runner.as_ref(), request, "start", &refused),
        (Ok(_), None) => return Err(Code::Internal.into()),
    };
    let before = probed(vat, Some(runner), plan.clone());
    if !matches!(before.status, "ready" | "running") {
        return Ok(before);
    }
    // First the row, then what it tells of.
    record(vat, "service.launched", request, &plan.accepted).await?;
    let launching = Launching { vat: vat.clone(), runner: runner.clone(), key: super::key(vat) };
    let pseudonym = vat.session().pseudonym(&request.service);
    if let Err(denial) = runner.launch(&request.service, &launching.key, pseudonym).await {
        if denial.code == Code::Overloaded {
            vat.note(Bound::Services);
        }
        return Ok(Outcome { status: "notLaunched", message: denial.sentence.into_owned(), ..before });
    }
    enter(vat, by, runner, request, "start")
}

/// Takes what runs by now into the bundle. What speaks for it is asked again: time has passed.
fn enter(
    vat: &SessionVat,
    by: &Grant,
    runner: &Runner,
    request: &Request,
    action: &'static str,
) -> Result<Outcome, Denial> {
    vat.session().liveness().check()?;
    let plan = match vat.plan(Some(runner), request) {
        Ok(plan) => plan,
        Err(refused) => return refuse(vat, Some(runner), request, action, &refused),
    };
    if let Err(denial) = vat.enter(&plan, by) {
        return Ok(denied(vat, Some(runner), &request.service, &denial.sentence));
    }
    Ok(Outcome {
        service: request.service.clone(),
        status: "running",
        supported: true,
        message: "the service runs".to_owned(),
        plan: Some((plan.profile, plan.accepted)),
    })
}

async fn attach(vat: &Rc<SessionVat>, by: &Grant, request: &Request) -> Result<Outcome, Denial> {
    let runner = vat.gateway().services();
    let (plan, runner) = match (vat.plan(runner.as_ref(), request), &runner) {
        (Ok(plan), Some(runner)) => (plan, runner),
        (Err(refused), _) => return refuse(vat, runner.as_ref(), request, "attach", &refused),
        (Ok(_), None) => return Err(Code::Internal.into()),
    };
    let before = probed(vat, Some(runner), plan.clone());
    if before.status != "running" {
        let message = "the service does not run; start it".to_owned();
        let status = if before.status == "ready" { "notLaunched" } else { before.status };
        return Ok(Outcome {
            status,
            message: if status == before.status { before.message } else { message },
            ..before
        });
    }
    record(vat, "service.attached", request, &plan.accepted).await?;
    enter(vat, by, runner, request, "attach")
}

async fn stop(vat: &Rc<SessionVat>, service: &str) -> Result<Outcome, Denial> {
    let runner = vat.gateway().services();
    let request = Request { service: service.to_owned(), grants: Vec::new() };
    if vat.launches().accepted(service).is_none()
        && let Err(refused) = vat.offered(runner.as_ref(), service)
    {
        return refuse(vat, runner.as_ref(), &request, "stop", &refused);
    }
    // It stops whether or not that can be written down.
    vat.leave(service);
    vat.release(service);
    record(vat, "service.released", &request, &[]).await?;
    Ok(Outcome {
        service: service.to_owned(),
        status: "notLaunched",
        supported: is_supported(runner.as_ref(), service),
        message: "the session has nothing of the service any more".to_owned(),
        plan: None,
    })
}

/// A launch under way. One that nobody waits for, because its session has ended, leaves no process behind.
struct Launching {
    vat: Rc<SessionVat>,
    runner: Runner,
    key: SessionKey,
}

impl Drop for Launching {
    fn drop(&mut self) {
        if !self.vat.session().is_live() {
            self.runner.session_over(&self.key);
        }
    }
}

fn refuse(
    vat: &SessionVat,
    runner: Option<&Runner>,
    request: &Request,
    action: &'static str,
    refused: &Refused,
) -> Result<Outcome, Denial> {
    vat.note_refusal(|| event(vat, "service.refused", request).with("action", action).with("cause", refused.cause));
    Ok(denied(vat, runner, &request.service, refused.sentence))
}

/// Writes down what is about to be done; not more of it than the journal bears.
async fn record(vat: &SessionVat, kind: &'static str, request: &Request, grants: &[String]) -> Result<(), Denial> {
    if !vat.has_launch_row() {
        return Err(Denial::new(Code::TooManyCalls, "services are started and stopped too often; wait a little"));
    }
    let event = event(vat, kind, request).with("grants", grants.to_vec());
    vat.gateway().authority().audit().record(event).await.map_err(|error| error.denial())
}

/// Names in it are the client's own words, and cut.
fn event(vat: &SessionVat, kind: &'static str, request: &Request) -> Event {
    let context = vat.session().context();
    let service: String = request.service.chars().take(64).collect();
    let event = Event::new(kind).with("session", context.handle.to_string()).with("service", service);
    match &context.account {
        Some(account) => event.with("account", account.clone()),
        None => event,
    }
}

fn write(vat: &SessionVat, outcome: &Outcome, mut to: remote_service_launch_status::Builder<'_>) {
    to.set_profile_id(&outcome.service);
    to.set_status(outcome.status);
    to.set_launch_supported(outcome.supported);
    to.set_message(&outcome.message);
    let Some((profile, accepted)) = &outcome.plan else { return };
    entries::write_texts(accepted, |count| to.reborrow().init_accepted_grant_names(count));
    let exports = entries::launched(profile, vat.gateway().limits().catalog_entries);
    let mut list = to.init_exported_services(entries::length(exports.len()));
    for (export, at) in exports.into_iter().zip(0..) {
        entries::write_entry(vat, profile, export, list.reborrow().get(at));
    }
}

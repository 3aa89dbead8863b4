//! The grant `service_admin`.

use std::rc::Rc;

use capnp::Error;
use capos_authority::Event;
use capos_runner::{Instance, Line, Log, Runner, Status};
use capos_schema::services_capnp::{service_admin, service_instance, service_log_line, service_status};
use capos_schema::{Code, Denial};

use super::turn::Turns;
use super::{Office, bad, fit, length};
use crate::words;
use following::Following;

mod following;

/// Serves `ServiceAdmin`.
pub(crate) struct Services {
    office: Office,
    followings: Rc<Turns>,
}

#[derive(Clone, Copy)]
enum Act {
    Start,
    Stop,
    Restart,
}

impl Act {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

impl Services {
    pub(crate) fn client(office: Office) -> service_admin::Client {
        let followings = Turns::new(office.limits().followings);
        capnp_rpc::new_client(Self { office, followings })
    }

    fn runner(&self) -> Result<Runner, Denial> {
        let none = || Denial::new(Code::ServiceUnavailable, "this node runs no services");
        self.office.gateway.services().ok_or_else(none)
    }

    fn id(&self, id: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Denial> {
        words::name(id, self.office.limits()).map(str::to_owned)
    }

    fn log_of(&self, id: capnp::Result<capnp::text::Reader<'_>>) -> Result<Log, Denial> {
        self.runner()?.log(&self.id(id)?).ok_or_else(unknown)
    }

    /// Does it to its end, whatever becomes of the call. The journal tells of it first.
    async fn act(&self, act: Act, id: String) -> Result<Status, Denial> {
        let runner = self.runner()?;
        if runner.profile(&id).is_none() {
            return Err(unknown());
        }
        let event = Event::new("service.administered").with("service", id.clone()).with("action", act.as_str());
        let (event, audit) = (self.office.actor().on(event), self.office.authority().audit().clone());
        let work = async move {
            audit.record(event).await.map_err(super::refused)?;
            let done = match act {
                Act::Start => runner.admin_start(&id).await,
                Act::Stop => runner.admin_stop(&id).await,
                Act::Restart => runner.admin_restart(&id).await,
            };
            done.map_err(|error| refused(&error))?;
            runner.status(&id).ok_or_else(unknown)
        };
        tokio::spawn(work).await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }
}

fn unknown() -> Denial {
    bad("there is no service of that id")
}

/// An administrator may read the sentence; what the system said goes to the log.
fn refused(error: &capos_runner::Error) -> Denial {
    use capos_runner::Error::{Down, PerSession, Unknown};
    tracing::info!(%error, "a service was not administered as asked");
    match error {
        Unknown => unknown(),
        PerSession => bad("this service runs for each session by itself"),
        Down(_) => Denial::new(Code::ServiceUnavailable, "the service does not come up; its log tells why"),
        _ => Code::Internal.into(),
    }
}

fn write(status: &Status, mut to: service_status::Builder<'_>) {
    to.set_id(&status.id);
    to.set_label(&status.label);
    to.set_state(status.state);
    to.set_reason(&status.reason);
    to.set_isolation(status.isolation.as_str());
    for (mechanisms, missing) in [(&status.confinement, false), (&status.missing, true)] {
        let count = length(mechanisms.len());
        let mut list = if missing { to.reborrow().init_missing(count) } else { to.reborrow().init_confinement(count) };
        for (mechanism, at) in mechanisms.iter().zip(0..) {
            list.set(at, mechanism.as_str());
        }
    }
    let mut list = to.reborrow().init_inside(length(status.inside.len()));
    for (sentence, at) in status.inside.iter().zip(0..) {
        list.set(at, sentence);
    }
    let mut list = to.init_instances(length(status.instances.len()));
    for (instance, at) in status.instances.iter().zip(0..) {
        write_instance(instance, list.reborrow().get(at));
    }
}

fn write_instance(instance: &Instance, mut to: service_instance::Builder<'_>) {
    to.set_number(instance.number);
    to.set_session(instance.session.as_ref().map_or(&[][..], |session| &session.0));
    to.set_started_at_ms(instance.started_at_ms);
    to.set_restarts(instance.restarts);
    to.set_facets(instance.facets);
    let mut list = to.init_processes(length(instance.processes.len()));
    for (process, at) in instance.processes.iter().zip(0..) {
        let mut to = list.reborrow().get(at);
        to.set_name(&process.name);
        to.set_running(process.running);
        to.set_memory_bytes(process.memory_bytes);
        to.set_cpu_ms(process.cpu_ms);
    }
}

fn write_line(line: &Line, mut to: service_log_line::Builder<'_>) {
    to.set_sequence(line.sequence);
    to.set_at_ms(line.at_ms);
    to.set_process(&*line.process);
    to.set_stream(line.stream.as_str());
    to.set_text(&line.text);
}

/// What a line comes to in an answer.
fn size(line: &Line) -> usize {
    64 + line.process.len() + line.text.len()
}

impl service_admin::Server for Services {
    async fn list(
        self: Rc<Self>,
        _: service_admin::ListParams,
        mut results: service_admin::ListResults,
    ) -> Result<(), Error> {
        let statuses = self.runner()?.statuses();
        let mut list = results.get().init_services(length(statuses.len()));
        for (status, at) in statuses.iter().zip(0..) {
            write(status, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn start(
        self: Rc<Self>,
        params: service_admin::StartParams,
        mut results: service_admin::StartResults,
    ) -> Result<(), Error> {
        let status = self.act(Act::Start, self.id(words::read(params.get())?.get_id())?).await?;
        write(&status, results.get().init_status());
        Ok(())
    }

    async fn stop(
        self: Rc<Self>,
        params: service_admin::StopParams,
        mut results: service_admin::StopResults,
    ) -> Result<(), Error> {
        let status = self.act(Act::Stop, self.id(words::read(params.get())?.get_id())?).await?;
        write(&status, results.get().init_status());
        Ok(())
    }

    async fn restart(
        self: Rc<Self>,
        params: service_admin::RestartParams,
        mut results: service_admin::RestartResults,
    ) -> Result<(), Error> {
        let status = self.act(Act::Restart, self.id(words::read(params.get())?.get_id())?).await?;
        write(&status, results.get().init_status());
        Ok(())
    }

    async fn log(
        self: Rc<Self>,
        params: service_admin::LogParams,
        mut results: service_admin::LogResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let most = usize::try_from(params.get_most()).unwrap_or(usize::MAX).min(self.office.limits().log_lines);
        let mut lines = self.log_of(params.get_id())?.tail(most);
        // The latest are wanted: what does not fit is left out at the other end.
        lines.reverse();
        let (mut lines, _) = fit(lines, self.office.limits().answer_bytes, size);
        lines.reverse();
        let mut list = results.get().init_lines(length(lines.len()));
        for (line, at) in lines.iter().zip(0..) {
            write_line(line, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn follow(
        self: Rc<Self>,
        params: service_admin::FollowParams,
        mut results: service_admin::FollowResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let listener = params.get_listener().map_err(|_| bad("there is no listener"))?;
        let log = self.log_of(params.get_id())?;
        let too_many = || Denial::new(Code::QuotaExceeded, "too many followings at once; drop one first");
        let turn = self.followings.take().ok_or_else(too_many)?;
        results.get().set_follow(Following::client(log.follow(), listener, self.office.session.clone(), turn));
        Ok(())
    }
}

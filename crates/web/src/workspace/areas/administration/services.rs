//! The services that the node runs.

mod log;

use std::rc::Rc;

use capos_schema::services_capnp::{service_admin, service_instance, service_status};
use serde::Deserialize;

use super::words::{line, placeless};
use super::{AdministrationArea, SERVICES};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::view::{Text, shown};

pub(super) use log::Logs;

shown! {
    /// All services.
    struct Services {
        /// In the order of their names.
        services: Vec<ServiceView>,
    }

    /// One profile and what runs of it.
    struct ServiceView {
        /// Its stable name.
        name: Text,
        /// Its title.
        label: Text,
        /// How it stands.
        state: Text,
        /// Why, where that needs a reason.
        reason: Text,
        /// Whether each session has its own.
        each_session: bool,
        /// What its processes are confined by.
        confinement: Vec<Text>,
        /// What it does without, because the machine does not have it.
        missing: Vec<Text>,
        /// What runs, oldest first.
        instances: Vec<InstanceView>,
    }

    /// One running graph of processes.
    struct InstanceView {
        /// When it was started.
        started_at_ms: u64,
        /// How often it was started again.
        restarts: u32,
        /// What sessions hold of it.
        facets: u32,
        /// Its processes.
        processes: Vec<ProcessView>,
    }

    /// One process.
    struct ProcessView {
        /// Its name in the profile.
        name: Text,
        /// Whether it runs.
        running: bool,
        /// What it holds in memory; 0 where that cannot be told.
        memory_bytes: u64,
        /// Processor time it has used; 0 where that cannot be told.
        cpu_ms: u64,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    service: String,
}

impl AdministrationArea {
    pub(super) async fn show_services(self: &Rc<Self>) {
        let Ok(admin) = self.grant::<service_admin::Client>().await else { return };
        let read = async {
            let answer = admin.list_request().send().promise.await?;
            let services = answer.get()?.get_services()?.iter().map(service_view).collect::<capnp::Result<_>>()?;
            capnp::Result::Ok(Services { services })
        };
        if let Ok(services) = read.await {
            self.core.board.put_wanted(SERVICES, &services);
        }
    }

    pub(super) async fn run_service(&self, command: &Command) -> Outcome {
        let Which { service } = command.read()?;
        let admin: service_admin::Client = self.grant().await?;
        match command.name.as_str() {
            "startService" => {
                let mut request = admin.start_request();
                request.get().set_id(&service);
                request.send().promise.await.map(drop)
            }
            "stopService" => {
                let mut request = admin.stop_request();
                request.get().set_id(&service);
                request.send().promise.await.map(drop)
            }
            _ => {
                let mut request = admin.restart_request();
                request.get().set_id(&service);
                request.send().promise.await.map(drop)
            }
        }
        .map_err(self.judge("service_admin"))?;
        Ok(Reply::done())
    }
}

fn service_view(from: service_status::Reader<'_>) -> capnp::Result<ServiceView> {
    Ok(ServiceView {
        name: line(from.get_id())?,
        label: line(from.get_label())?,
        state: line(from.get_state())?,
        reason: placeless(from.get_reason())?,
        each_session: from.get_isolation()?.to_str()? == "session",
        confinement: from.get_confinement()?.iter().map(placeless).collect::<capnp::Result<_>>()?,
        missing: from.get_missing()?.iter().map(placeless).collect::<capnp::Result<_>>()?,
        instances: from.get_instances()?.iter().map(instance_view).collect::<capnp::Result<_>>()?,
    })
}

fn instance_view(from: service_instance::Reader<'_>) -> capnp::Result<InstanceView> {
    let processes = from.get_processes()?.iter().map(|process| {
        Ok(ProcessView {
            name: line(process.get_name())?,
            running: process.get_running(),
            memory_bytes: process.get_memory_bytes(),
            cpu_ms: process.get_cpu_ms(),
        })
    });
    Ok(InstanceView {
        started_at_ms: from.get_started_at_ms(),
        restarts: from.get_restarts(),
        facets: from.get_facets(),
        processes: processes.collect::<capnp::Result<_>>()?,
    })
}

//! The services of one node.

use std::path::PathBuf;
use std::sync::Arc;

use capos_sandbox::Zygote;
use capos_schema::Denial;

use crate::error::Error;
use crate::limits::Limits;
use crate::log::Log;
use crate::opening::{Opened, Opening, SessionKey};
use crate::profile::Profile;
use crate::profiles::Profiles;
use crate::status::{State, Status, Unlaunchable};
use crate::witness::Witness;

/// Where a runner keeps things, and what it may cost.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Homes and logs of services.
    pub data: PathBuf,
    /// Where services' sockets are; made with mode 0700.
    pub sockets: PathBuf,
    /// The executable that bundled services are compiled into.
    pub bundled: PathBuf,
    /// Bounds.
    pub limits: Limits,
}

/// Runs services. Clones are the same runner; it can be used from any thread.
#[derive(Clone)]
pub struct Runner(Arc<()>);

impl Runner {
    /// A runner that runs nothing yet.
    pub fn new(
        _settings: Settings,
        _zygote: Zygote,
        _profiles: Profiles,
        _witness: Arc<dyn Witness>,
    ) -> Result<Runner, Error> {
        unimplemented!()
    }

    /// Starts what starts with the node. It does not wait for it.
    pub fn start(&self) {
        unimplemented!()
    }

    /// Replaces the profiles: what changed is drained and started again where it ran, what is gone is stopped.
    pub fn set_profiles(&self, _profiles: Profiles) {
        unimplemented!()
    }

    /// The profiles at this moment.
    #[must_use]
    pub fn profiles(&self) -> Arc<Profiles> {
        unimplemented!()
    }

    /// One profile at this moment.
    #[must_use]
    pub fn profile(&self, _id: &str) -> Option<Arc<Profile>> {
        unimplemented!()
    }

    /// What a service is to a session. Changes nothing.
    #[must_use]
    pub fn state(&self, _id: &str, _session: &SessionKey) -> State {
        unimplemented!()
    }

    /// Whether it could be started. Changes nothing.
    pub fn launchable(&self, _id: &str) -> Result<(), Unlaunchable> {
        unimplemented!()
    }

    /// Has a service run and be ready, with all that it needs. A call that is dropped leaves nothing half done.
    pub async fn launch(&self, _id: &str, _session: &SessionKey) -> Result<(), Denial> {
        unimplemented!()
    }

    /// A facet for one session, on a vat thread; a promised one at once, which breaks where there is none to be had.
    #[must_use]
    pub fn open(&self, _opening: Opening) -> Opened {
        unimplemented!()
    }

    /// Ends the process that a service runs for this session alone, if there is one.
    pub fn release(&self, _id: &str, _session: &SessionKey) {
        unimplemented!()
    }

    /// The session is over: what runs for it alone ends within a second.
    pub fn session_over(&self, _session: &SessionKey) {
        unimplemented!()
    }

    /// All services, in the order of their ids, for administrators.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        unimplemented!()
    }

    /// One service, for administrators.
    #[must_use]
    pub fn status(&self, _id: &str) -> Option<Status> {
        unimplemented!()
    }

    /// What a service has written, for administrators.
    #[must_use]
    pub fn log(&self, _id: &str) -> Option<Log> {
        unimplemented!()
    }

    /// Starts a shared service, also one that was given up, and waits until it is ready.
    pub async fn admin_start(&self, _id: &str) -> Result<(), Error> {
        unimplemented!()
    }

    /// Ends every process of a service.
    pub async fn admin_stop(&self, _id: &str) -> Result<(), Error> {
        unimplemented!()
    }

    /// Stops it and starts it.
    pub async fn admin_restart(&self, _id: &str) -> Result<(), Error> {
        unimplemented!()
    }

    /// Drains everything, then kills it. Nothing is left when it returns, and nothing starts any more.
    pub async fn shut_down(&self) {
        unimplemented!()
    }
}

//! SIGHUP: what can be changed in a running node is, and the rest is told.

use capos_rpc::ServerTls;
use capos_runner::Profiles;

use super::{Node, face, service_manager, settings};
use crate::config::settings::Effect;
use crate::config::{Effective, Faults, certificates, profiles};

impl Node {
    /// Reads the configuration again. A bad one changes nothing.
    pub(super) async fn reload(&mut self) {
        service_manager::reloading();
        let order = &self.order;
        match Effective::load(order.arguments.node.config.as_deref(), &order.flags) {
            Ok(effective) => match read_files(&effective) {
                Ok((profiles, certificate)) => self.apply(effective, profiles, certificate).await,
                Err(faults) => refuse(&faults),
            },
            Err(faults) => refuse(&faults),
        }
        service_manager::ready(&self.summary.status());
    }

    async fn apply(&mut self, effective: Effective, profiles: Profiles, certificate: Option<ServerTls>) {
        for changed in self.order.effective.changed(&effective) {
            match changed.effect {
                Effect::Reload => tracing::info!(setting = changed.key, "changed"),
                Effect::Restart => {}
            }
        }
        let waiting = self.at_start.changed(&effective).into_iter().filter(|changed| changed.effect == Effect::Restart);
        waiting.for_each(|changed| tracing::warn!(setting = changed.key, "will change when the node is restarted"));
        let config = &effective.config;
        self.gateway.set_face(face(config));
        tell_services(&self.services.runner().profiles(), &profiles);
        self.services.runner().set_profiles(profiles);
        // Clients learn from the gateway which interfaces there are.
        self.gateway.set_services(self.services.runner().clone());
        self.gateway.set_connection_limits(config.limits.connection.clone());
        self.base.authority.reload(settings(config, self.base.identity.fingerprint()));
        if let Err(error) = self.base.store.grow(config.limits.store.database_bytes).await {
            tracing::error!(%error, "the size of the database could not be bounded");
        }
        match self.base.https(certificate) {
            Ok(tls) => self.web.show(&tls),
            Err(error) => tracing::error!(%error, "the certificate for HTTPS could not be changed"),
        }
        self.order.logs.set_level(config.log.level);
        self.order.effective = effective;
        tracing::info!("the configuration was read again");
    }
}

/// What the configuration leads to.
fn read_files(effective: &Effective) -> Result<(Profiles, Option<ServerTls>), Faults> {
    Ok((profiles::read(&effective.config)?, certificates::read(&effective.config)?))
}

/// Which services are other ones from now on.
fn tell_services(before: &Profiles, after: &Profiles) {
    for profile in after.iter() {
        match before.get(&profile.id) {
            None => tracing::info!(service = profile.id, "a service is new"),
            Some(known) if known != profile => tracing::info!(service = profile.id, "a service has changed"),
            Some(_) => {}
        }
    }
    for gone in before.iter().filter(|profile| after.get(&profile.id).is_none()) {
        tracing::info!(service = gone.id, "a service is gone");
    }
}

fn refuse(faults: &Faults) {
    faults.iter().for_each(|fault| tracing::error!("{fault}"));
    tracing::error!("the configuration stays as it was");
}

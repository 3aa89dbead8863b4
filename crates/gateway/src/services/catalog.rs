//! The grant `services`.

use std::rc::{Rc, Weak};

use capnp::Error;
use capos_schema::Code;
use capos_schema::catalog_capnp::remote_service_catalog;

use super::entries;
use crate::session_vat::SessionVat;

/// Serves `RemoteServiceCatalog`.
pub(crate) struct Catalog(Weak<SessionVat>);

impl Catalog {
    pub(crate) fn client(vat: &SessionVat) -> remote_service_catalog::Client {
        capnp_rpc::new_client(Self(vat.me()))
    }
}

impl remote_service_catalog::Server for Catalog {
    async fn list(
        self: Rc<Self>,
        _: remote_service_catalog::ListParams,
        mut results: remote_service_catalog::ListResults,
    ) -> Result<(), Error> {
        let vat = self.0.upgrade().ok_or(Code::StaleSession)?;
        let Some(runner) = vat.gateway().services() else { return Ok(()) };
        let all = runner.profiles();
        let mine = &vat.session().context().profile;
        let offered = all.iter().filter(|profile| profile.offered.contains(mine));
        let offered: Vec<_> = offered.take(vat.gateway().limits().catalog_profiles).collect();
        let mut list = results.get().init_profiles(entries::length(offered.len()));
        for (profile, at) in offered.iter().zip(0..) {
            let state = super::state(&vat, &runner, &profile.id);
            entries::write_profile(profile, &state, list.reborrow().get(at));
        }
        Ok(())
    }
}

//! What a client holds of its session: the session itself, and its bundle.

use std::rc::Rc;

use capnp::Error;
use capos_schema::session_capnp::{remote_cap_set, remote_session};

use crate::info;
use crate::session_vat::SessionVat;
use crate::words;

/// Serves `RemoteSession`.
pub(crate) struct OwnRemoteSession {
    vat: Rc<SessionVat>,
    bundle: remote_cap_set::Client,
}

impl OwnRemoteSession {
    pub(crate) fn client(vat: &Rc<SessionVat>) -> remote_session::Client {
        let bundle = capnp_rpc::new_client(Bundle { vat: vat.clone() });
        capnp_rpc::new_client(Self { vat: vat.clone(), bundle })
    }
}

impl remote_session::Server for OwnRemoteSession {
    async fn info(
        self: Rc<Self>,
        _: remote_session::InfoParams,
        mut results: remote_session::InfoResults,
    ) -> Result<(), Error> {
        info::write(self.vat.session(), results.get().init_info());
        Ok(())
    }

    async fn cap_set(
        self: Rc<Self>,
        _: remote_session::CapSetParams,
        mut results: remote_session::CapSetResults,
    ) -> Result<(), Error> {
        results.get().set_caps(self.bundle.clone());
        Ok(())
    }

    async fn renew(
        self: Rc<Self>,
        params: remote_session::RenewParams,
        mut results: remote_session::RenewResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let limits = self.vat.gateway().limits();
        let proof = self.vat.parsed(words::secret(params.get_proof(), limits))?;
        self.vat.session().renew(proof, params.get_requested_duration_ms()).await?;
        results.get().set_session(capnp_rpc::new_client_from_rc(self));
        Ok(())
    }

    /// The membrane's watch ends the session, once this call has its answer.
    async fn logout(
        self: Rc<Self>,
        _: remote_session::LogoutParams,
        _: remote_session::LogoutResults,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// Serves `RemoteCapSet`.
struct Bundle {
    vat: Rc<SessionVat>,
}

impl remote_cap_set::Server for Bundle {
    async fn list(
        self: Rc<Self>,
        _: remote_cap_set::ListParams,
        mut results: remote_cap_set::ListResults,
    ) -> Result<(), Error> {
        let bundle = self.vat.bundle();
        let mut entries = results.get().init_entries(u32::try_from(bundle.len()).unwrap_or(u32::MAX));
        for (grant, place) in bundle.iter().zip(0..) {
            let mut entry = entries.reborrow().get(place);
            entry.set_name(&grant.name);
            entry.set_interface_id(grant.interface_id);
            entry.set_transfer_policy(grant.transfer.as_str());
            entry.set_lease_expires_at_ms(grant.lease_expires_at_ms);
        }
        Ok(())
    }

    async fn get(
        self: Rc<Self>,
        params: remote_cap_set::GetParams,
        mut results: remote_cap_set::GetResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let limits = self.vat.gateway().limits();
        let name = self.vat.parsed(words::name(params.get_name(), limits))?;
        let object = self.vat.take(name, params.get_expected_interface_id())?;
        results.get().get_cap().set_as_capability(object.hook);
        Ok(())
    }
}

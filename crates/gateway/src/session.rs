//! What a client holds of its session: the session itself, and its bundle.

use std::rc::Rc;

use capnp::Error;
use capnp::traits::HasTypeId as _;
use capos_authority::{Actor, EndReason};
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_schema::{Code, Denial};

use crate::admin::{parse_handle, whole};
use crate::info;
use crate::session_vat::SessionVat;
use crate::sign_in::{Minted, carry};
use crate::words;

/// `RemoteSession.enter`.
const ENTER: (u64, u16) = (remote_session::Client::TYPE_ID, 8);

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

    async fn watch(
        self: Rc<Self>,
        params: remote_session::WatchParams,
        mut results: remote_session::WatchResults,
    ) -> Result<(), Error> {
        let none = |_| Denial::new(Code::BadRequest, "there is no listener");
        let listener = words::read(params.get())?.get_listener().map_err(none)?;
        results.get().set_watch(self.vat.listen(listener)?);
        Ok(())
    }

    async fn others(
        self: Rc<Self>,
        _: remote_session::OthersParams,
        mut results: remote_session::OthersResults,
    ) -> Result<(), Error> {
        let mut others = self.vat.session().others();
        others.truncate(self.vat.gateway().limits().own_entries);
        let mut list = results.get().init_sessions(words::length(others.len()));
        for (other, at) in others.iter().zip(0..) {
            info::write_own(other, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn end_other(
        self: Rc<Self>,
        params: remote_session::EndOtherParams,
        mut results: remote_session::EndOtherResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let handle = parse_handle(words::read(params.get_session())?)?;
        let limits = self.vat.gateway().limits();
        let note = self.vat.parsed(words::text(params.get_reason(), limits.note_bytes))?.to_owned();
        let session = self.vat.session().clone();
        let ended = whole(async move { session.end_other(&handle, &note).await }).await?;
        results.get().set_ended(ended);
        Ok(())
    }

    async fn profiles(
        self: Rc<Self>,
        _: remote_session::ProfilesParams,
        mut results: remote_session::ProfilesResults,
    ) -> Result<(), Error> {
        let mut choices = self.vat.session().profiles().await;
        choices.truncate(self.vat.gateway().limits().own_entries);
        let mut list = results.get().init_profiles(words::length(choices.len()));
        for (choice, at) in choices.iter().zip(0..) {
            let mut to = list.reborrow().get(at);
            to.set_name(&choice.name);
            to.set_label(&choice.label);
            to.set_current(choice.current);
        }
        Ok(())
    }

    /// The membrane's watch ends this session, once this call has its answer.
    async fn enter(
        self: Rc<Self>,
        params: remote_session::EnterParams,
        mut results: remote_session::EnterResults,
    ) -> Result<(), Error> {
        let limits = self.vat.gateway().limits();
        let profile = self.vat.parsed(words::name(words::read(params.get())?.get_profile(), limits))?.to_owned();
        let connection = self.vat.connection()?;
        let session = self.vat.session().clone();
        let entered = carry(async move { session.enter(&profile).await.map(Minted::new) }).await.flatten()?;
        results.get().set_session(connection.seat_in_place_of(&self.vat, entered)?);
        let context = self.vat.session().context();
        let actor = Actor { session: Some(context.handle), account: context.account.clone() };
        self.vat.leaving().ask(ENTER, EndReason::ProfileEntered, actor, "");
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

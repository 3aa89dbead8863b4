//! The grant `accounts`. Once begun, the authority brings a change to its end, although the call may end before.

mod wire;

use std::rc::Rc;

use capnp::Error;
use capos_authority::Admin;
use capos_schema::accounts_capnp::account_admin as wire_admin;
use capos_schema::{Code, Denial};

use super::{Office, fit, length, refused};
use crate::words;

/// Serves `AccountAdmin`.
pub(crate) struct Accounts(Office);

impl Accounts {
    pub(crate) fn client(office: Office) -> wire_admin::Client {
        capnp_rpc::new_client(Self(office))
    }

    fn admin(&self) -> Admin {
        self.0.authority().admin()
    }

    fn name(&self, text: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Denial> {
        words::name(text, self.0.limits()).map(str::to_owned)
    }

    /// Bounds what has no pages.
    fn all<T>(&self, all: Vec<T>, size: impl Fn(&T) -> usize) -> Result<Vec<T>, Denial> {
        match fit(all, self.0.limits().answer_bytes, size) {
            (all, false) => Ok(all),
            (_, true) => Err(Denial::new(Code::QuotaExceeded, "there are more than one answer holds")),
        }
    }
}

impl wire_admin::Server for Accounts {
    async fn list(
        self: Rc<Self>,
        params: wire_admin::ListParams,
        mut results: wire_admin::ListResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let after = self.name(params.get_after())?;
        let limit = params.get_limit().into();
        let page = self.admin().list(&after, limit).await.map_err(refused)?;
        let (accounts, cut) = fit(page.accounts, self.0.limits().answer_bytes, wire::size_of_account);
        let mut results = results.get();
        results.set_more(page.more || cut);
        let mut list = results.init_accounts(length(accounts.len()));
        for (account, at) in accounts.iter().zip(0..) {
            wire::write_account(account, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn get(
        self: Rc<Self>,
        params: wire_admin::GetParams,
        mut results: wire_admin::GetResults,
    ) -> Result<(), Error> {
        let name = self.name(words::read(params.get())?.get_name())?;
        let account = self.admin().get(&name).await.map_err(refused)?;
        wire::write_account(&account, results.get().init_account());
        Ok(())
    }

    async fn create(
        self: Rc<Self>,
        params: wire_admin::CreateParams,
        mut results: wire_admin::CreateResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let name = self.name(params.get_name())?;
        let draft = wire::read_draft(words::read(params.get_account())?, self.0.limits())?;
        let (admin, actor) = (self.admin(), self.0.actor());
        let account = admin.create(&name, draft, &actor).await.map_err(refused)?;
        wire::write_account(&account, results.get().init_account());
        Ok(())
    }

    async fn update(
        self: Rc<Self>,
        params: wire_admin::UpdateParams,
        mut results: wire_admin::UpdateResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (name, revision) = (self.name(params.get_name())?, params.get_revision());
        let draft = wire::read_draft(words::read(params.get_account())?, self.0.limits())?;
        let (admin, actor) = (self.admin(), self.0.actor());
        let account = admin.update(&name, revision, draft, &actor).await.map_err(refused)?;
        wire::write_account(&account, results.get().init_account());
        Ok(())
    }

    async fn remove(
        self: Rc<Self>,
        params: wire_admin::RemoveParams,
        _: wire_admin::RemoveResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (name, revision) = (self.name(params.get_name())?, params.get_revision());
        let (admin, actor) = (self.admin(), self.0.actor());
        Ok(admin.remove(&name, revision, &actor).await.map_err(refused)?)
    }

    async fn set_password(
        self: Rc<Self>,
        params: wire_admin::SetPasswordParams,
        mut results: wire_admin::SetPasswordResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (name, one_time) = (self.name(params.get_name())?, params.get_one_time());
        let password = words::secret(params.get_password(), self.0.limits())?;
        let (admin, actor) = (self.admin(), self.0.actor());
        let account = admin.set_password(&name, password, one_time, &actor).await.map_err(refused)?;
        wire::write_account(&account, results.get().init_account());
        Ok(())
    }

    async fn remove_password(
        self: Rc<Self>,
        params: wire_admin::RemovePasswordParams,
        mut results: wire_admin::RemovePasswordResults,
    ) -> Result<(), Error> {
        let name = self.name(words::read(params.get())?.get_name())?;
        let (admin, actor) = (self.admin(), self.0.actor());
        let account = admin.remove_password(&name, &actor).await.map_err(refused)?;
        wire::write_account(&account, results.get().init_account());
        Ok(())
    }

    async fn add_key(
        self: Rc<Self>,
        params: wire_admin::AddKeyParams,
        mut results: wire_admin::AddKeyResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let name = self.name(params.get_name())?;
        let line = words::text(params.get_key(), self.0.limits().response_bytes)?.to_owned();
        let (admin, actor) = (self.admin(), self.0.actor());
        let account = admin.add_key(&name, &line, &actor).await.map_err(refused)?;
        wire::write_account(&account, results.get().init_account());
        Ok(())
    }

    async fn remove_key(
        self: Rc<Self>,
        params: wire_admin::RemoveKeyParams,
        mut results: wire_admin::RemoveKeyResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (name, fingerprint) = (self.name(params.get_name())?, self.name(params.get_fingerprint())?);
        let (admin, actor) = (self.admin(), self.0.actor());
        let account = admin.remove_key(&name, &fingerprint, &actor).await.map_err(refused)?;
        wire::write_account(&account, results.get().init_account());
        Ok(())
    }

    async fn roles(
        self: Rc<Self>,
        _: wire_admin::RolesParams,
        mut results: wire_admin::RolesResults,
    ) -> Result<(), Error> {
        let roles = self.admin().roles().await.map_err(refused)?;
        let roles = self.all(roles, wire::size_of_role)?;
        let mut list = results.get().init_roles(length(roles.len()));
        for (role, at) in roles.iter().zip(0..) {
            wire::write_role(role, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn put_role(
        self: Rc<Self>,
        params: wire_admin::PutRoleParams,
        mut results: wire_admin::PutRoleResults,
    ) -> Result<(), Error> {
        let role = wire::read_role(words::read(words::read(params.get())?.get_role())?, self.0.limits())?;
        let (admin, actor) = (self.admin(), self.0.actor());
        let role = admin.put_role(role, &actor).await.map_err(refused)?;
        wire::write_role(&role, results.get().init_role());
        Ok(())
    }

    async fn remove_role(
        self: Rc<Self>,
        params: wire_admin::RemoveRoleParams,
        _: wire_admin::RemoveRoleResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (name, revision) = (self.name(params.get_name())?, params.get_revision());
        let (admin, actor) = (self.admin(), self.0.actor());
        Ok(admin.remove_role(&name, revision, &actor).await.map_err(refused)?)
    }

    async fn profiles(
        self: Rc<Self>,
        _: wire_admin::ProfilesParams,
        mut results: wire_admin::ProfilesResults,
    ) -> Result<(), Error> {
        let profiles = self.admin().profiles().await.map_err(refused)?;
        let profiles = self.all(profiles, wire::size_of_profile)?;
        let mut list = results.get().init_profiles(length(profiles.len()));
        for (profile, at) in profiles.iter().zip(0..) {
            wire::write_profile(profile, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn put_profile(
        self: Rc<Self>,
        params: wire_admin::PutProfileParams,
        mut results: wire_admin::PutProfileResults,
    ) -> Result<(), Error> {
        let profile = wire::read_profile(words::read(words::read(params.get())?.get_profile())?, self.0.limits())?;
        let (admin, actor) = (self.admin(), self.0.actor());
        let profile = admin.put_profile(profile, &actor).await.map_err(refused)?;
        wire::write_profile(&profile, results.get().init_profile());
        Ok(())
    }

    async fn remove_profile(
        self: Rc<Self>,
        params: wire_admin::RemoveProfileParams,
        _: wire_admin::RemoveProfileResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (name, revision) = (self.name(params.get_name())?, params.get_revision());
        let (admin, actor) = (self.admin(), self.0.actor());
        Ok(admin.remove_profile(&name, revision, &actor).await.map_err(refused)?)
    }
}

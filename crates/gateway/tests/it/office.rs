//! Somebody who runs the node, at work.

use capos_schema::accounts_capnp::{account, account_admin};
use capos_schema::audit_capnp::audit_log;
use capos_schema::sessions_capnp::session_admin;
use capos_schema::{accounts_capnp, identity_capnp};

use capos_authority::PrincipalKind;

use crate::client::{Held, Line};
use crate::node::Node;

/// An operator's session, and what it administers with.
pub(crate) struct Office {
    _line: Line,
    pub(crate) held: Held,
    pub(crate) accounts: account_admin::Client,
    pub(crate) sessions: session_admin::Client,
    pub(crate) audit: audit_log::Client,
}

/// What is held of a live session's grant.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) interface: String,
    pub(crate) ended: String,
    pub(crate) origin: String,
    pub(crate) calls: u64,
    /// Number, parent, the method it came by, and whether it is a callback.
    pub(crate) references: Vec<(u64, u64, String, bool)>,
}

impl Office {
    /// The account `root`, made and signed in.
    pub(crate) async fn open(node: &Node) -> Self {
        node.account("root", PrincipalKind::Operator, &["operator"], "operator").await;
        Self::signed_in(node, "root").await
    }

    pub(crate) async fn signed_in(node: &Node, account: &str) -> Self {
        let (line, held) = Line::signed_in(node, account).await;
        let accounts = held.get_as("accounts").await.expect("granted");
        let sessions = held.get_as("sessions").await.expect("granted");
        let audit = held.get_as("audit").await.expect("granted");
        Self { _line: line, held, accounts, sessions, audit }
    }

    /// Makes an account with these roles; gives its revision.
    pub(crate) async fn create(&self, name: &str, roles: &[&str], profile: &str) -> capnp::Result<u64> {
        let mut request = self.accounts.create_request();
        request.get().set_name(name);
        describe(request.get().init_account(), roles, profile);
        let response = request.send().promise.await?;
        Ok(response.get()?.get_account()?.get_revision())
    }

    /// Gives it a state, from a revision on.
    pub(crate) async fn update(
        &self,
        name: &str,
        revision: u64,
        state: accounts_capnp::AccountState,
    ) -> capnp::Result<u64> {
        let mut request = self.accounts.update_request();
        request.get().set_name(name);
        request.get().set_revision(revision);
        let mut account = request.get().init_account();
        describe(account.reborrow(), &["tester"], "lab");
        account.set_state(state);
        let response = request.send().promise.await?;
        Ok(response.get()?.get_account()?.get_revision())
    }

    pub(crate) async fn set_password(&self, name: &str, password: &str) -> capnp::Result<bool> {
        let mut request = self.accounts.set_password_request();
        request.get().set_name(name);
        request.get().set_password(password.as_bytes());
        let response = request.send().promise.await?;
        Ok(response.get()?.get_account()?.get_has_password())
    }

    /// Name and revision of an account.
    pub(crate) async fn account<T>(&self, name: &str, see: impl FnOnce(account::Reader<'_>) -> T) -> capnp::Result<T> {
        let mut request = self.accounts.get_request();
        request.get().set_name(name);
        let response = request.send().promise.await?;
        Ok(see(response.get()?.get_account()?))
    }

    /// Names of accounts, and whether there are more.
    pub(crate) async fn names(&self, after: &str, limit: u16) -> capnp::Result<(Vec<String>, bool)> {
        let mut request = self.accounts.list_request();
        request.get().set_after(after);
        request.get().set_limit(limit);
        let response = request.send().promise.await?;
        let response = response.get()?;
        let names = response.get_accounts()?.iter().map(|account| Ok(account.get_name()?.to_string()?));
        Ok((names.collect::<capnp::Result<_>>()?, response.get_more()))
    }

    /// Changes what a profile gives.
    pub(crate) async fn put_profile(&self, name: &str, revision: u64, definition: &str) -> capnp::Result<()> {
        let mut request = self.accounts.put_profile_request();
        let mut profile = request.get().init_profile();
        profile.set_name(name);
        profile.set_definition(definition);
        profile.set_revision(revision);
        request.send().promise.await.map(drop)
    }

    /// Definition and revision of a profile.
    pub(crate) async fn profile(&self, name: &str) -> (String, u64) {
        let response = self.accounts.profiles_request().send().promise.await.expect("profiles");
        let profiles = response.get().expect("a sound answer").get_profiles().expect("a sound answer");
        let found =
            profiles.iter().find(|profile| profile.get_name().expect("a sound answer") == name).expect("it is there");
        (found.get_definition().expect("a sound answer").to_string().expect("a sound answer"), found.get_revision())
    }

    /// Handles, accounts and whether it is one's own, of live sessions.
    pub(crate) async fn live(&self, after: &[u8], limit: u16) -> capnp::Result<(Vec<(Vec<u8>, String, bool)>, bool)> {
        let mut request = self.sessions.list_request();
        request.get().set_after(after);
        request.get().set_limit(limit);
        let response = request.send().promise.await?;
        let response = response.get()?;
        let session = |session: capos_schema::sessions_capnp::live_session::Reader<'_>| {
            let handle = session.get_info()?.get_session_id()?.to_vec();
            Ok((handle, session.get_account()?.to_string()?, session.get_own()))
        };
        let sessions = response.get_sessions()?.iter().map(session).collect::<capnp::Result<_>>()?;
        Ok((sessions, response.get_more()))
    }

    /// What a session holds.
    pub(crate) async fn grants(&self, session: &[u8]) -> capnp::Result<Vec<Listed>> {
        let mut request = self.sessions.grants_request();
        request.get().set_session(session);
        let response = request.send().promise.await?;
        let grants = response.get()?.get_grants()?;
        grants.iter().map(listed).collect()
    }

    pub(crate) async fn grant(&self, session: &[u8], name: &str) -> Listed {
        let grants = self.grants(session).await.expect("a live session");
        grants.into_iter().find(|grant| grant.name == name).expect("it is in the bundle")
    }

    pub(crate) async fn end(&self, session: &[u8], reason: &str) -> capnp::Result<()> {
        let mut request = self.sessions.end_request();
        request.get().set_session(session);
        request.get().set_reason(reason);
        request.send().promise.await.map(drop)
    }

    pub(crate) async fn end_account(&self, account: &str) -> capnp::Result<u32> {
        let mut request = self.sessions.end_account_request();
        request.get().set_account(account);
        Ok(request.send().promise.await?.get()?.get_ended())
    }

    pub(crate) async fn revoke_grant(&self, session: &[u8], grant: &str) -> capnp::Result<()> {
        let mut request = self.sessions.revoke_grant_request();
        request.get().set_session(session);
        request.get().set_grant(grant);
        request.get().set_reason("enough");
        request.send().promise.await.map(drop)
    }

    pub(crate) async fn revoke_reference(&self, session: &[u8], grant: &str, reference: u64) -> capnp::Result<()> {
        let mut request = self.sessions.revoke_reference_request();
        request.get().set_session(session);
        request.get().set_grant(grant);
        request.get().set_reference(reference);
        request.get().set_reason("astray");
        request.send().promise.await.map(drop)
    }
}

fn listed(grant: capos_schema::sessions_capnp::live_grant::Reader<'_>) -> capnp::Result<Listed> {
    let reference = |reference: capos_schema::sessions_capnp::live_reference::Reader<'_>| {
        let via = reference.get_via_method()?.to_string()?;
        Ok((reference.get_number(), reference.get_parent(), via, reference.get_callback()))
    };
    Ok(Listed {
        name: grant.get_name()?.to_string()?,
        interface: grant.get_interface_name()?.to_string()?,
        ended: grant.get_ended()?.to_string()?,
        origin: grant.get_origin()?.to_string()?,
        calls: grant.get_calls(),
        references: grant.get_references()?.iter().map(reference).collect::<capnp::Result<_>>()?,
    })
}

fn describe(mut account: accounts_capnp::account_change::Builder<'_>, roles: &[&str], profile: &str) {
    account.set_display_name("Somebody");
    account.set_kind(identity_capnp::PrincipalKind::Human);
    account.set_default_profile(profile);
    let mut list = account.init_roles(u32::try_from(roles.len()).expect("a sound answer"));
    for (role, at) in roles.iter().zip(0..) {
        list.set(at, role);
    }
}

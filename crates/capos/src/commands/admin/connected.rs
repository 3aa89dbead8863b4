//! Administration through the capabilities of a session.

mod accounts;
mod journal;
mod sessions;

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_schema::{accounts_capnp, audit_capnp, identity_capnp, sessions_capnp};

use super::inside::Services;
use super::model::{Account, AccountChange, LiveGrant, LiveSession, Profile, Role};
use super::{Administration, Secret, services};
use crate::failure::Failure;
use crate::remote::Remote;

/// The administration that a session was granted: whether it was, its calls tell.
pub(crate) struct Connected<'r> {
    remote: &'r Remote,
}

impl<'r> Connected<'r> {
    /// Through this session's bundle.
    pub(crate) fn new(remote: &'r Remote) -> Self {
        Self { remote }
    }

    /// A grant, to be called at once: where it is not given, its calls fail with the reason.
    fn grant<C: FromClientHook + HasTypeId>(&self, name: &str) -> C {
        self.remote.grant(name)
    }

    fn admin(&self) -> accounts_capnp::account_admin::Client {
        self.grant("accounts")
    }

    fn session_admin(&self) -> sessions_capnp::session_admin::Client {
        self.grant("sessions")
    }

    fn audit(&self) -> audit_capnp::audit_log::Client {
        self.grant("audit")
    }
}

impl Administration for Connected<'_> {
    async fn accounts(&self) -> Result<Vec<Account>, Failure> {
        accounts::list(&self.admin()).await
    }

    async fn account(&self, name: &str) -> Result<Account, Failure> {
        let mut request = self.admin().get_request();
        request.get().set_name(name);
        accounts::account(request.send().promise.await?.get()?.get_account()?)
    }

    async fn create_account(&self, name: &str, account: &AccountChange) -> Result<Account, Failure> {
        let mut request = self.admin().create_request();
        request.get().set_name(name);
        accounts::write_change(account, request.get().init_account())?;
        accounts::account(request.send().promise.await?.get()?.get_account()?)
    }

    async fn update_account(&self, name: &str, revision: u64, account: &AccountChange) -> Result<Account, Failure> {
        let mut request = self.admin().update_request();
        request.get().set_name(name);
        request.get().set_revision(revision);
        accounts::write_change(account, request.get().init_account())?;
        accounts::account(request.send().promise.await?.get()?.get_account()?)
    }

    async fn remove_account(&self, name: &str, revision: u64) -> Result<(), Failure> {
        let mut request = self.admin().remove_request();
        request.get().set_name(name);
        request.get().set_revision(revision);
        request.send().promise.await?;
        Ok(())
    }

    async fn set_password(&self, name: &str, password: Secret, one_time: bool) -> Result<Account, Failure> {
        let mut request = self.admin().set_password_request();
        request.get().set_name(name);
        request.get().set_password(&password);
        request.get().set_one_time(one_time);
        accounts::account(request.send().promise.await?.get()?.get_account()?)
    }

    async fn remove_password(&self, name: &str) -> Result<Account, Failure> {
        let mut request = self.admin().remove_password_request();
        request.get().set_name(name);
        accounts::account(request.send().promise.await?.get()?.get_account()?)
    }

    async fn add_key(&self, name: &str, line: &str) -> Result<Account, Failure> {
        let mut request = self.admin().add_key_request();
        request.get().set_name(name);
        request.get().set_key(line);
        accounts::account(request.send().promise.await?.get()?.get_account()?)
    }

    async fn remove_key(&self, name: &str, fingerprint: &str) -> Result<Account, Failure> {
        let mut request = self.admin().remove_key_request();
        request.get().set_name(name);
        request.get().set_fingerprint(fingerprint);
        accounts::account(request.send().promise.await?.get()?.get_account()?)
    }

    async fn roles(&self) -> Result<Vec<Role>, Failure> {
        let answer = self.admin().roles_request().send().promise.await?;
        answer.get()?.get_roles()?.iter().map(accounts::role).collect()
    }

    async fn put_role(&self, role: &Role) -> Result<Role, Failure> {
        let mut request = self.admin().put_role_request();
        accounts::write_role(role, request.get().init_role());
        accounts::role(request.send().promise.await?.get()?.get_role()?)
    }

    async fn remove_role(&self, name: &str, revision: u64) -> Result<(), Failure> {
        let mut request = self.admin().remove_role_request();
        request.get().set_name(name);
        request.get().set_revision(revision);
        request.send().promise.await?;
        Ok(())
    }

    async fn profiles(&self) -> Result<Vec<Profile>, Failure> {
        let answer = self.admin().profiles_request().send().promise.await?;
        answer.get()?.get_profiles()?.iter().map(accounts::profile).collect()
    }

    async fn insides(&self) -> Result<Services, Failure> {
        match services::list(&self.grant("service_admin")).await {
            Ok(all) => Ok(Some(all.into_iter().map(|status| (status.id, status.inside)).collect())),
            // Who administers accounts need not administer services, and a node need not have any.
            Err(failure) if matches!(&*failure.code, "unknownCap" | "serviceUnavailable") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn put_profile(&self, profile: &Profile) -> Result<Profile, Failure> {
        let mut request = self.admin().put_profile_request();
        accounts::write_profile(profile, request.get().init_profile());
        accounts::profile(request.send().promise.await?.get()?.get_profile()?)
    }

    async fn remove_profile(&self, name: &str, revision: u64) -> Result<(), Failure> {
        let mut request = self.admin().remove_profile_request();
        request.get().set_name(name);
        request.get().set_revision(revision);
        request.send().promise.await?;
        Ok(())
    }

    async fn sessions(&self) -> Result<Vec<LiveSession>, Failure> {
        sessions::list(&self.session_admin()).await
    }

    async fn grants(&self, session: &[u8]) -> Result<Vec<LiveGrant>, Failure> {
        let mut request = self.session_admin().grants_request();
        request.get().set_session(session);
        let answer = request.send().promise.await?;
        answer.get()?.get_grants()?.iter().map(sessions::grant).collect()
    }

    async fn end_session(&self, session: &[u8], reason: &str) -> Result<(), Failure> {
        let mut request = self.session_admin().end_request();
        request.get().set_session(session);
        request.get().set_reason(reason);
        request.send().promise.await?;
        Ok(())
    }

    async fn end_account(&self, account: &str, reason: &str) -> Result<u32, Failure> {
        let mut request = self.session_admin().end_account_request();
        request.get().set_account(account);
        request.get().set_reason(reason);
        Ok(request.send().promise.await?.get()?.get_ended())
    }

    async fn revoke_grant(&self, session: &[u8], grant: &str, reason: &str) -> Result<(), Failure> {
        let mut request = self.session_admin().revoke_grant_request();
        request.get().set_session(session);
        request.get().set_grant(grant);
        request.get().set_reason(reason);
        request.send().promise.await?;
        Ok(())
    }

    async fn revoke_reference(&self, session: &[u8], grant: &str, number: u64, reason: &str) -> Result<(), Failure> {
        let mut request = self.session_admin().revoke_reference_request();
        request.get().set_session(session);
        request.get().set_grant(grant);
        request.get().set_reference(number);
        request.get().set_reason(reason);
        request.send().promise.await?;
        Ok(())
    }
}

/// A text of the node's.
fn text(reader: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Failure> {
    let text = reader?.to_string();
    text.map_err(|_| Failure::failed("the node sent text that is not UTF-8"))
}

/// An enum's value by the name its schema gives; its number where this program's schema is older.
pub(crate) fn name_of<E: capnp::introspect::Introspect + Into<u16>>(value: Result<E, capnp::NotInSchema>) -> String {
    let number = match value {
        Ok(value) => value.into(),
        Err(capnp::NotInSchema(number)) => return number.to_string(),
    };
    names::<E>().into_iter().nth(usize::from(number)).unwrap_or_else(|| number.to_string())
}

/// The enum's value of that name.
fn value_of<E: capnp::introspect::Introspect + TryFrom<u16>>(name: &str) -> Result<E, Failure> {
    let position = names::<E>().iter().position(|known| known == name);
    let number = position.and_then(|position| u16::try_from(position).ok());
    let value = number.and_then(|number| E::try_from(number).ok());
    value.ok_or_else(|| Failure::usage(format!("there is no `{name}` there")))
}

fn names<E: capnp::introspect::Introspect>() -> Vec<String> {
    let capnp::introspect::TypeVariant::Enum(raw) = E::introspect().which() else {
        return Vec::new();
    };
    let schema = capnp::schema::EnumSchema::new(raw);
    let enumerants =
        schema.get_enumerants().map(|all| all.iter().map(|one| text(one.get_proto().get_name())).collect());
    enumerants.ok().and_then(Result::ok).unwrap_or_default()
}

/// The principal's kind by name.
fn kind_name(kind: Result<identity_capnp::PrincipalKind, capnp::NotInSchema>) -> String {
    name_of(kind)
}

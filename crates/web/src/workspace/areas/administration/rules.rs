//! What people can be given: roles and profiles.

use capos_schema::accounts_capnp::account_admin;
use serde::Deserialize;

use super::AdministrationArea;
use super::words::{line, lines, write};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

/// Bytes of a profile's definition that are shown: more than one can have.
const DEFINITION: usize = 64 << 10;

shown! {
    /// A named set of profiles.
    struct RoleView {
        /// Its name.
        name: Text,
        /// What its holders may enter.
        profiles: Vec<Text>,
        /// Grows with each change.
        revision: u64,
    }

    /// What sessions are given.
    struct ProfileView {
        /// Its name.
        name: Text,
        /// Whether nobody can enter it any more.
        retired: bool,
        /// Grows with each change.
        revision: u64,
    }

    /// One of them in full.
    struct Definition {
        /// Its name.
        name: Text,
        /// What it gives, as JSON.
        definition: Text,
        /// Whether nobody can enter it any more.
        retired: bool,
        /// What a change names that is made from this.
        revision: u64,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    name: String,
    profiles: Vec<String>,
    revision: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    name: String,
    definition: String,
    retired: bool,
    revision: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    revision: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    name: String,
}

/// All roles and profiles.
pub(super) async fn read(admin: &account_admin::Client) -> capnp::Result<(Vec<RoleView>, Vec<ProfileView>)> {
    let answer = admin.roles_request().send().promise.await?;
    let roles = answer.get()?.get_roles()?.iter().map(|role| {
        let (name, profiles) = (line(role.get_name())?, lines(role.get_profiles())?);
        Ok(RoleView { name, profiles, revision: role.get_revision() })
    });
    let roles = roles.collect::<capnp::Result<_>>()?;
    let answer = admin.profiles_request().send().promise.await?;
    let profiles = answer.get()?.get_profiles()?.iter().map(|profile| {
        let (retired, revision) = (profile.get_retired(), profile.get_revision());
        Ok(ProfileView { name: line(profile.get_name())?, retired, revision })
    });
    Ok((roles, profiles.collect::<capnp::Result<_>>()?))
}

impl AdministrationArea {
    pub(super) async fn put_role(&self, command: &Command) -> Outcome {
        let Role { name, profiles, revision } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.put_role_request();
        let mut role = request.get().init_role();
        role.set_name(&name);
        role.set_revision(revision);
        write(&profiles, |count| role.init_profiles(count));
        request.send().promise.await.map_err(self.judge("accounts.putRole"))?;
        Ok(Reply::done())
    }

    pub(super) async fn remove_role(&self, command: &Command) -> Outcome {
        let Named { name, revision } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.remove_role_request();
        request.get().set_name(&name);
        request.get().set_revision(revision);
        request.send().promise.await.map_err(self.judge("accounts.removeRole"))?;
        Ok(Reply::done())
    }

    pub(super) async fn profile(&self, command: &Command) -> Outcome {
        let Which { name } = command.read()?;
        let admin = self.grant::<account_admin::Client>().await?;
        let read = async {
            let answer = admin.profiles_request().send().promise.await?;
            for profile in answer.get()?.get_profiles()?.iter() {
                if profile.get_name()?.to_str()? == name {
                    let definition = profile.get_definition()?.to_str()?;
                    let (name, definition) = (Text::line(&name), Text::lines(definition, DEFINITION));
                    let (retired, revision) = (profile.get_retired(), profile.get_revision());
                    return Ok(Some(Definition { name, definition, retired, revision }));
                }
            }
            Ok(None)
        };
        let found = read.await.map_err(self.judge("accounts.profiles"))?;
        Ok(Reply::of(&found.ok_or_else(|| Problem::not_found("There is no such profile any more."))?))
    }

    pub(super) async fn put_profile(&self, command: &Command) -> Outcome {
        let Profile { name, definition, retired, revision } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.put_profile_request();
        let mut profile = request.get().init_profile();
        profile.set_name(&name);
        profile.set_definition(&definition);
        profile.set_retired(retired);
        profile.set_revision(revision);
        request.send().promise.await.map_err(self.judge("accounts.putProfile"))?;
        Ok(Reply::done())
    }

    pub(super) async fn remove_profile(&self, command: &Command) -> Outcome {
        let Named { name, revision } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.remove_profile_request();
        request.get().set_name(&name);
        request.get().set_revision(revision);
        request.send().promise.await.map_err(self.judge("accounts.removeProfile"))?;
        Ok(Reply::done())
    }
}

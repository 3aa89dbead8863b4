//! Roles and profiles: what accounts may enter, and what is given there.

use super::change::{Effect, Plan, change};
use super::{Actor, Admin};
use crate::directory::Directory;
use crate::name::check_name;
use crate::{Error, Event, Limits, Profile, ProfileDefinition, Role};

impl Admin {
    /// Makes a role, at revision 0, or changes one at its revision.
    ///
    /// # Errors
    ///
    /// As [`Admin::update`].
    pub async fn put_role(&self, mut role: Role, actor: &Actor) -> Result<Role, Error> {
        let actor = actor.clone();
        let plan = move |directory: &Directory, limits: &Limits| {
            check_name("a role", &role.name)?;
            let current = directory.roles.get(&role.name).map(|role| role.revision);
            at_revision("role", current, role.revision)?;
            if current.is_none() && directory.roles.len() >= limits.accounts {
                return Err(Error::invalid("there are too many roles"));
            }
            let mut seen = std::collections::BTreeSet::new();
            role.profiles.retain(|profile| seen.insert(profile.clone()));
            if role.profiles.len() > limits.roles {
                return Err(Error::invalid("the role has too many profiles"));
            }
            if role.profiles.iter().any(|profile| !directory.profiles.contains_key(profile)) {
                return Err(Error::Missing("profile"));
            }
            let event = Event::new("role.put").with("role", role.name.clone()).with("profiles", role.profiles.clone());
            Ok(Plan::new(Effect::PutRole(role), actor.on(event)))
        };
        match change(&self.core, plan).await? {
            Effect::PutRole(role) => Ok(role),
            _ => Err(Error::Missing("role")),
        }
    }

    /// Takes a role at a revision away that no account has.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`], and as [`Admin::update`].
    pub async fn remove_role(&self, name: &str, revision: u64, actor: &Actor) -> Result<(), Error> {
        let (name, actor) = (name.to_owned(), actor.clone());
        let plan = move |directory: &Directory, _: &Limits| {
            let current = directory.roles.get(&name).ok_or(Error::Missing("role"))?;
            at_revision("role", Some(current.revision), revision)?;
            if directory.accounts.values().any(|entry| entry.account.roles.contains(&name)) {
                return Err(Error::InUse("account"));
            }
            let event = actor.on(Event::new("role.removed")).with("role", name.clone());
            Ok(Plan::new(Effect::RemoveRole(name, revision), event))
        };
        change(&self.core, plan).await?;
        Ok(())
    }

    /// Makes a profile, at revision 0, or changes one at its revision. Grants that it gives no longer are revoked in
    /// the sessions that are live before this is answered; what it gives anew reaches them when they are renewed.
    ///
    /// # Errors
    ///
    /// As [`Admin::update`].
    pub async fn put_profile(&self, profile: Profile, actor: &Actor) -> Result<Profile, Error> {
        let actor = actor.clone();
        let plan = move |directory: &Directory, limits: &Limits| {
            check_name("a profile", &profile.name)?;
            let current = directory.profiles.get(&profile.name).map(|facts| facts.profile.revision);
            at_revision("profile", current, profile.revision)?;
            if current.is_none() && directory.profiles.len() >= limits.accounts {
                return Err(Error::invalid("there are too many profiles"));
            }
            let definition = ProfileDefinition::parse_json(&profile.definition, limits)?;
            let event = Event::new("profile.put")
                .with("profile", profile.name.clone())
                .with("retired", profile.retired)
                .with("definition", profile.definition.clone());
            Ok(Plan::new(Effect::PutProfile(profile, Box::new(definition)), actor.on(event)))
        };
        match change(&self.core, plan).await? {
            Effect::PutProfile(profile, _) => Ok(profile),
            _ => Err(Error::Missing("profile")),
        }
    }

    /// Takes a profile at a revision away that no role and no account names, and ends its sessions.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`], and as [`Admin::update`].
    pub async fn remove_profile(&self, name: &str, revision: u64, actor: &Actor) -> Result<(), Error> {
        let (name, actor) = (name.to_owned(), actor.clone());
        let plan = move |directory: &Directory, _: &Limits| {
            let current = directory.profiles.get(&name).ok_or(Error::Missing("profile"))?;
            at_revision("profile", Some(current.profile.revision), revision)?;
            if directory.roles.values().any(|role| role.profiles.contains(&name)) {
                return Err(Error::InUse("role"));
            }
            if directory.accounts.values().any(|entry| entry.account.recovery_profile == name) {
                return Err(Error::InUse("account"));
            }
            let event = actor.on(Event::new("profile.removed")).with("profile", name.clone());
            Ok(Plan::new(Effect::RemoveProfile(name, revision), event))
        };
        change(&self.core, plan).await?;
        Ok(())
    }
}

fn at_revision(what: &'static str, current: Option<u64>, named: u64) -> Result<(), Error> {
    match (current, named) {
        (None, 0) => Ok(()),
        (None, _) => Err(Error::Missing(what)),
        (Some(_), 0) => Err(Error::Exists(what)),
        (Some(current), named) if current == named => Ok(()),
        _ => Err(Error::Changed(what)),
    }
}

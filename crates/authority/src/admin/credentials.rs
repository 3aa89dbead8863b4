//! What an account signs in with.

use std::sync::Arc;

use super::accounts::{existing, shown};
use super::change::{Effect, Plan, change};
use super::{Actor, Admin};
use crate::admission::decided;
use crate::claim::{Basis, Claim};
use crate::core::Core;
use crate::directory::{Directory, Entry, Password, shown_key};
use crate::password::{Phc, check_new};
use crate::proof;
use crate::public_key::PublicKey;
use crate::{Account, Error, Event, Limits, PrincipalKind, Secret};

impl Admin {
    /// Gives an account a password. With `one_time` it is good for a day, from the machine itself, and only to be
    /// replaced. Sessions that are live go on.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`]; [`Error::Invalid`] where it is no password; as [`Admin::create`].
    pub async fn set_password(
        &self,
        name: &str,
        password: Secret,
        one_time: bool,
        actor: &Actor,
    ) -> Result<Account, Error> {
        let settings = self.core.settings();
        let limits = &settings.limits;
        check_new(&password, name, limits).map_err(Error::invalid)?;
        // Known to be there before it costs a hash.
        self.get(name).await?;
        let hash = proof::hash(&self.core, name, &password, limits).await?;
        let now = self.core.clock.wall_ms();
        let day = u64::try_from(limits.one_time.as_millis()).unwrap_or(u64::MAX);
        let one_time_until_ms = one_time.then(|| now.saturating_add(day));
        let (name, actor) = (name.to_owned(), actor.clone());
        let plan = move |directory: &Directory, _: &Limits| {
            let mut entry = credited(directory, &name)?.clone();
            let event = actor.on(Event::new("account.password")).with("account", name).with("oneTime", one_time);
            put_password(&mut entry, Some(Password { hash, one_time_until_ms }));
            let outdated = Some((entry.principal, Basis::Password));
            Ok(Plan { outdated, ..Plan::new(Effect::PutAccount(Box::new(entry)), event) })
        };
        shown(change(&self.core, plan).await?)
    }

    /// Takes an account's password away, and ends the sessions that rest on it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::LastAdministrator`], and as [`Admin::create`].
    pub async fn remove_password(&self, name: &str, actor: &Actor) -> Result<Account, Error> {
        let (name, actor) = (name.to_owned(), actor.clone());
        let plan = move |directory: &Directory, _: &Limits| {
            let mut entry = existing(directory, &name)?.clone();
            if entry.password.is_none() {
                return Err(Error::Missing("password"));
            }
            put_password(&mut entry, None);
            let event = actor.on(Event::new("account.passwordRemoved")).with("account", name);
            let without = Some((entry.principal, Basis::Password));
            Ok(Plan { effect: Effect::PutAccount(Box::new(entry)), event, without, outdated: None })
        };
        shown(change(&self.core, plan).await?)
    }

    /// Lets an account sign in with a public key: a line of OpenSSH's.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where it is no such key, [`Error::Exists`], and as [`Admin::create`].
    pub async fn add_key(&self, name: &str, openssh_line: &str, actor: &Actor) -> Result<Account, Error> {
        let key = PublicKey::parse_openssh(openssh_line).map_err(|refused| Error::invalid(refused.to_string()))?;
        let added_at_ms = self.core.clock.wall_ms();
        let (name, actor) = (name.to_owned(), actor.clone());
        let plan = move |directory: &Directory, limits: &Limits| {
            let mut entry = credited(directory, &name)?.clone();
            if entry.keys.contains(&key) {
                return Err(Error::Exists("key"));
            }
            if entry.keys.len() >= limits.keys {
                return Err(Error::invalid("the account has too many keys"));
            }
            let event = actor.on(Event::new("account.keyAdded")).with("account", name).with("key", key.fingerprint());
            entry.account.keys.push(shown_key(&key, added_at_ms));
            entry.keys.push(key);
            Ok(Plan::new(Effect::PutAccount(Box::new(entry)), event))
        };
        shown(change(&self.core, plan).await?)
    }

    /// Takes a key away, and ends the sessions that rest on it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::LastAdministrator`], and as [`Admin::create`].
    pub async fn remove_key(&self, name: &str, fingerprint: &str, actor: &Actor) -> Result<Account, Error> {
        let (name, actor, fingerprint) = (name.to_owned(), actor.clone(), fingerprint.to_owned());
        let plan = move |directory: &Directory, _: &Limits| {
            let mut entry = existing(directory, &name)?.clone();
            let before = entry.keys.len();
            entry.keys.retain(|key| key.fingerprint() != fingerprint);
            entry.account.keys.retain(|key| key.fingerprint != fingerprint);
            if entry.keys.len() == before {
                return Err(Error::Missing("key"));
            }
            let event =
                actor.on(Event::new("account.keyRemoved")).with("account", name).with("key", fingerprint.clone());
            let without = Some((entry.principal, Basis::Key(fingerprint)));
            Ok(Plan { effect: Effect::PutAccount(Box::new(entry)), event, without, outdated: None })
        };
        shown(change(&self.core, plan).await?)
    }
}

/// Puts another hash in the place of the one that was compared: a new password of the owner's own where the claim is
/// given by which the owner could sign in with the one before, and still can; the same one at another cost where none
/// is.
pub(crate) async fn replace_hash(
    core: &Arc<Core>,
    account: &str,
    before: Phc,
    after: Phc,
    owner: Option<Claim>,
) -> Result<(), Error> {
    let (name, deciding) = (account.to_owned(), core.clone());
    let plan = move |directory: &Directory, _: &Limits| {
        if let Some(claim) = &owner {
            // It may have been decided otherwise while the new one was chosen.
            decided(&deciding, directory, claim).map_err(|_| Error::Changed("account"))?;
        }
        let mut entry = existing(directory, &name)?.clone();
        if entry.password.as_ref().is_none_or(|password| password.hash != before) {
            return Err(Error::Changed("password"));
        }
        let event = Event::new("account.password").with("account", name.clone());
        let (event, one_time_until_ms) = match owner {
            Some(claim) => {
                let event = event.with("by", name).with("oneTime", false).with("source", claim.source.to_string());
                (event, None)
            }
            None => (event.with("rehashed", true), entry.password.and_then(|password| password.one_time_until_ms)),
        };
        entry.password = None;
        put_password(&mut entry, Some(Password { hash: after, one_time_until_ms }));
        Ok(Plan::new(Effect::PutAccount(Box::new(entry)), event))
    };
    change(core, plan).await?;
    Ok(())
}

/// An account that can have something to sign in with.
fn credited<'a>(directory: &'a Directory, name: &str) -> Result<&'a Entry, Error> {
    let entry = existing(directory, name)?;
    if entry.account.kind == PrincipalKind::Guest {
        return Err(Error::invalid("a guest account has nothing to sign in with"));
    }
    Ok(entry)
}

fn put_password(entry: &mut Entry, password: Option<Password>) {
    entry.account.has_password = password.is_some();
    entry.account.password_is_one_time = password.as_ref().is_some_and(|password| password.one_time_until_ms.is_some());
    entry.password = password;
}

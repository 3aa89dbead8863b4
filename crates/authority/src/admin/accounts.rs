//! Accounts: made, changed, removed.

use capos_schema::text::acts;
use serde_json::json;

use super::change::{Effect, Plan, change};
use super::{Actor, Admin};
use crate::directory::{Directory, Entry};
use crate::name::check_name;
use crate::policy::roles_allow;
use crate::random::random;
use crate::{Account, AccountDraft, Error, Event, Limits, PrincipalKind};

/// Longest name by which an owner is addressed.
const DISPLAY_NAME: usize = 128;

impl Admin {
    /// Makes an account, which cannot sign in before it has a password or a key.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`], [`Error::Invalid`], and what the store says; the same for each that changes something.
    pub async fn create(&self, name: &str, draft: AccountDraft, actor: &Actor) -> Result<Account, Error> {
        let created_at_ms = self.core.clock.wall_ms();
        let (name, actor, principal) = (name.to_owned(), actor.clone(), random()?);
        let plan = move |directory: &Directory, limits: &Limits| {
            check_name("an account", &name)?;
            let draft = checked(directory, draft, limits)?;
            if directory.accounts.contains_key(&name) {
                return Err(Error::Exists("account"));
            }
            if directory.accounts.len() >= limits.accounts {
                return Err(Error::invalid("there are too many accounts"));
            }
            let event = described(actor.on(Event::new("account.created")).with("account", name.clone()), &draft);
            let account = Account {
                name,
                display_name: String::new(),
                kind: draft.kind,
                state: draft.state,
                roles: Vec::new(),
                default_profile: String::new(),
                recovery_profile: String::new(),
                has_password: false,
                password_is_one_time: false,
                keys: Vec::new(),
                revision: 0,
                created_at_ms,
            };
            let entry = Entry { account: drafted(account, draft), principal, password: None, keys: Vec::new() };
            Ok(Plan::new(Effect::PutAccount(Box::new(entry)), event))
        };
        shown(change(&self.core, plan).await?)
    }

    /// Changes an account at a revision. One that is no longer active loses its sessions before this is answered; one
    /// that may no longer enter a profile loses those of that profile.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::Changed`], [`Error::LastAdministrator`], and as [`Admin::create`].
    pub async fn update(
        &self,
        name: &str,
        revision: u64,
        draft: AccountDraft,
        actor: &Actor,
    ) -> Result<Account, Error> {
        let (name, actor) = (name.to_owned(), actor.clone());
        let plan = move |directory: &Directory, limits: &Limits| {
            let mut entry = at_revision(directory, &name, revision)?.clone();
            let draft = checked(directory, draft, limits)?;
            let event = described(actor.on(Event::new("account.changed")).with("account", name), &draft);
            entry.account = drafted(entry.account, draft);
            Ok(Plan::new(Effect::PutAccount(Box::new(entry)), event))
        };
        shown(change(&self.core, plan).await?)
    }

    /// Takes an account at a revision away and ends its sessions.
    ///
    /// # Errors
    ///
    /// As [`Admin::update`].
    pub async fn remove(&self, name: &str, revision: u64, actor: &Actor) -> Result<(), Error> {
        let (name, actor) = (name.to_owned(), actor.clone());
        let plan = move |directory: &Directory, _: &Limits| {
            at_revision(directory, &name, revision)?;
            let event = actor.on(Event::new("account.removed")).with("account", name.clone());
            Ok(Plan::new(Effect::RemoveAccount(name, revision), event))
        };
        change(&self.core, plan).await?;
        Ok(())
    }
}

/// The account as it is after a change.
pub(super) fn shown(effect: Effect) -> Result<Account, Error> {
    match effect {
        Effect::PutAccount(entry) => Ok(entry.account),
        _ => Err(Error::Missing("account")),
    }
}

pub(super) fn existing<'a>(directory: &'a Directory, name: &str) -> Result<&'a Entry, Error> {
    directory.accounts.get(name).ok_or(Error::Missing("account"))
}

fn at_revision<'a>(directory: &'a Directory, name: &str, revision: u64) -> Result<&'a Entry, Error> {
    let entry = existing(directory, name)?;
    if entry.account.revision == revision { Ok(entry) } else { Err(Error::Changed("account")) }
}

fn drafted(account: Account, draft: AccountDraft) -> Account {
    Account {
        display_name: draft.display_name,
        kind: draft.kind,
        state: draft.state,
        roles: draft.roles,
        default_profile: draft.default_profile,
        recovery_profile: draft.recovery_profile,
        ..account
    }
}

fn checked(directory: &Directory, mut draft: AccountDraft, limits: &Limits) -> Result<AccountDraft, Error> {
    if draft.display_name.len() > DISPLAY_NAME || draft.display_name.chars().any(acts) {
        return Err(Error::invalid("the display name is too long, or has control characters"));
    }
    if matches!(draft.kind, PrincipalKind::Anonymous | PrincipalKind::Pseudonymous) {
        return Err(Error::invalid("an account is of kind human, operator, service or guest"));
    }
    let mut seen = std::collections::BTreeSet::new();
    draft.roles.retain(|role| seen.insert(role.clone()));
    if draft.roles.len() > limits.roles {
        return Err(Error::invalid("the account has too many roles"));
    }
    if draft.roles.iter().any(|role| !directory.roles.contains_key(role)) {
        return Err(Error::Missing("role"));
    }
    let default = &draft.default_profile;
    if !default.is_empty() && !roles_allow(&draft.roles, &directory.roles, default) {
        return Err(Error::invalid("the default profile is none that the account's roles allow"));
    }
    if !draft.recovery_profile.is_empty() && !directory.profiles.contains_key(&draft.recovery_profile) {
        return Err(Error::Missing("profile"));
    }
    Ok(draft)
}

fn described(event: Event, draft: &AccountDraft) -> Event {
    event
        .with("displayName", draft.display_name.clone())
        .with("kind", draft.kind.as_str())
        .with("state", json!(draft.state))
        .with("roles", draft.roles.clone())
        .with("defaultProfile", draft.default_profile.clone())
        .with("recoveryProfile", draft.recovery_profile.clone())
}

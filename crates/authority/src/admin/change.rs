//! One change: planned, written with its row, made, and brought to the sessions that are live.

use std::sync::{Arc, PoisonError};

use capos_membrane::Ended;
use capos_store::Change;

use crate::claim::Basis;
use crate::core::{Core, Hints};
use crate::directory::{self, Directory, Entry, PrincipalId, administers};
use crate::policy::{Decision, Occasion, Request, decide};
use crate::{EndReason, Error, Event, Limits, Profile, ProfileDefinition, Role, Session};

/// What is to become of one record.
pub(super) enum Effect {
    PutAccount(Box<Entry>),
    RemoveAccount(String, u64),
    PutRole(Role),
    RemoveRole(String, u64),
    PutProfile(Profile, Box<ProfileDefinition>),
    RemoveProfile(String, u64),
}

/// An effect, what is written down of it, and what loses its basis.
pub(super) struct Plan {
    pub(super) effect: Effect,
    pub(super) event: Event,
    /// Sessions of this principal that rest on this end.
    pub(super) without: Option<(PrincipalId, Basis)>,
    /// Sessions of this principal that rest on this go on, and can have nothing else by it.
    pub(super) outdated: Option<(PrincipalId, Basis)>,
}

impl Plan {
    pub(super) fn new(effect: Effect, event: Event) -> Self {
        Self { effect, event, without: None, outdated: None }
    }
}

/// Makes a change, to its end once begun, whether or not the caller waits. Gives what is there now.
pub(super) async fn change(
    core: &Arc<Core>,
    plan: impl FnOnce(&Directory, &Limits) -> Result<Plan, Error> + Send + 'static,
) -> Result<Effect, Error> {
    let core = core.clone();
    let task = core.runtime.clone().spawn(async move { change_now(&core, plan).await });
    task.await.unwrap_or(Err(Error::Stopped))
}

async fn change_now(
    core: &Core,
    plan: impl FnOnce(&Directory, &Limits) -> Result<Plan, Error>,
) -> Result<Effect, Error> {
    let (effect, ended) = {
        let mut directory = core.directory.write().await;
        let Plan { mut effect, event, without, outdated } = plan(&directory, &core.settings().limits)?;
        keep_administrator(&directory, &effect)?;
        let entry = core.audit.entry(event);
        let committed = core.store.commit(vec![effect.change()?], vec![entry]).await.map_err(conflict)?;
        effect.make(&mut directory, committed.revisions.first().copied().unwrap_or_default());
        *core.hints.lock().unwrap_or_else(PoisonError::into_inner) = Hints::of(&directory);
        if let Some((principal, basis)) = &outdated {
            core.table.all().iter().for_each(|session| session.outdate(principal, basis));
        }
        let ended = review(core, &directory, effect.reason(), without.as_ref());
        (effect, ended)
    };
    for ended in ended {
        ended.await;
    }
    Ok(effect)
}

/// One process writes; another way the record changed is another program's.
fn conflict(error: capos_store::Error) -> Error {
    match error {
        capos_store::Error::Conflict(_) => Error::Changed("record"),
        error => error.into(),
    }
}

impl Effect {
    fn change(&self) -> Result<Change, Error> {
        match self {
            Self::PutAccount(entry) => directory::account_change(entry),
            Self::PutRole(role) => directory::role_change(role),
            Self::PutProfile(profile, _) => directory::profile_change(profile),
            Self::RemoveAccount(name, revision) => directory::removal(directory::ACCOUNTS, name, *revision),
            Self::RemoveRole(name, revision) => directory::removal(directory::ROLES, name, *revision),
            Self::RemoveProfile(name, revision) => directory::removal(directory::PROFILES, name, *revision),
        }
    }

    fn make(&mut self, directory: &mut Directory, revision: u64) {
        match self {
            Self::PutAccount(entry) => {
                entry.account.revision = revision;
                directory.put_account((**entry).clone());
            }
            Self::PutRole(role) => {
                role.revision = revision;
                directory.put_role(role.clone());
            }
            Self::PutProfile(profile, definition) => {
                profile.revision = revision;
                directory.put_profile(profile.clone(), (**definition).clone());
            }
            Self::RemoveAccount(name, _) => directory.remove_account(name),
            Self::RemoveRole(name, _) => drop(directory.roles.remove(name)),
            Self::RemoveProfile(name, _) => drop(directory.profiles.remove(name)),
        }
    }

    fn reason(&self) -> EndReason {
        match self {
            Self::PutAccount(_) | Self::RemoveAccount(..) => EndReason::AccountChanged,
            _ => EndReason::PolicyChanged,
        }
    }
}

/// Refuses a change after which nobody could administer accounts, where somebody can.
fn keep_administrator(directory: &Directory, effect: &Effect) -> Result<(), Error> {
    let Directory { accounts, roles, profiles, .. } = directory;
    if !accounts.values().any(|entry| administers(entry, roles, profiles)) {
        return Ok(());
    }
    let others = |name: &str| {
        let others = accounts.values().filter(|entry| entry.account.name != name);
        others.into_iter().any(|entry| administers(entry, roles, profiles))
    };
    let still = match effect {
        Effect::PutAccount(entry) => administers(entry, roles, profiles) || others(&entry.account.name),
        Effect::RemoveAccount(name, _) => others(name),
        Effect::PutRole(_) | Effect::RemoveRole(..) => {
            let mut after = roles.clone();
            match effect {
                Effect::PutRole(role) => drop(after.insert(role.name.clone(), role.clone())),
                Effect::RemoveRole(name, _) => drop(after.remove(name)),
                _ => {}
            }
            accounts.values().any(|entry| administers(entry, &after, profiles))
        }
        Effect::PutProfile(..) | Effect::RemoveProfile(..) => {
            let mut after = Directory::default();
            after.profiles.clone_from(profiles);
            match effect {
                Effect::PutProfile(profile, definition) => {
                    after.put_profile(profile.clone(), (**definition).clone());
                }
                Effect::RemoveProfile(name, _) => drop(after.profiles.remove(name)),
                _ => {}
            }
            accounts.values().any(|entry| administers(entry, roles, &after.profiles))
        }
    };
    if still { Ok(()) } else { Err(Error::LastAdministrator) }
}

/// Looks at every live session again.
fn review(core: &Core, directory: &Directory, why: EndReason, without: Option<&(PrincipalId, Basis)>) -> Vec<Ended> {
    let mut ended = Vec::new();
    for session in core.table.all() {
        let lost = |(principal, basis): &(PrincipalId, Basis)| {
            session.principal() == Some(*principal) && session.rests_on(basis)
        };
        if without.is_some_and(lost) {
            ended.push(session.end(why));
            continue;
        }
        match decision(directory, &session).outcome {
            Ok(admission) if admission.kind == session.context().kind => {
                ended.extend(session.review(core, &admission));
            }
            _ => ended.push(session.end(why)),
        }
    }
    ended
}

fn decision(directory: &Directory, session: &Session) -> Decision {
    let context = session.context();
    let request = Request { method: context.method, profile: context.profile.clone(), occasion: Occasion::Review };
    let entry = session.principal().and_then(|id| directory.by_principal(&id));
    decide(&request, &directory.facts(entry.map(|entry| &entry.account), true, true))
}

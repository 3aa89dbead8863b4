//! All accounts, roles and profiles, in memory. The store has them first; this follows it.

mod record;
mod seed;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use capos_schema::Registry;
use capos_store::{Bucket, Change, Key, Record, Store};

use crate::password::Phc;
use crate::policy::{ProfileFacts, roles_allow};
use crate::public_key::PublicKey;
use crate::{Account, AccountState, Error, Facts, GrantDefinition, Limits, Profile, ProfileDefinition, Role, Transfer};

pub(crate) use record::shown_key;
pub(crate) use seed::seed;

pub(crate) const ACCOUNTS: Bucket = Bucket::new("accounts");
pub(crate) const ROLES: Bucket = Bucket::new("roles");
pub(crate) const PROFILES: Bucket = Bucket::new("profiles");

/// Records asked for at a time.
const PAGE: usize = 256;

/// Names a principal to itself; it says nothing about the account.
pub(crate) type PrincipalId = [u8; 16];

/// Everything that decisions are made from.
#[derive(Default)]
pub(crate) struct Directory {
    pub(crate) accounts: BTreeMap<String, Entry>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) profiles: BTreeMap<String, ProfileFacts>,
    principals: HashMap<PrincipalId, String>,
}

/// One account with what it signs in with.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) account: Account,
    pub(crate) principal: PrincipalId,
    pub(crate) password: Option<Password>,
    pub(crate) keys: Vec<PublicKey>,
}

/// An account's password, as far as the node knows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password {
    pub(crate) hash: Phc,
    /// Until when it is good to be replaced, in milliseconds since 1970; none for an ordinary one.
    pub(crate) one_time_until_ms: Option<u64>,
}

impl Directory {
    /// Reads everything. What is not as this program writes it is an error: nobody is let in by half a record.
    pub(crate) async fn load(store: &Store, limits: &Limits) -> Result<Self, Error> {
        let mut directory = Self::default();
        for record in records(store, PROFILES).await? {
            let profile = record::profile(&record)?;
            let definition = ProfileDefinition::parse_json(&profile.definition, limits)
                .map_err(|error| Error::Damaged(format!("{PROFILES}/{}: {error}", profile.name)))?;
            directory.put_profile(profile, definition);
        }
        for record in records(store, ROLES).await? {
            directory.put_role(record::role(&record)?);
        }
        for record in records(store, ACCOUNTS).await? {
            directory.put_account(record::account(&record)?);
        }
        Ok(directory)
    }

    pub(crate) fn facts<'a>(&'a self, account: Option<&'a Account>, enabled: bool, proven: bool) -> Facts<'a> {
        Facts { enabled, proven, account, roles: &self.roles, profiles: &self.profiles }
    }

    pub(crate) fn by_principal(&self, id: &[u8]) -> Option<&Entry> {
        let id = PrincipalId::try_from(id).ok()?;
        self.accounts.get(self.principals.get(&id)?)
    }

    /// The account that guests come in by.
    pub(crate) fn guest(&self) -> Option<&Entry> {
        use crate::PrincipalKind::Guest;
        let guests = self.accounts.values().filter(|entry| entry.account.kind == Guest);
        guests.into_iter().find(|entry| entry.account.state == AccountState::Active)
    }

    pub(crate) fn put_account(&mut self, entry: Entry) {
        self.principals.insert(entry.principal, entry.account.name.clone());
        self.accounts.insert(entry.account.name.clone(), entry);
    }

    pub(crate) fn remove_account(&mut self, name: &str) {
        if let Some(entry) = self.accounts.remove(name) {
            self.principals.remove(&entry.principal);
        }
    }

    pub(crate) fn put_role(&mut self, role: Role) {
        self.roles.insert(role.name.clone(), role);
    }

    pub(crate) fn put_profile(&mut self, profile: Profile, definition: ProfileDefinition) {
        let name = profile.name.clone();
        self.profiles.insert(name, ProfileFacts { profile, definition: Arc::new(definition) });
    }
}

/// Whether an account could sign in and change accounts.
pub(crate) fn administers(
    entry: &Entry,
    roles: &BTreeMap<String, Role>,
    profiles: &BTreeMap<String, ProfileFacts>,
) -> bool {
    let account = &entry.account;
    let can_sign_in = account.state == AccountState::Active && (entry.password.is_some() || !entry.keys.is_empty());
    let gives = |facts: &ProfileFacts| {
        !facts.profile.retired
            && facts.definition.admits.contains(&account.kind)
            && facts.definition.grants.iter().any(gives_administration)
    };
    can_sign_in && profiles.iter().any(|(name, facts)| gives(facts) && roles_allow(&account.roles, roles, name))
}

/// Whether whoever holds it can undo any change of accounts, roles and profiles.
fn gives_administration(grant: &GrantDefinition) -> bool {
    const NEEDED: [&str; 3] = ["update", "putRole", "putProfile"];
    let opens = |method: &str| grant.methods.as_ref().is_none_or(|open| open.iter().any(|name| name == method));
    Some(grant.interface_id) == Registry::builtin().interface_id("AccountAdmin")
        && grant.transfer != Transfer::Local
        && NEEDED.into_iter().all(opens)
}

/// The change that writes an account as it is to be.
pub(crate) fn account_change(entry: &Entry) -> Result<Change, Error> {
    let key = key(&entry.account.name)?;
    Ok(change(ACCOUNTS, key, entry.account.revision, record::account_bytes(entry)?))
}

pub(crate) fn role_change(role: &Role) -> Result<Change, Error> {
    Ok(change(ROLES, key(&role.name)?, role.revision, record::role_bytes(role)?))
}

pub(crate) fn profile_change(profile: &Profile) -> Result<Change, Error> {
    Ok(change(PROFILES, key(&profile.name)?, profile.revision, record::profile_bytes(profile)?))
}

pub(crate) fn removal(bucket: Bucket, name: &str, revision: u64) -> Result<Change, Error> {
    Ok(Change::delete(bucket, key(name)?, revision))
}

fn change(bucket: Bucket, key: Key, revision: u64, bytes: Vec<u8>) -> Change {
    match revision {
        0 => Change::create(bucket, key, bytes),
        revision => Change::update(bucket, key, revision, bytes),
    }
}

fn key(name: &str) -> Result<Key, Error> {
    Ok(Key::parse(name)?)
}

async fn records(store: &Store, bucket: Bucket) -> Result<Vec<Record>, Error> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let after = all.last().map(|record| record.key.clone());
        let page = store.list(bucket, "", after.as_ref(), PAGE).await?;
        let more = page.more && !page.records.is_empty();
        all.extend(page.records);
        if !more {
            return Ok(all);
        }
    }
}

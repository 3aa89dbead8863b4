//! Administration of accounts, roles and profiles.

mod accounts;
mod change;
pub(crate) mod credentials;
mod policies;

use std::fmt;
use std::sync::Arc;

use crate::core::Core;
use crate::{Account, Error, Event, Handle, Profile, Role};

/// Accounts in one answer.
const PAGE: usize = 256;

/// Who makes a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The session it is made in.
    pub session: Option<Handle>,
    /// The account of that session.
    pub account: Option<String>,
}

impl Actor {
    /// Whoever has the data directory.
    #[must_use]
    pub fn offline() -> Self {
        Self { session: None, account: None }
    }

    /// Adds who it was to an event.
    #[must_use]
    pub fn on(&self, event: Event) -> Event {
        let by = match (&self.account, self.session) {
            (Some(account), _) => account.clone(),
            (None, Some(_)) => "anonymous".to_owned(),
            (None, None) => "offline".to_owned(),
        };
        match self.session {
            Some(session) => event.with("by", by).with("bySession", session.to_string()),
            None => event.with("by", by),
        }
    }
}

/// Changes accounts, roles and profiles.
///
/// - A change and its row of the journal are one commit.
/// - It has reached the sessions that are live when it is answered.
/// - Somebody can always administer accounts, once somebody could.
#[derive(Clone)]
pub struct Admin {
    core: Arc<Core>,
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admin")
    }
}

/// Part of the accounts, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Whether there are more after the last one.
    pub more: bool,
}

/// What can be read.
impl Admin {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Accounts after a name, at most `limit`, 0 for as many as an answer holds.
    ///
    /// # Errors
    ///
    /// None at present: everything is in memory.
    pub async fn list(&self, after: &str, limit: usize) -> Result<AccountPage, Error> {
        let most = if limit == 0 { PAGE } else { limit.min(PAGE) };
        let directory = self.core.directory.read().await;
        let mut rest = directory.accounts.values().map(|entry| &entry.account).filter(|account| *account.name > *after);
        let accounts: Vec<_> = rest.by_ref().take(most).cloned().collect();
        Ok(AccountPage { accounts, more: rest.next().is_some() })
    }

    /// One account.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`].
    pub async fn get(&self, name: &str) -> Result<Account, Error> {
        let directory = self.core.directory.read().await;
        let entry = directory.accounts.get(name).ok_or(Error::Missing("account"))?;
        Ok(entry.account.clone())
    }

    /// Whether there is no account yet.
    ///
    /// # Errors
    ///
    /// As [`Admin::list`].
    pub async fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.core.directory.read().await.accounts.is_empty())
    }

    /// All roles, in the order of their names.
    ///
    /// # Errors
    ///
    /// As [`Admin::list`].
    pub async fn roles(&self) -> Result<Vec<Role>, Error> {
        Ok(self.core.directory.read().await.roles.values().cloned().collect())
    }

    /// All profiles, in the order of their names.
    ///
    /// # Errors
    ///
    /// As [`Admin::list`].
    pub async fn profiles(&self) -> Result<Vec<Profile>, Error> {
        let directory = self.core.directory.read().await;
        Ok(directory.profiles.values().map(|facts| facts.profile.clone()).collect())
    }
}

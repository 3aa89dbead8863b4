//! Administration of accounts, roles and profiles.

use crate::{Account, AccountDraft, Error, Handle, Profile, Role, Secret};

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
}

/// Changes accounts, roles and profiles. Every change is in the journal, and has reached the sessions that are live,
/// when it is answered.
#[derive(Clone, Debug)]
pub struct Admin {}

/// Part of the accounts, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Whether there are more after the last one.
    pub more: bool,
}

impl Admin {
    /// Accounts after a name, at most `limit`, 0 for as many as an answer holds.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn list(&self, _after: &str, _limit: usize) -> Result<AccountPage, Error> {
        Err(Error::Stopped)
    }

    /// One account.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn get(&self, _name: &str) -> Result<Account, Error> {
        Err(Error::Stopped)
    }

    /// Makes an account, which cannot sign in before it has a password or a key.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn create(&self, _name: &str, _draft: AccountDraft, _actor: &Actor) -> Result<Account, Error> {
        Err(Error::Stopped)
    }

    /// Changes an account.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn update(
        &self,
        _name: &str,
        _revision: u64,
        _draft: AccountDraft,
        _actor: &Actor,
    ) -> Result<Account, Error> {
        Err(Error::Stopped)
    }

    /// Takes an account away and ends its sessions.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn remove(&self, _name: &str, _revision: u64, _actor: &Actor) -> Result<(), Error> {
        Err(Error::Stopped)
    }

    /// Gives an account a password.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn set_password(
        &self,
        _name: &str,
        _password: Secret,
        _one_time: bool,
        _actor: &Actor,
    ) -> Result<Account, Error> {
        Err(Error::Stopped)
    }

    /// Takes an account's password away.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn remove_password(&self, _name: &str, _actor: &Actor) -> Result<Account, Error> {
        Err(Error::Stopped)
    }

    /// Lets an account sign in with a public key.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn add_key(&self, _name: &str, _openssh_line: &str, _actor: &Actor) -> Result<Account, Error> {
        Err(Error::Stopped)
    }

    /// Takes a key away.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn remove_key(&self, _name: &str, _fingerprint: &str, _actor: &Actor) -> Result<Account, Error> {
        Err(Error::Stopped)
    }

    /// All roles.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn roles(&self) -> Result<Vec<Role>, Error> {
        Err(Error::Stopped)
    }

    /// Makes or changes a role.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn put_role(&self, _role: Role, _actor: &Actor) -> Result<Role, Error> {
        Err(Error::Stopped)
    }

    /// Takes a role away that no account has.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn remove_role(&self, _name: &str, _revision: u64, _actor: &Actor) -> Result<(), Error> {
        Err(Error::Stopped)
    }

    /// All profiles.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn profiles(&self) -> Result<Vec<Profile>, Error> {
        Err(Error::Stopped)
    }

    /// Makes or changes a profile.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn put_profile(&self, _profile: Profile, _actor: &Actor) -> Result<Profile, Error> {
        Err(Error::Stopped)
    }

    /// Takes a profile away that no role names, and ends its sessions.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn remove_profile(&self, _name: &str, _revision: u64, _actor: &Actor) -> Result<(), Error> {
        Err(Error::Stopped)
    }

    /// Whether there is no account yet.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        Err(Error::Stopped)
    }
}

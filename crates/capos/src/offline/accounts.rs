//! Accounts, roles and profiles; there are no sessions where no node runs.

use capos_authority as authority;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::Offline;
use crate::commands::admin::inside::Services;
use crate::commands::admin::model::{Account, AccountChange, Key, LiveGrant, LiveSession, Profile, Role};
use crate::commands::admin::{Administration, Secret};
use crate::failure::Failure;

impl Administration for Offline {
    async fn accounts(&self) -> Result<Vec<Account>, Failure> {
        let mut all: Vec<Account> = Vec::new();
        loop {
            let after = all.last().map_or("", |account| account.name.as_str());
            let page = self.authority.admin().list(after, 0).await?;
            let is_last = !page.more || page.accounts.is_empty();
            all.extend(page.accounts.into_iter().map(account));
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn account(&self, name: &str) -> Result<Account, Failure> {
        Ok(account(self.authority.admin().get(name).await?))
    }

    async fn create_account(&self, name: &str, change: &AccountChange) -> Result<Account, Failure> {
        Ok(account(self.authority.admin().create(name, draft(change)?, &self.actor).await?))
    }

    async fn update_account(&self, name: &str, revision: u64, change: &AccountChange) -> Result<Account, Failure> {
        Ok(account(self.authority.admin().update(name, revision, draft(change)?, &self.actor).await?))
    }

    async fn remove_account(&self, name: &str, revision: u64) -> Result<(), Failure> {
        Ok(self.authority.admin().remove(name, revision, &self.actor).await?)
    }

    async fn set_password(&self, name: &str, password: Secret, one_time: bool) -> Result<Account, Failure> {
        let password = authority::Secret::from(password.to_vec());
        Ok(account(self.authority.admin().set_password(name, password, one_time, &self.actor).await?))
    }

    async fn remove_password(&self, name: &str) -> Result<Account, Failure> {
        Ok(account(self.authority.admin().remove_password(name, &self.actor).await?))
    }

    async fn add_key(&self, name: &str, line: &str) -> Result<Account, Failure> {
        Ok(account(self.authority.admin().add_key(name, line, &self.actor).await?))
    }

    async fn remove_key(&self, name: &str, fingerprint: &str) -> Result<Account, Failure> {
        Ok(account(self.authority.admin().remove_key(name, fingerprint, &self.actor).await?))
    }

    async fn roles(&self) -> Result<Vec<Role>, Failure> {
        Ok(self.authority.admin().roles().await?.into_iter().map(role).collect())
    }

    async fn put_role(&self, changed: &Role) -> Result<Role, Failure> {
        let Role { name, profiles, revision } = changed.clone();
        let changed = authority::Role { name, profiles, revision };
        Ok(role(self.authority.admin().put_role(changed, &self.actor).await?))
    }

    async fn remove_role(&self, name: &str, revision: u64) -> Result<(), Failure> {
        Ok(self.authority.admin().remove_role(name, revision, &self.actor).await?)
    }

    async fn profiles(&self) -> Result<Vec<Profile>, Failure> {
        Ok(self.authority.admin().profiles().await?.into_iter().map(profile).collect())
    }

    async fn insides(&self) -> Result<Services, Failure> {
        Ok(None)
    }

    async fn put_profile(&self, changed: &Profile) -> Result<Profile, Failure> {
        let Profile { name, retired, revision, definition } = changed.clone();
        let changed = authority::Profile { name, definition, retired, revision };
        Ok(profile(self.authority.admin().put_profile(changed, &self.actor).await?))
    }

    async fn remove_profile(&self, name: &str, revision: u64) -> Result<(), Failure> {
        Ok(self.authority.admin().remove_profile(name, revision, &self.actor).await?)
    }

    async fn sessions(&self) -> Result<Vec<LiveSession>, Failure> {
        Ok(Vec::new())
    }

    async fn grants(&self, _session: &[u8]) -> Result<Vec<LiveGrant>, Failure> {
        Err(no_sessions())
    }

    async fn end_session(&self, _session: &[u8], _reason: &str) -> Result<(), Failure> {
        Err(no_sessions())
    }

    async fn end_account(&self, _account: &str, _reason: &str) -> Result<u32, Failure> {
        Ok(0)
    }

    async fn revoke_grant(&self, _session: &[u8], _grant: &str, _reason: &str) -> Result<(), Failure> {
        Err(no_sessions())
    }

    async fn revoke_reference(&self, _: &[u8], _grant: &str, _number: u64, _reason: &str) -> Result<(), Failure> {
        Err(no_sessions())
    }
}

fn no_sessions() -> Failure {
    Failure::failed("a node that is stopped has no sessions")
}

fn account(from: authority::Account) -> Account {
    Account {
        name: from.name,
        display_name: from.display_name,
        kind: from.kind.as_str().to_owned(),
        state: state_name(from.state).to_owned(),
        roles: from.roles,
        default_profile: from.default_profile,
        recovery_profile: from.recovery_profile,
        has_password: from.has_password,
        password_is_one_time: from.password_is_one_time,
        keys: from.keys.into_iter().map(key).collect(),
        revision: from.revision,
        created_at_ms: from.created_at_ms,
    }
}

fn key(from: authority::AccountKey) -> Key {
    let authority::AccountKey { fingerprint, algorithm, comment, added_at_ms } = from;
    Key { fingerprint, algorithm, comment, added_at_ms }
}

fn role(from: authority::Role) -> Role {
    let authority::Role { name, profiles, revision } = from;
    Role { name, profiles, revision }
}

fn profile(from: authority::Profile) -> Profile {
    let authority::Profile { name, definition, retired, revision } = from;
    Profile { name, retired, revision, definition }
}

fn draft(from: &AccountChange) -> Result<authority::AccountDraft, Failure> {
    Ok(authority::AccountDraft {
        display_name: from.display_name.clone(),
        kind: word("kind of account", &from.kind)?,
        state: word("state of an account", &from.state)?,
        roles: from.roles.clone(),
        default_profile: from.default_profile.clone(),
        recovery_profile: from.recovery_profile.clone(),
    })
}

fn state_name(state: authority::AccountState) -> &'static str {
    match state {
        authority::AccountState::Active => "active",
        authority::AccountState::Disabled => "disabled",
        authority::AccountState::Locked => "locked",
        authority::AccountState::RecoveryOnly => "recoveryOnly",
    }
}

/// A value by the name that the schema gives it, which is the one in the records, too.
fn word<T: DeserializeOwned>(what: &str, name: &str) -> Result<T, Failure> {
    serde_json::from_value(Json::from(name)).map_err(|_| Failure::usage(format!("there is no {what} called {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_kinds_are_read_as_they_are_named() {
        use authority::AccountState::{Active, Disabled, Locked, RecoveryOnly};
        for state in [Active, Disabled, Locked, RecoveryOnly] {
            assert_eq!(word::<authority::AccountState>("state", state_name(state)).unwrap(), state);
        }
        let kind: authority::PrincipalKind = word("kind", "operator").unwrap();
        assert_eq!(kind.as_str(), "operator");
        assert!(word::<authority::PrincipalKind>("kind", "Operator").is_err());
    }
}

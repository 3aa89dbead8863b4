//! Who may sign in.

use std::rc::Rc;

use capos_schema::accounts_capnp::{account, account_admin, account_change, account_key};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::words::{kind_word, line, lines, parse_kind, parse_state, state_word, write};
use super::{AdministrationArea, PEOPLE, rules, secret};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

/// Accounts that are shown; of more, `capos admin account list` tells.
const MOST: usize = 500;

shown! {
    /// Everybody, and what they can be given.
    struct People {
        /// In the order of their names.
        accounts: Vec<AccountView>,
        /// Whether there are more than are shown.
        more: bool,
        /// Named sets of profiles.
        roles: Vec<rules::RoleView>,
        /// What sessions are given.
        profiles: Vec<rules::ProfileView>,
    }

    /// One account.
    struct AccountView {
        /// What it signs in by.
        name: Text,
        /// How to address its owner.
        display_name: Text,
        /// What kind of actor it is.
        kind: Text,
        /// Whether it may be used.
        state: Text,
        /// Its roles.
        roles: Vec<Text>,
        /// The profile that it has by itself.
        default_profile: Text,
        /// The one that it has while it is to be recovered.
        recovery_profile: Text,
        /// Whether it has a password.
        has_password: bool,
        /// Whether that is good only to be replaced.
        is_one_time: bool,
        /// Its public keys.
        keys: Vec<KeyView>,
        /// Grows with each change.
        revision: u64,
        /// When it was made.
        created_at_ms: u64,
    }

    /// A public key.
    struct KeyView {
        /// As `ssh-keygen -l` shows it.
        fingerprint: Text,
        /// Its type.
        algorithm: Text,
        /// What its owner calls it.
        comment: Text,
        /// When it was added.
        added_at_ms: u64,
    }

    /// A password that was made, shown this once.
    struct Made {
        /// The password.
        password: Text,
        /// Whether it is good only to be replaced.
        is_one_time: bool,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Person {
    name: String,
    revision: u64,
    display_name: String,
    kind: String,
    state: String,
    roles: Vec<String>,
    default_profile: String,
    recovery_profile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewPerson {
    name: String,
    display_name: String,
    roles: Vec<String>,
    default_profile: String,
    one_time: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    revision: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Reset {
    name: String,
    one_time: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Given {
    name: String,
    password: String,
    one_time: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyOf {
    name: String,
    key: String,
}

impl AdministrationArea {
    /// Where it cannot be read what was read stays, and the next reading tells more.
    pub(super) async fn show_people(self: &Rc<Self>) {
        if let Ok(people) = self.people().await {
            self.core.board.put_wanted(PEOPLE, &people);
        }
    }

    async fn people(&self) -> Result<People, Problem> {
        let admin: account_admin::Client = self.grant().await?;
        let read = async {
            let (accounts, more) = accounts(&admin).await?;
            let (roles, profiles) = rules::read(&admin).await?;
            Ok(People { accounts, more, roles, profiles })
        };
        read.await.map_err(self.judge("accounts"))
    }

    pub(super) async fn add_person(&self, command: &Command) -> Outcome {
        let NewPerson { name, display_name, roles, default_profile, one_time } = command.read()?;
        let admin: account_admin::Client = self.grant().await?;
        let person = Person {
            name,
            revision: 0,
            display_name,
            kind: "human".to_owned(),
            state: "active".to_owned(),
            roles,
            default_profile,
            recovery_profile: String::new(),
        };
        let mut request = admin.create_request();
        request.get().set_name(&person.name);
        person.write(request.get().init_account())?;
        request.send().promise.await.map_err(self.judge("accounts.create"))?;
        self.give_password(&admin, &person.name, one_time).await
    }

    pub(super) async fn change_person(&self, command: &Command) -> Outcome {
        let person: Person = command.read()?;
        let admin: account_admin::Client = self.grant().await?;
        let mut request = admin.update_request();
        request.get().set_name(&person.name);
        request.get().set_revision(person.revision);
        person.write(request.get().init_account())?;
        request.send().promise.await.map_err(self.judge("accounts.update"))?;
        Ok(Reply::done())
    }

    pub(super) async fn remove_person(&self, command: &Command) -> Outcome {
        let Named { name, revision } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.remove_request();
        request.get().set_name(&name);
        request.get().set_revision(revision);
        request.send().promise.await.map_err(self.judge("accounts.remove"))?;
        Ok(Reply::done())
    }

    pub(super) async fn reset_password(&self, command: &Command) -> Outcome {
        let Reset { name, one_time } = command.read()?;
        self.give_password(&self.grant().await?, &name, one_time).await
    }

    async fn give_password(&self, admin: &account_admin::Client, name: &str, one_time: bool) -> Outcome {
        let password = secret::password();
        self.write_password(admin, name, &password, one_time).await?;
        Ok(Reply::of(&Made { password: Text::line(&password), is_one_time: one_time }))
    }

    pub(super) async fn set_password(&self, command: &Command) -> Outcome {
        let Given { name, password, one_time } = command.read()?;
        let password = Zeroizing::new(password);
        self.write_password(&self.grant().await?, &name, &password, one_time).await?;
        Ok(Reply::done())
    }

    async fn write_password(
        &self,
        admin: &account_admin::Client,
        name: &str,
        password: &str,
        one_time: bool,
    ) -> Result<(), Problem> {
        let mut request = admin.set_password_request();
        request.get().set_name(name);
        request.get().set_password(password.as_bytes());
        request.get().set_one_time(one_time);
        request.send().promise.await.map(drop).map_err(self.judge("accounts.setPassword"))
    }

    pub(super) async fn add_key(&self, command: &Command) -> Outcome {
        let KeyOf { name, key } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.add_key_request();
        request.get().set_name(&name);
        request.get().set_key(&key);
        request.send().promise.await.map_err(self.judge("accounts.addKey"))?;
        Ok(Reply::done())
    }

    pub(super) async fn remove_key(&self, command: &Command) -> Outcome {
        let KeyOf { name, key } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.remove_key_request();
        request.get().set_name(&name);
        request.get().set_fingerprint(&key);
        request.send().promise.await.map_err(self.judge("accounts.removeKey"))?;
        Ok(Reply::done())
    }
}

impl Person {
    fn write(&self, mut to: account_change::Builder<'_>) -> Result<(), Problem> {
        to.set_display_name(&self.display_name);
        to.set_kind(parse_kind(&self.kind)?);
        to.set_state(parse_state(&self.state)?);
        write(&self.roles, |count| to.reborrow().init_roles(count));
        to.set_default_profile(&self.default_profile);
        to.set_recovery_profile(&self.recovery_profile);
        Ok(())
    }
}

/// All accounts, page after page, up to the bound.
async fn accounts(admin: &account_admin::Client) -> capnp::Result<(Vec<AccountView>, bool)> {
    let (mut accounts, mut after) = (Vec::new(), String::new());
    loop {
        let mut request = admin.list_request();
        request.get().set_after(&after);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let page = answer.get_accounts()?;
        for account in page.iter() {
            account.get_name()?.to_str()?.clone_into(&mut after);
            accounts.push(account_view(account)?);
        }
        let is_more = answer.get_more() && !page.is_empty();
        if !is_more || accounts.len() > MOST {
            let more = accounts.len() > MOST;
            accounts.truncate(MOST);
            return Ok((accounts, more));
        }
    }
}

fn account_view(from: account::Reader<'_>) -> capnp::Result<AccountView> {
    Ok(AccountView {
        name: line(from.get_name())?,
        display_name: line(from.get_display_name())?,
        kind: kind_word(from.get_kind()),
        state: state_word(from.get_state()),
        roles: lines(from.get_roles())?,
        default_profile: line(from.get_default_profile())?,
        recovery_profile: line(from.get_recovery_profile())?,
        has_password: from.get_has_password(),
        is_one_time: from.get_password_is_one_time(),
        keys: from.get_keys()?.iter().map(key_view).collect::<capnp::Result<_>>()?,
        revision: from.get_revision(),
        created_at_ms: from.get_created_at_ms(),
    })
}

fn key_view(from: account_key::Reader<'_>) -> capnp::Result<KeyView> {
    Ok(KeyView {
        fingerprint: line(from.get_fingerprint())?,
        algorithm: line(from.get_algorithm())?,
        comment: line(from.get_comment())?,
        added_at_ms: from.get_added_at_ms(),
    })
}

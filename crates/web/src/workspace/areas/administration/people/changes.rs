//! What an administrator changes about people.

use capos_schema::accounts_capnp::{account_admin, account_change};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::workspace::areas::administration::words::{parse_kind, parse_state, write};
use crate::workspace::areas::administration::{AdministrationArea, secret};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

shown! {
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
    pub(in crate::workspace::areas::administration) async fn add_person(&self, command: &Command) -> Outcome {
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

    pub(in crate::workspace::areas::administration) async fn change_person(&self, command: &Command) -> Outcome {
        let person: Person = command.read()?;
        let admin: account_admin::Client = self.grant().await?;
        let mut request = admin.update_request();
        request.get().set_name(&person.name);
        request.get().set_revision(person.revision);
        person.write(request.get().init_account())?;
        request.send().promise.await.map_err(self.judge("accounts.update"))?;
        Ok(Reply::done())
    }

    pub(in crate::workspace::areas::administration) async fn remove_person(&self, command: &Command) -> Outcome {
        let Named { name, revision } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.remove_request();
        request.get().set_name(&name);
        request.get().set_revision(revision);
        request.send().promise.await.map_err(self.judge("accounts.remove"))?;
        Ok(Reply::done())
    }

    pub(in crate::workspace::areas::administration) async fn reset_password(&self, command: &Command) -> Outcome {
        let Reset { name, one_time } = command.read()?;
        self.give_password(&self.grant().await?, &name, one_time).await
    }

    async fn give_password(&self, admin: &account_admin::Client, name: &str, one_time: bool) -> Outcome {
        let password = secret::password();
        self.write_password(admin, name, &password, one_time).await?;
        Ok(Reply::of(&Made { password: Text::line(&password), is_one_time: one_time }))
    }

    pub(in crate::workspace::areas::administration) async fn set_password(&self, command: &Command) -> Outcome {
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

    pub(in crate::workspace::areas::administration) async fn add_key(&self, command: &Command) -> Outcome {
        let KeyOf { name, key } = command.read()?;
        let mut request = self.grant::<account_admin::Client>().await?.add_key_request();
        request.get().set_name(&name);
        request.get().set_key(&key);
        request.send().promise.await.map_err(self.judge("accounts.addKey"))?;
        Ok(Reply::done())
    }

    pub(in crate::workspace::areas::administration) async fn remove_key(&self, command: &Command) -> Outcome {
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

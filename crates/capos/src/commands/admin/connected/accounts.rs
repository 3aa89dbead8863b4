//! Accounts, roles and profiles to and from the wire.

use capos_schema::accounts_capnp::{account as account_schema, account_admin, account_change, account_key};
use capos_schema::accounts_capnp::{profile as profile_schema, role as role_schema};

use super::super::model::{Account, AccountChange, Key, Profile, Role};
use super::{kind_name, name_of, text, value_of};
use crate::failure::Failure;

/// All accounts, page after page.
pub(super) async fn list(admin: &account_admin::Client) -> Result<Vec<Account>, Failure> {
    let mut accounts: Vec<Account> = Vec::new();
    loop {
        let mut request = admin.list_request();
        request.get().set_after(accounts.last().map_or("", |last| &*last.name));
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let page: Vec<Account> = answer.get_accounts()?.iter().map(account).collect::<Result<_, _>>()?;
        let nothing_new = page.is_empty();
        accounts.extend(page);
        if !answer.get_more() || nothing_new {
            return Ok(accounts);
        }
    }
}

pub(super) fn account(from: account_schema::Reader<'_>) -> Result<Account, Failure> {
    Ok(Account {
        name: text(from.get_name())?,
        display_name: text(from.get_display_name())?,
        kind: kind_name(from.get_kind()),
        state: name_of(from.get_state()),
        roles: texts(from.get_roles()?)?,
        default_profile: text(from.get_default_profile())?,
        recovery_profile: text(from.get_recovery_profile())?,
        has_password: from.get_has_password(),
        password_is_one_time: from.get_password_is_one_time(),
        keys: from.get_keys()?.iter().map(key).collect::<Result<_, _>>()?,
        revision: from.get_revision(),
        created_at_ms: from.get_created_at_ms(),
    })
}

fn key(from: account_key::Reader<'_>) -> Result<Key, Failure> {
    Ok(Key {
        fingerprint: text(from.get_fingerprint())?,
        algorithm: text(from.get_algorithm())?,
        comment: text(from.get_comment())?,
        added_at_ms: from.get_added_at_ms(),
    })
}

pub(super) fn write_change(change: &AccountChange, mut to: account_change::Builder<'_>) -> Result<(), Failure> {
    to.set_display_name(&change.display_name);
    to.set_kind(value_of(&change.kind)?);
    to.set_state(value_of(&change.state)?);
    write_texts(&change.roles, |count| to.reborrow().init_roles(count));
    to.set_default_profile(&change.default_profile);
    to.set_recovery_profile(&change.recovery_profile);
    Ok(())
}

pub(super) fn role(from: role_schema::Reader<'_>) -> Result<Role, Failure> {
    Ok(Role { name: text(from.get_name())?, profiles: texts(from.get_profiles()?)?, revision: from.get_revision() })
}

pub(super) fn write_role(role: &Role, mut to: role_schema::Builder<'_>) {
    to.set_name(&role.name);
    write_texts(&role.profiles, |count| to.reborrow().init_profiles(count));
    to.set_revision(role.revision);
}

pub(super) fn profile(from: profile_schema::Reader<'_>) -> Result<Profile, Failure> {
    Ok(Profile {
        name: text(from.get_name())?,
        retired: from.get_retired(),
        revision: from.get_revision(),
        definition: text(from.get_definition())?,
    })
}

pub(super) fn write_profile(profile: &Profile, mut to: profile_schema::Builder<'_>) {
    to.set_name(&profile.name);
    to.set_definition(&profile.definition);
    to.set_retired(profile.retired);
    to.set_revision(profile.revision);
}

fn texts(list: capnp::text_list::Reader<'_>) -> Result<Vec<String>, Failure> {
    list.iter().map(text).collect()
}

/// A command line is far too short for more than a list can hold.
fn write_texts<'b>(texts: &[String], init: impl FnOnce(u32) -> capnp::text_list::Builder<'b>) {
    let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
    let mut list = init(count);
    for (index, text) in (0..count).zip(texts) {
        list.set(index, text);
    }
}
